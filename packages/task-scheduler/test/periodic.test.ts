import { createScheduler, type EveryOptions, type PeriodicHandle, type TaskContext } from "@servertech/task-scheduler";
import { createFakeClock } from "@servertech/task-scheduler/testing";
import { describe, expect, it } from "vitest";
import { gate } from "./gate.ts";
import { plain } from "./fixtures/plain.tasks.ts";
import { turn } from "./turn.ts";

/** A series with an interval of 60 s that meets a blocked event loop of `blockMs`. */
async function misfire(options: EveryOptions, blockMs: number) {
  const clock = createFakeClock();
  await using scheduler = createScheduler({ clock });
  const runs: { at: number; scheduledAt: number; missed: number | undefined }[] = [];
  const start = clock.wall();
  const handle = scheduler.every(
    60_000,
    ({ scheduledAt = 0, missed }) =>
      void runs.push({ at: clock.monotonic() / 1_000, scheduledAt: (scheduledAt - start) / 1_000, missed }),
    options,
  );
  await clock.advance(blockMs, { block: true });
  return {
    at: runs.map(({ at }) => at),
    scheduledAt: runs.map(({ scheduledAt }) => scheduledAt),
    missed: runs.map(({ missed }) => missed),
    skipped: handle.skipped,
    next: ((handle.next ?? 0) - start) / 1_000,
  };
}

describe("misfire", () => {
  const all = { misfire: "all", overlap: "parallel" } as const;
  it.each([
    // On time, no further instant.
    ["once", {}, 61_000, { scheduledAt: [60], missed: [0], skipped: 0, next: 120 }],
    ["skip", { misfire: "skip" }, 61_000, { scheduledAt: [60], missed: [0], skipped: 0, next: 120 }],
    ["all", all, 61_000, { scheduledAt: [60], missed: [0], skipped: 0, next: 120 }],
    // Late, no further instant.
    ["once", {}, 61_001, { scheduledAt: [60], missed: [0], skipped: 0, next: 120 }],
    ["skip", { misfire: "skip" }, 61_001, { scheduledAt: [], missed: [], skipped: 1, next: 120 }],
    ["all", all, 61_001, { scheduledAt: [60], missed: [0], skipped: 0, next: 120 }],
    // On time (a grace longer than the interval), further instants.
    ["once", { graceMs: 200_000 }, 200_000, { scheduledAt: [60], missed: [2], skipped: 2, next: 240 }],
    ["skip", { misfire: "skip", graceMs: 200_000 }, 200_000, { scheduledAt: [60], missed: [0], skipped: 2, next: 240 }],
    ["all", { ...all, graceMs: 200_000 }, 200_000, { scheduledAt: [60, 120, 180], missed: [0, 0, 0], skipped: 0 }],
    // Late, further instants.
    ["once", {}, 250_000, { scheduledAt: [60], missed: [3], skipped: 3, next: 300 }],
    ["skip", { misfire: "skip" }, 250_000, { scheduledAt: [], missed: [], skipped: 4, next: 300 }],
    ["all", all, 250_000, { scheduledAt: [60, 120, 180, 240], missed: [0, 0, 0, 0], skipped: 0, next: 300 }],
    // Jitter is not lateness.
    ["skip", { misfire: "skip", graceMs: 0, jitterMs: 5_000 }, 60_000, { skipped: 0 }],
  ] as const)("%s %j, blocked for %i ms", async (_name, options, blockMs, expected) => {
    expect(await misfire(options, blockMs)).toMatchObject(expected);
  });

  it("'all' skips the oldest beyond `catchUpMax`, and counting ends there", async () => {
    const options = { misfire: "all", overlap: "parallel", catchUpMax: 3 } as const;
    expect(await misfire(options, 605_000)).toMatchObject({ scheduledAt: [480, 540, 600], skipped: 1, next: 660 });
    expect(await misfire({ catchUpMax: 3 }, 605_000)).toMatchObject({ missed: [3], skipped: 3, next: 660 });
  });

  it("'all' finds the latest instants of a pattern, too", async () => {
    const clock = createFakeClock({ start: Date.UTC(2026, 0, 1) });
    await using scheduler = createScheduler({ clock });
    const runs: string[] = [];
    const work = ({ scheduledAt = 0 }: TaskContext) => void runs.push(new Date(scheduledAt).toISOString().slice(5, 16));
    scheduler.cron("0 8,12 * * MON-FRI", work, { misfire: "all", overlap: "parallel", catchUpMax: 3 });
    clock.jump(30 * 86_400_000);
    await clock.advance(0);
    expect(runs).toEqual(["01-29T12:00", "01-30T08:00", "01-30T12:00"]);
  });
});

describe("overlap", () => {
  /** Runs of 500 ms every 200 ms for a while; when they started, and for which instants. */
  async function overlapping(options: EveryOptions) {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const starts: number[] = [];
    const instants: number[] = [];
    const ends: string[] = [];
    const start = clock.wall();
    const handle = scheduler.every(
      200,
      async ({ signal, scheduledAt = 0 }) => {
        starts.push(clock.monotonic());
        instants.push(scheduledAt - start);
        await new Promise<void>((resolve) => void clock.wake(resolve, 500));
        ends.push(signal.aborted ? (signal.reason as { code: string }).code : "done");
      },
      options,
    );
    await clock.advance(1_300);
    handle.cancel();
    await clock.advance(1_000);
    const { runs, skipped, failed } = handle;
    return { starts, instants, ends, runs, skipped, failed };
  }

  it("'skip' drops an instant that finds a run", async () => {
    expect(await overlapping({})).toMatchObject({ starts: [200, 800], skipped: 4, failed: 0 });
  });

  it("'queue' holds one instant, which keeps its time", async () => {
    expect(await overlapping({ overlap: "queue" })).toMatchObject({
      starts: [200, 700, 1_200],
      instants: [200, 400, 800],
      // 600, 1000 found one held; 1200 is held and dropped by cancel.
      skipped: 3,
    });
  });

  it("'replace' aborts the run and starts at once", async () => {
    expect(await overlapping({ overlap: "replace" })).toMatchObject({
      starts: [200, 400, 600, 800, 1_000, 1_200],
      ends: [...Array.from({ length: 5 }, () => "TASK_REPLACED"), "done"],
      skipped: 0,
      failed: 0,
    });
  });

  it("'parallel' lets them run side by side", async () => {
    expect(await overlapping({ overlap: "parallel" })).toMatchObject({
      starts: [200, 400, 600, 800, 1_000, 1_200],
      ends: Array.from({ length: 6 }, () => "done"),
    });
  });

  it("'replace' ends a task that loops on a thread, and goes on with a new one", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const handle = scheduler.every(150, plain.loop, { overlap: "replace", max: 3 });
    await expect.poll(() => handle.state, { timeout: 10_000 }).toBe("ended");
    expect(handle).toMatchObject({ runs: 3, failed: 0 });
    await scheduler.close({ timeoutMs: 0 });
  });

  it("counts a run as running while it is tried again", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const attempts: number[] = [];
    const work = ({ attempt }: TaskContext) => {
      attempts.push(clock.monotonic());
      if (attempt < 3) throw new Error("again");
    };
    const handle = scheduler.every(100, work, { retry: { retries: 2, baseMs: 60, maxMs: 60 } });
    await clock.advance(300);
    expect(attempts).toEqual([100, 160, 220, 300]);
    expect(handle).toMatchObject({ skipped: 1, runs: 2 });
    handle.cancel();
    await clock.advance(1_000);
  });
});

describe("a series", () => {
  it("starts no more than `max` runs, caught up ones included", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock, io: { concurrency: 1 } });
    const first = gate();
    const handle = scheduler.every(10, first.run, { max: 3, misfire: "all", overlap: "parallel" });
    await clock.advance(100, { block: true });
    expect(handle).toMatchObject({ runs: 1, state: "active" });
    first.open("");
    await turn();
    expect(handle).toMatchObject({ runs: 3, state: "ended" });
    expect(scheduler.stats()).toMatchObject({ done: 3, scheduled: 0 });
  });

  it("ends before the first instant after `until`", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const runs: number[] = [];
    const handle = scheduler.every(100, () => void runs.push(clock.monotonic()), {
      until: new Date(clock.wall() + 350),
    });
    await clock.advance(1_000);
    expect(runs).toEqual([100, 200, 300]);
    expect(handle.state).toBe("ended");
  });

  it("puts each start off by up to `jitterMs`, and keeps its grid", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const late: number[] = [];
    const handle = scheduler.every(1_000, ({ scheduledAt = 0 }) => void late.push(clock.wall() - scheduledAt), {
      jitterMs: 500,
      max: 50,
    });
    await clock.advance(60_000);
    expect(handle).toMatchObject({ state: "ended", runs: 50, skipped: 0 });
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(501);
    expect(new Set(late).size).toBeGreaterThan(10);
  });

  it("skips and counts a start that is put off or held when it is paused or cancelled", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const hung = gate();
    const held = scheduler.every(10, hung.run, { overlap: "queue" });
    const putOff = scheduler.every(10, () => {}, { jitterMs: 1_000_000_000 });
    await clock.advance(20);
    held.pause();
    putOff.cancel();
    expect([held.skipped, putOff.skipped, putOff.runs]).toEqual([1, 2, 0]);
    hung.open("");
    await clock.advance(30);
    expect(held.runs).toBe(1);
    held.resume();
    await clock.advance(10);
    expect(held.runs).toBe(2);
  });

  it("may be cancelled, paused and resumed by its own run", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const cancelled: PeriodicHandle = scheduler.every(10, () => void cancelled.cancel());
    const paused: PeriodicHandle = scheduler.every(10, () => paused.pause());
    await clock.advance(50);
    expect([cancelled.state, cancelled.runs, paused.state, paused.runs]).toEqual(["ended", 1, "paused", 1]);
    paused.resume();
    await clock.advance(10);
    expect(paused.runs).toBe(2);
  });
});
