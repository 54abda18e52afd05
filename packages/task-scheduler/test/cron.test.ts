import { createScheduler } from "@servertech/task-scheduler";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "@servertech/task-scheduler/testing";

/** The instants at which a pattern runs in the time from `from` on, in UTC. */
async function instants(pattern: string, tz: string, from: string, hours: number): Promise<string[]> {
  const clock = createFakeClock({ start: Date.parse(from) });
  await using scheduler = createScheduler({ clock });
  const runs: string[] = [];
  scheduler.cron(pattern, () => void runs.push(new Date(clock.wall()).toISOString().slice(0, 16)), { tz });
  await clock.advance(hours * 3_600_000);
  return runs;
}

describe("cron", () => {
  it("runs at the instants of its pattern, in UTC unless said", async () => {
    const clock = createFakeClock({ start: Date.UTC(2026, 0, 1, 0, 0, 30) });
    await using scheduler = createScheduler({ clock });
    const runs: string[] = [];
    const handle = scheduler.cron(
      "*/15 * * * *",
      () => void runs.push(new Date(clock.wall()).toISOString().slice(11, 16)),
    );
    expect(handle.next).toBe(Date.UTC(2026, 0, 1, 0, 15));
    await clock.advance(3_600_000);
    expect(runs).toEqual(["00:15", "00:30", "00:45", "01:00"]);
  });

  it("takes six fields with seconds first, and days of month and week as alternatives", async () => {
    expect(await instants("0 0 12 13 * FRI", "UTC", "2026-03-12T00:00:00Z", 24 * 9)).toEqual([
      "2026-03-13T12:00",
      "2026-03-20T12:00",
    ]);
  });

  describe("on the days on which the clock changes", () => {
    // Berlin: 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00.
    it("runs a fixed time in the gap once, at the first instant after it", async () => {
      const runs = await instants("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 48);
      expect(runs).toEqual(["2026-03-29T01:00", "2026-03-30T00:30"]);
    });

    it("runs a fixed time that comes twice at its first occurrence", async () => {
      const runs = await instants("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 48);
      expect(runs).toEqual(["2026-10-25T00:30", "2026-10-26T01:30"]);
    });

    it("follows real time with a wildcard or a step", async () => {
      const gap = await instants("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:20:00Z", 1);
      expect(gap).toEqual(["2026-03-29T00:30", "2026-03-29T01:00"]);
      const overlap = await instants("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 3);
      expect(overlap).toEqual(["2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00"]);
    });
  });

  it("does not run an instant twice when the clock is set back", async () => {
    const clock = createFakeClock({ start: Date.UTC(2026, 0, 1, 11, 59) });
    await using scheduler = createScheduler({ clock });
    let runs = 0;
    const handle = scheduler.cron("0 12 * * *", () => void (runs += 1));
    await clock.advance(120_000);
    expect(runs).toBe(1);
    clock.jump(-180_000);
    await clock.advance(600_000);
    expect(runs).toBe(1);
    expect(handle.next).toBe(Date.UTC(2026, 0, 2, 12));
  });

  it("runs late, once, what a step forward of the clock jumped over", async () => {
    const clock = createFakeClock({ start: Date.UTC(2026, 0, 1) });
    await using scheduler = createScheduler({ clock });
    const missed: (number | undefined)[] = [];
    const handle = scheduler.cron("0 * * * *", (context) => void missed.push(context.missed));
    clock.jump(5 * 3_600_000 + 1_800_000);
    await clock.advance(30_000);
    expect(missed).toEqual([4]);
    expect(handle.skipped).toBe(4);
  });
});
