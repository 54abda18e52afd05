import { describe, expect, it } from "vitest";
import { nextRotation } from "../src/sink/time-rotation.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const utc = (text: string) => Date.parse(`${text}Z`);

describe("nextRotation", () => {
  it.each([
    ["2026-11-22T08:01:31", DAY, "2026-11-23T00:00:00"],
    ["2026-11-22T00:00:00", DAY, "2026-11-23T00:00:00"],
    ["2026-11-22T23:59:59.999", DAY, "2026-11-23T00:00:00"],
    ["2026-11-22T08:01:31", HOUR, "2026-11-22T09:00:00"],
    ["2026-11-22T08:01:31", 7 * HOUR, "2026-11-22T14:00:00"],
    ["2026-11-22T22:00:00", 7 * HOUR, "2026-11-23T00:00:00"],
    ["2026-11-22T08:01:31", 1, "2026-11-22T08:01:31.001"],
    ["1970-01-05T00:00:00", 7 * DAY, "1970-01-08T00:00:00"],
  ])("of %s every %d ms in UTC is %s", (now, everyMs, next) => {
    expect(nextRotation(utc(now), everyMs, "utc")).toBe(utc(next));
  });

  it("is at midnight of local clocks, and always to come", () => {
    for (let day = 0; day < 400; day++) {
      const now = new Date(2026, 0, 1 + day, 13, 7).getTime();
      const next = nextRotation(now, DAY, "local");
      expect(next).toBe(new Date(2026, 0, 2 + day).getTime());
      expect(nextRotation(now, HOUR, "local")).toBeGreaterThan(now);
    }
  });
});
