import { describe, expect, it } from "vitest";
import { LatencyHistogram } from "../src/index.ts";
import { roundRecord } from "../src/round-record.ts";

const readings = { elapsedMs: 100, cpuUs: 5_000, loopUs: 2_000, rssMiB: undefined };

describe("roundRecord", () => {
  it("has rate, latencies, CPU time, the time of the event loop and the case's own figures", () => {
    const latencies = new LatencyHistogram();
    for (const us of [1, 2, 3, 4]) latencies.record(us);
    const record = roundRecord("calls/s", { operations: 50, latencies, metrics: { lost: 0 } }, readings);
    expect(record).toEqual({ "calls/s": 500, p50Us: 2, p99Us: 4, cpuUsPerOp: 100, loopUsPerOp: 40, lost: 0 });
  });

  it("takes the round's own time and value before the clock's", () => {
    expect(roundRecord("ns/call", { operations: 10, elapsedMs: 1 }, readings)["ns/call"]).toBe(100_000);
    expect(roundRecord("MiB", { operations: 1, value: 7 }, readings)["MiB"]).toBe(7);
  });

  it.each([
    ["a round without operations", "calls/s", { operations: 0 }, "must do at least one operation, got 0"],
    ["a unit without formula and value", "MiB", { operations: 1 }, 'the unit "MiB" needs a value'],
    [
      "a figure that is no number",
      "calls/s",
      { operations: 1, metrics: { lost: Number.NaN } },
      "lost: must be a number, got NaN",
    ],
  ])("refuses %s", (_name, unit, measured, message) => {
    expect(() => roundRecord(unit, measured, readings)).toThrow(message);
  });
});
