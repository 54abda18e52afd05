import { createScheduler } from "@servertech/task-scheduler";
import { createFakeClock } from "@servertech/task-scheduler/testing";
import { describe, expect, it } from "vitest";
import { cronInstants } from "./cron-oracle.ts";

const HOUR = 3_600_000;

/** The instants at which the scheduler runs a pattern in [`from`, `to`). */
async function scheduled(pattern: string, tz: string, from: number, to: number): Promise<number[]> {
  const clock = createFakeClock({ start: from - 1 });
  await using scheduler = createScheduler({ clock });
  const runs: number[] = [];
  scheduler.cron(
    pattern,
    ({ scheduledAt = 0 }) => {
      expect(clock.wall()).toBe(scheduledAt);
      runs.push(scheduledAt);
    },
    { tz },
  );
  await clock.advance(to - from);
  return runs;
}

const iso = (instants: readonly number[]) => instants.map((at) => new Date(at).toISOString());

// Each with an instant near a change of its clock, and the local hours that the change touches.
const ZONES = [
  ["UTC", "2026-03-29T01:00:00Z", 2],
  ["Europe/Berlin", "2026-03-29T01:00:00Z", 2],
  ["Europe/Berlin", "2026-10-25T01:00:00Z", 2],
  ["America/New_York", "2026-03-08T07:00:00Z", 2],
  ["America/New_York", "2026-11-01T06:00:00Z", 1],
  ["Australia/Sydney", "2026-04-04T16:00:00Z", 2],
  ["Australia/Sydney", "2026-10-03T16:00:00Z", 2],
  // At another hour than two o'clock.
  ["Europe/London", "2026-03-29T01:00:00Z", 1],
  ["Europe/London", "2026-10-25T01:00:00Z", 1],
  // By half an hour, and by two hours.
  ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", 1],
  ["Australia/Lord_Howe", "2026-10-03T15:30:00Z", 2],
  ["Antarctica/Troll", "2026-03-29T01:00:00Z", 1],
  ["Antarctica/Troll", "2026-10-25T01:00:00Z", 1],
  // At midnight.
  ["Africa/Cairo", "2026-04-23T22:00:00Z", 0],
  ["America/Santiago", "2026-09-06T04:00:00Z", 0],
  ["Asia/Beirut", "2026-03-28T22:00:00Z", 0],
  ["Asia/Beirut", "2026-10-24T21:00:00Z", 23],
  // Never, with half and quarter hours.
  ["Asia/Kolkata", "2026-03-29T01:00:00Z", 2],
  ["Asia/Kathmandu", "2026-10-25T01:00:00Z", 2],
] as const;

describe.each(ZONES)("cron in %s around %s", (tz, around, hour) => {
  const patterns = [
    // Fixed: single, list, range.
    `30 ${hour} * * *`,
    `0 ${hour} * * *`,
    `15,45 ${hour} * * *`,
    `10-12 ${hour} * * *`,
    `20 ${hour},${(hour + 1) % 24} * * *`,
    `5 ${hour} * * 0,1`,
    // Wildcards and steps.
    "*/20 * * * *",
    `*/15 ${hour} * * *`,
    "7 * * * *",
    "0 */2 * * *",
    // With seconds.
    `30 30 ${hour} * * *`,
    `15 */30 ${hour} * * *`,
  ];
  const center = Date.parse(around);
  it.each(patterns)("%s runs at the instants that the zone's clock gives", async (pattern) => {
    const spanMs = pattern.split(" ").length === 6 ? 3 * HOUR : 30 * HOUR;
    const [from, to] = [center - spanMs, center + spanMs];
    expect(iso(await scheduled(pattern, tz, from, to))).toEqual(iso(cronInstants(pattern, tz, from, to)));
  });

  it("may begin inside of an hour that comes twice", async () => {
    for (const pattern of [`30 ${hour} * * *`, "*/20 * * * *"]) {
      const [from, to] = [center + 10 * 60_000, center + 26 * HOUR];
      expect(iso(await scheduled(pattern, tz, from, to))).toEqual(iso(cronInstants(pattern, tz, from, to)));
    }
  });
});
