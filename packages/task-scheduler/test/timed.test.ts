import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Clock, createScheduler, type TaskHandle } from "@servertech/task-scheduler";
import { describe, expect, it, vi } from "vitest";
import { systemClock } from "../src/timers/clock.ts";
import { TimerHeap } from "../src/timers/timer-heap.ts";
import { Timers } from "../src/timers/timers.ts";
import { createFakeClock } from "@servertech/task-scheduler/testing";

const NEW_YEAR = Date.UTC(2027, 0, 1);

describe("delay", () => {
  it("runs once, not before its time, in order of due time and then of insertion", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const order: string[] = [];
    const note = (name: string) => () => void order.push(`${name}@${clock.monotonic()}`);
    const handles = [scheduler.delay(20, note("c")), scheduler.delay(10, note("a")), scheduler.delay(10, note("b"))];
    expect(handles.map(({ state }) => state)).toEqual(["scheduled", "scheduled", "scheduled"]);
    expect(scheduler.stats().scheduled).toBe(3);
    await clock.advance(9);
    expect(order).toEqual([]);
    await clock.advance(100);
    expect(order).toEqual(["a@10", "b@10", "c@20"]);
    expect(handles.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    expect(scheduler.stats()).toMatchObject({ scheduled: 0, done: 3, late: 0 });
  });

  it("gives the result, the instant in `scheduledAt`, and the caller's AsyncLocalStorage", async () => {
    const clock = createFakeClock({ start: NEW_YEAR });
    await using scheduler = createScheduler({ clock });
    const storage = new AsyncLocalStorage<string>();
    const handle = storage.run("caller", () =>
      scheduler.delay(50, ({ scheduledAt, missed }) => [storage.getStore(), scheduledAt, missed]),
    );
    expect(handle.next).toBe(NEW_YEAR + 50);
    await clock.advance(50);
    expect(await handle.done).toEqual(["caller", NEW_YEAR + 50, 0]);
    expect(handle.next).toBeUndefined();
  });

  it("does not move with the wall clock", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const handle = scheduler.delay(1_000, () => "done");
    clock.jump(3_600_000);
    await clock.advance(999);
    expect(handle.state).toBe("scheduled");
    clock.jump(-7_200_000);
    await clock.advance(1);
    expect(await handle.done).toBe("done");
  });

  it("is cancelled while it is scheduled and while it runs, and says whether that changed anything", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const early = scheduler.delay(10, () => 1);
    expect(early.cancel()).toBe(true);
    expect(early.cancel()).toBe(false);
    await expect(early.done).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    expect(early.state).toBe("cancelled");
    let reason: unknown;
    const running = scheduler.delay(10, ({ signal }) => {
      signal.addEventListener("abort", () => (reason = signal.reason));
      return new Promise(() => {});
    });
    await clock.advance(10);
    expect(running.state).toBe("running");
    expect(running.cancel()).toBe(true);
    await expect(running.done).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    expect(reason).toMatchObject({ code: "TASK_CANCELLED" });
    await scheduler.close({ timeoutMs: 0 });
  });

  it("does not run what another one due at the same instant cancels", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    let ran = false;
    let second: TaskHandle<void> | undefined;
    const first = scheduler.delay(5, (): boolean => second?.cancel() === true);
    second = scheduler.delay(5, () => void (ran = true));
    await clock.advance(5);
    expect(ran).toBe(false);
    expect(await first.done).toBe(true);
  });

  it("ends with its signal's reason", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const caller = new AbortController();
    const handle = scheduler.delay(10, () => 1, { signal: caller.signal });
    caller.abort("off");
    await expect(handle.done).rejects.toBe("off");
    expect(handle.state).toBe("cancelled");
    expect(scheduler.stats().scheduled).toBe(0);
  });
});

describe("at", () => {
  it("runs at an instant of the wall clock, at once when it is past", async () => {
    const clock = createFakeClock({ start: NEW_YEAR - 5_000 });
    await using scheduler = createScheduler({ clock });
    const past = scheduler.at(0, () => "past");
    const future = scheduler.at(new Date(NEW_YEAR), () => clock.wall());
    await clock.advance(1);
    expect(await past.done).toBe("past");
    await clock.advance(4_998);
    expect(future.state).toBe("scheduled");
    await clock.advance(1);
    expect(await future.done).toBe(NEW_YEAR);
    expect(scheduler.stats().late).toBe(1);
  });

  it("notices that the clock was set forward, and waits again when it was set back", async () => {
    const clock = createFakeClock({ start: NEW_YEAR - 3_600_000 });
    await using scheduler = createScheduler({ clock });
    const handle = scheduler.at(NEW_YEAR, () => clock.monotonic());
    clock.jump(-3_600_000);
    await clock.advance(3_600_000);
    expect(handle.state).toBe("scheduled");
    clock.jump(3_600_000);
    expect(handle.state).toBe("done");
  });

  it("looks at the system's clock every 30 s, as nobody tells of its steps", async () => {
    const time = createFakeClock({ start: NEW_YEAR - 86_400_000 });
    let step = 0;
    const clock: Clock = {
      wallCheckMs: systemClock.wallCheckMs,
      wall: () => time.wall() + step,
      monotonic: () => time.monotonic(),
      wake: (callback, ms) => time.wake(callback, ms),
      clear: (handle) => time.clear(handle),
    };
    await using scheduler = createScheduler({ clock });
    const handle = scheduler.at(NEW_YEAR, () => time.monotonic());
    step = 86_400_000;
    await time.advance(30_000);
    expect(await handle.done).toBeLessThanOrEqual(30_000);
  });

  it("may lie any safe number of milliseconds ahead", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const far = 2 ** 31 + 5;
    const runs: number[] = [];
    const handles = [
      scheduler.delay(far, () => runs.push(clock.monotonic())),
      scheduler.at(clock.wall() + far + 1, () => runs.push(clock.monotonic())),
    ];
    await clock.advance(far - 1);
    expect(runs).toEqual([]);
    await clock.advance(2);
    expect(runs).toEqual([far, far + 1]);
    expect(handles.map(({ state }) => state)).toEqual(["done", "done"]);
  });
});

describe("timers", () => {
  it("never fire early and keep their order, in random runs with jumps and blocks", async () => {
    const clock = createFakeClock();
    const timers = new Timers(clock);
    const fired: { due: number; order: number }[] = [];
    let pending = 0;
    let order = 0;
    for (let round = 0; round < 40; round += 1) {
      for (let i = 0; i < 60; i += 1) {
        const due = clock.monotonic() + Math.floor(Math.random() * 500);
        const mine = ++order;
        const timer = timers.when(due, () => {
          pending -= 1;
          expect(clock.monotonic()).toBeGreaterThanOrEqual(due);
          fired.push({ due, order: mine });
        });
        pending += 1;
        if (Math.random() < 0.2 && timers.cancel(timer)) pending -= 1;
      }
      const before = fired.length;
      clock.jump(Math.floor(Math.random() * 2_000) - 1_000);
      await clock.advance(Math.floor(Math.random() * 300), { block: Math.random() < 0.3 });
      const batch = fired.slice(before);
      expect(batch).toEqual(batch.toSorted((a, b) => a.due - b.due || a.order - b.order));
    }
    await clock.advance(1_000);
    expect(pending).toBe(0);
    expect(timers.size).toBe(0);
    expect(fired.length).toBeGreaterThan(1_500);
  });

  it("give the memory of cancelled ones back", () => {
    const heap = new TimerHeap();
    const callbacks = Array.from({ length: 100_000 }, (_, i) => () => void i);
    const ids = callbacks.map((callback, i) => heap.push(i, i, callback));
    const refs = callbacks.splice(0, 99_000).map((callback) => new WeakRef(callback));
    for (const id of ids.slice(0, 99_000)) heap.cancel(id);
    expect(heap.size).toBe(1_000);
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      gc();
      expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(2_100);
    });
  });
});

describe("failures that nobody asks for", () => {
  const failing = () => Promise.reject(new Error("no"));

  it("go to onError, with the verb, the function's name and the instant", async () => {
    const clock = createFakeClock({ start: NEW_YEAR });
    const onError = vi.fn<(error: unknown, info: object) => void>();
    await using scheduler = createScheduler({ clock, onError });
    scheduler.delay(5, failing);
    await clock.advance(5);
    await expect
      .poll(() => onError.mock.calls)
      .toEqual([
        [expect.objectContaining({ message: "no" }), { verb: "delay", task: "failing", scheduledAt: NEW_YEAR + 5 }],
      ]);
  });

  it("go to the logger without onError, and nowhere when somebody awaits `done`", async () => {
    const clock = createFakeClock();
    const error = vi.fn<(fields: object | string, message?: string) => void>();
    const logger = { debug: error, info: error, warn: error, error };
    await using scheduler = createScheduler({ clock, logger });
    const awaited = scheduler.delay(5, failing);
    const seen = expect(awaited.done).rejects.toThrow("no");
    scheduler.delay(5, failing);
    await clock.advance(5);
    await seen;
    await expect.poll(() => error.mock.calls.length).toBe(1);
    expect(error).toHaveBeenCalledWith(expect.objectContaining({ verb: "delay" }), "timed task failed");
  });

  it("become a process warning where there is neither", async () => {
    const clock = createFakeClock();
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    await using scheduler = createScheduler({ clock });
    scheduler.delay(5, failing);
    await clock.advance(5);
    expect(await warned).toMatchObject({
      name: "SchedulerWarning",
      message: expect.stringContaining("failing failed"),
    });
  });
});
