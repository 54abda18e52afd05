import { createScheduler, type TaskContext } from "@servertech/task-scheduler";
import { describe, expect, it, vi } from "vitest";
import { createFakeClock } from "@servertech/task-scheduler/testing";
import { turn } from "./turn.ts";

/** A scheduler on a fake clock, and when its work ran, in ms after the start. */
function setUp() {
  const clock = createFakeClock();
  const scheduler = createScheduler({ clock, onError: () => {} });
  const runs: number[] = [];
  const missed: (number | undefined)[] = [];
  const work = (context: TaskContext) => {
    runs.push(clock.monotonic());
    missed.push(context.missed);
  };
  return { clock, scheduler, runs, missed, work };
}

describe("every, fixed rate", () => {
  it("runs on the grid, whatever the runs take", async () => {
    const { clock, scheduler, runs, work } = setUp();
    await using _ = scheduler;
    const handle = scheduler.every(100, work);
    await clock.advance(350);
    expect(runs).toEqual([100, 200, 300]);
    expect(handle).toMatchObject({ state: "active", runs: 3, skipped: 0, failed: 0, next: clock.wall() + 50 });
  });

  it("skips an instant that finds the run before unfinished", async () => {
    const { clock, scheduler } = setUp();
    await using _ = scheduler;
    let end: () => void = () => {};
    const handle = scheduler.every(100, () => new Promise<void>((resolve) => (end = resolve)));
    await clock.advance(350);
    expect(handle).toMatchObject({ runs: 1, skipped: 2 });
    end();
    await turn();
    await clock.advance(50);
    expect(handle).toMatchObject({ runs: 2, skipped: 2 });
    handle.cancel();
    end();
  });

  it("runs once for all instants that a blocked event loop missed, and says how many", async () => {
    const { clock, scheduler, runs, missed, work } = setUp();
    await using _ = scheduler;
    const handle = scheduler.every(60_000, work);
    await clock.advance(250_000, { block: true });
    expect(runs).toEqual([250_000]);
    expect(missed).toEqual([3]);
    await clock.advance(50_000);
    expect(runs).toEqual([250_000, 300_000]);
    expect(handle).toMatchObject({ runs: 2, skipped: 3 });
    expect(scheduler.stats()).toMatchObject({ skipped: 3, late: 1 });
  });

  it("runs none of them with `misfire: skip`, unless it comes within the grace", async () => {
    const { clock, scheduler, runs, missed, work } = setUp();
    await using _ = scheduler;
    const handle = scheduler.every(60_000, work, { misfire: "skip" });
    await clock.advance(250_000, { block: true });
    expect(runs).toEqual([]);
    expect(handle.skipped).toBe(4);
    await clock.advance(50_500, { block: true });
    expect(runs).toEqual([300_500]);
    expect(missed).toEqual([0]);
  });

  it("is not moved by the wall clock", async () => {
    const { clock, scheduler, runs, work } = setUp();
    await using _ = scheduler;
    scheduler.every(100, work);
    clock.jump(-86_400_000);
    await clock.advance(100);
    clock.jump(2 * 86_400_000);
    await clock.advance(100);
    expect(runs).toEqual([100, 200]);
  });
});

describe("every, fixed delay", () => {
  it("waits one interval after the end of each run, also of a failed one", async () => {
    const { clock, scheduler, runs, work } = setUp();
    await using _ = scheduler;
    const handle = scheduler.every(
      100,
      async (context) => {
        work(context);
        await new Promise<void>((resolve) => void clock.wake(resolve, 30));
        if (runs.length === 2) throw new Error("the second one");
      },
      { mode: "fixed-delay" },
    );
    await clock.advance(500);
    expect(runs).toEqual([100, 230, 360, 490]);
    expect(handle).toMatchObject({ runs: 4, failed: 1, skipped: 0 });
    handle.cancel();
    await clock.advance(100);
  });
});

describe("a series", () => {
  it("ends after `max` runs, by cancel, and by its signal", async () => {
    const { clock, scheduler, work } = setUp();
    await using _ = scheduler;
    const caller = new AbortController();
    const handles = [
      scheduler.every(10, work, { max: 2 }),
      scheduler.every(10, work),
      scheduler.every(10, work, { signal: caller.signal }),
    ];
    await clock.advance(15);
    expect(handles[1]?.cancel()).toBe(true);
    expect(handles[1]?.cancel()).toBe(false);
    caller.abort();
    await clock.advance(100);
    expect(handles.map(({ state, runs }) => [state, runs])).toEqual([
      ["ended", 2],
      ["ended", 1],
      ["ended", 1],
    ]);
    expect(scheduler.stats().scheduled).toBe(0);
  });

  it("keeps its grid over a pause and counts nothing of it", async () => {
    const { clock, scheduler, runs, work } = setUp();
    await using _ = scheduler;
    const handle = scheduler.every(100, work);
    await clock.advance(150);
    handle.pause();
    expect(handle.state).toBe("paused");
    await clock.advance(500);
    handle.resume();
    await clock.advance(100);
    expect(runs).toEqual([100, 700]);
    expect(handle.skipped).toBe(0);
  });

  it("goes on after a failure, which goes to onError each time", async () => {
    const clock = createFakeClock();
    const onError = vi.fn<(error: unknown, info: object) => void>();
    await using scheduler = createScheduler({ clock, onError });
    const handle = scheduler.every(10, function flush() {
      throw new Error("no");
    });
    await clock.advance(30);
    expect(handle).toMatchObject({ state: "active", runs: 3, failed: 3 });
    expect(onError).toHaveBeenCalledTimes(3);
    expect(onError).toHaveBeenLastCalledWith(
      expect.any(Error),
      expect.objectContaining({ verb: "every", task: "flush" }),
    );
  });
});
