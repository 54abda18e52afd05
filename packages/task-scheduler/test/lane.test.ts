import { AsyncLocalStorage } from "node:async_hooks";
import { createScheduler, type RunOptions } from "@servertech/task-scheduler";
import { createFakeClock } from "@servertech/task-scheduler/testing";
import { describe, expect, it } from "vitest";
import { plain } from "./fixtures/plain.tasks.ts";
import { gate } from "./gate.ts";
import { turn } from "./turn.ts";

describe("key", () => {
  it("runs work of one key one at a time, in order of submission across priorities, and lets others pass", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 2 } });
    const first = gate();
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);
    const runs = [
      scheduler.run(first.run, { key: "a" }),
      scheduler.run(note("a low"), { key: "a", priority: "low" }),
      scheduler.run(note("a high"), { key: "a", priority: "high" }),
      scheduler.run(note("b"), { key: "b" }),
      scheduler.run(note("none")),
    ];
    await turn();
    expect(order).toEqual(["b", "none"]);
    first.open("");
    await Promise.all(runs);
    expect(order).toEqual(["b", "none", "a low", "a high"]);
  });

  it("is held by a function that was given up until it ends, and not by a back-off", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const hung = gate();
    const order: string[] = [];
    const late = expect(scheduler.run(hung.run, { key: 1, timeoutMs: 10 })).rejects.toMatchObject({
      code: "TASK_TIMEOUT",
    });
    const retried = scheduler.run(
      ({ attempt }) => {
        order.push(`attempt ${attempt}`);
        if (attempt === 1) throw new Error("again");
      },
      { key: 1, retry: { retries: 1, baseMs: 100 } },
    );
    const last = scheduler.run(() => void order.push("last"), { key: 1 });
    await clock.advance(10);
    await late;
    expect(order).toEqual([]);
    hung.open("");
    await turn();
    expect(order).toEqual(["attempt 1", "last"]);
    await clock.advance(100);
    await Promise.all([retried, last]);
    expect(order).toEqual(["attempt 1", "last", "attempt 2"]);
  });

  it("goes to the next in line when its holder, or one in the line, is aborted while it waits", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1 } });
    const busy = gate();
    const caller = new AbortController();
    const held = scheduler.run(busy.run);
    const aborted = [1, 2].map(() => scheduler.run(() => "never", { key: "k", signal: caller.signal }));
    const next = scheduler.run(() => "next", { key: "k" });
    caller.abort("gone");
    await Promise.all(aborted.map((one) => expect(one).rejects.toBe("gone")));
    busy.open("");
    expect(await next).toBe("next");
    await held;
  });
});

describe("rate", () => {
  /** When work submitted at `times` starts. */
  async function starts(
    rate: { limit: number; intervalMs: number; burst?: number },
    times: number[],
  ): Promise<number[]> {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock, io: { rate } });
    const started: number[] = [];
    for (const time of times) {
      await clock.advance(time - clock.monotonic());
      void scheduler.run(() => started.push(clock.monotonic()));
    }
    await clock.advance(10_000);
    return started;
  }

  it("lets `burst` start at once and then spaces them evenly", async () => {
    expect(await starts({ limit: 2, intervalMs: 100 }, [0, 0, 0, 0, 0])).toEqual([0, 0, 50, 100, 150]);
    expect(await starts({ limit: 10, intervalMs: 1_000, burst: 1 }, [0, 0, 0])).toEqual([0, 100, 200]);
  });

  it("does not delay after a quiet time, and saves up no more than `burst`", async () => {
    const later = [0, 1_000, 1_000, 1_000, 1_000];
    expect(await starts({ limit: 2, intervalMs: 100 }, later)).toEqual([0, 1_000, 1_000, 1_050, 1_100]);
  });
});

describe("a full queue", () => {
  it("with `wait` lets the call wait for room, first come, first served", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1, queue: { max: 1, whenFull: "wait" } } });
    const first = gate();
    const order: number[] = [];
    const caller = new AbortController();
    const runs = [scheduler.run(first.run), ...[1, 2, 3].map((i) => scheduler.run(() => void order.push(i)))];
    const urgent = scheduler.run(() => void order.push(4), { priority: "high" });
    const aborted = scheduler.run(() => void order.push(5), { signal: caller.signal });
    const late = scheduler.run(() => void order.push(6), { queueTimeoutMs: 5 });
    expect(scheduler.stats().queued).toBe(6);
    caller.abort("gone");
    await expect(aborted).rejects.toBe("gone");
    await expect(late).rejects.toMatchObject({ code: "TASK_QUEUE_TIMEOUT" });
    first.open("");
    await Promise.all([...runs, urgent]);
    expect(order).toEqual([1, 2, 3, 4]);
    expect(scheduler.stats().dropped).toBe(0);
  });

  it("with `wait` and no places at all serves them as slots come free", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1, queue: { max: 0, whenFull: "wait" } } });
    const runs = Array.from({ length: 5 }, (_, i) => scheduler.run(async () => i));
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4]);
  });

  it("with `wait` rejects those outside when the scheduler closes, and ends the work inside", async () => {
    const scheduler = createScheduler({ io: { concurrency: 1, queue: { max: 1, whenFull: "wait" } } });
    const first = gate();
    const inside = [scheduler.run(first.run), scheduler.run(() => 2)];
    const outside = scheduler.run(() => 3);
    const closing = scheduler.close();
    await expect(outside).rejects.toMatchObject({ code: "SCHEDULER_CLOSED" });
    first.open("1");
    expect(await Promise.all(inside)).toEqual(["1", 2]);
    await closing;
  });

  it("with `drop-oldest` drops the oldest of the lowest priority", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1, queue: { max: 3, whenFull: "drop-oldest" } } });
    const first = gate();
    const held = scheduler.run(first.run);
    const runs = (["high", "low", "low"] as const).map((priority, i) =>
      scheduler.run(() => i, { priority, key: i % 2 }),
    );
    const fresh = scheduler.run(() => "fresh", { priority: 0 });
    await expect(runs[1]).rejects.toMatchObject({ code: "SCHEDULER_DROPPED", retryable: true });
    const fresher = scheduler.run(() => "fresher");
    await expect(fresh).rejects.toMatchObject({ code: "SCHEDULER_DROPPED" });
    first.open("");
    expect(await Promise.all([held, runs[0], runs[2], fresher])).toEqual(["", 0, 2, "fresher"]);
    expect(scheduler.stats()).toMatchObject({ dropped: 2, queued: 0 });
  });

  it("with `drop-oldest` and no places refuses the new one", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1, queue: { max: 0, whenFull: "drop-oldest" } } });
    const first = gate();
    const held = scheduler.run(first.run);
    await expect(scheduler.run(() => 1)).rejects.toMatchObject({ code: "SCHEDULER_QUEUE_FULL" });
    first.open("");
    await held;
  });

  it("does not refuse a further attempt of work that was accepted", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock, io: { concurrency: 1, queue: { max: 1 } } });
    const retried = scheduler.run(
      ({ attempt }) => {
        if (attempt === 1) throw new Error("again");
        return attempt;
      },
      { retry: { retries: 1, baseMs: 10 } },
    );
    const first = gate();
    const others = [scheduler.run(first.run), scheduler.run(() => "waits")];
    await clock.advance(10);
    expect(scheduler.stats().queued).toBe(2);
    first.open("");
    expect(await retried).toBe(2);
    await Promise.all(others);
  });
});

describe("deadlineMs", () => {
  it("bounds waiting, attempts and back-off together", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    let attempts = 0;
    const run = scheduler.run(
      () => {
        attempts += 1;
        throw new Error("again");
      },
      { deadlineMs: 100, retry: { retries: Infinity, baseMs: 30, maxMs: 30 } },
    );
    const rejected = expect(run).rejects.toMatchObject({ code: "TASK_DEADLINE", phase: "deadline", limitMs: 100 });
    await clock.advance(99);
    expect(attempts).toBe(4);
    await clock.advance(1);
    await rejected;
    expect(scheduler.stats()).toMatchObject({ timeouts: 1, queued: 0, running: 0 });
  });
});

describe("after", () => {
  it("waits for promises and handles, and takes no place meanwhile", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock, io: { concurrency: 1, queue: { max: 0 } } });
    const storage = new AsyncLocalStorage<string>();
    const promised = gate();
    const handle = scheduler.delay(50, () => "handle");
    const run = storage.run("caller", () =>
      scheduler.run(() => storage.getStore(), { after: [promised.run(), handle] }),
    );
    expect(scheduler.stats()).toMatchObject({ queued: 1, running: 0 });
    promised.open("");
    await turn();
    expect(scheduler.stats().queued).toBe(1);
    await clock.advance(50);
    expect(await run).toBe("caller");
  });

  it("fails at once when one of them fails, and does not call the function", async () => {
    await using scheduler = createScheduler();
    const cause = new Error("no");
    let called = false;
    const run = scheduler.run(() => (called = true), { after: [new Promise(() => {}), Promise.reject(cause)] });
    await expect(run).rejects.toMatchObject({ code: "TASK_DEPENDENCY", cause });
    expect(called).toBe(false);
    expect(scheduler.stats()).toMatchObject({ queued: 0, failed: 1 });
  });

  it("ends with its signal, and with a close whose time is up", async () => {
    const scheduler = createScheduler();
    const caller = new AbortController();
    const never = [new Promise(() => {})];
    const aborted = scheduler.run(() => 1, { after: never, signal: caller.signal });
    caller.abort("gone");
    await expect(aborted).rejects.toBe("gone");
    const closed = expect(scheduler.run(() => 1, { after: never })).rejects.toMatchObject({ code: "SCHEDULER_CLOSED" });
    await scheduler.close({ timeoutMs: 10 });
    await closed;
  });
});

describe("progress", () => {
  it("comes to `onProgress` in order, with the caller's AsyncLocalStorage; what it throws harms nobody", async () => {
    await using scheduler = createScheduler();
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const onProgress = (value: unknown) => {
      seen.push([value, storage.getStore()]);
      throw new Error("in the callback");
    };
    const run = storage.run("caller", () =>
      scheduler.run(
        async ({ progress }: { progress: (value: unknown) => void }) => {
          progress(1);
          await turn();
          progress(2);
          return "end";
        },
        { onProgress },
      ),
    );
    expect(await run).toBe("end");
    expect(seen).toEqual([
      [1, "caller"],
      [2, "caller"],
    ]);
  });
});

describe("lane", () => {
  it("'io' runs a task here", async () => {
    await using scheduler = createScheduler();
    expect(await scheduler.run(plain.add, { args: [1, 2], lane: "io" })).toBe(3);
    expect(await scheduler.run(plain.attempt, { args: ["here"], lane: "io" })).toBe("here 1");
    expect(scheduler.stats().cpu.threads).toBe(0);
  });
});

describe("random work", () => {
  it("keeps its limits, settles everything, and starves nobody", async () => {
    let done = 0;
    for (let round = 0; round < 20; round += 1) done += await randomRound();
    expect(done).toBeGreaterThan(0);
  }, 60_000);

  async function randomRound(): Promise<number> {
    const clock = createFakeClock();
    const pick = <T>(...values: T[]): T => values[Math.floor(Math.random() * values.length)] as T;
    const concurrency = pick(1, 2, 5);
    const whenFull = pick("reject", "wait", "drop-oldest");
    const scheduler = createScheduler({
      clock,
      agingMs: pick(0, 50, 1_000),
      io: {
        concurrency,
        queue: { max: pick(0, 3, 20), whenFull },
        rate: pick(undefined, { limit: 5, intervalMs: 10 }),
      },
    });
    let running = 0;
    const keys = new Map<unknown, number>();
    const order = new Map<unknown, number[]>();
    const runs: Promise<unknown>[] = [];
    for (let i = 0; i < 200; i += 1) {
      const key = pick(undefined, "a", "b");
      const caller = new AbortController();
      const options: RunOptions = {
        priority: Math.floor(Math.random() * 16),
        key,
        signal: caller.signal,
        timeoutMs: pick(undefined, 5),
        queueTimeoutMs: pick(undefined, 20),
        deadlineMs: pick(undefined, undefined, 60),
        retry: pick(undefined, { retries: 2, baseMs: 4, jitter: 0.5 }),
      };
      const durationMs = Math.floor(Math.random() * 10);
      const fails = Math.random() < 0.3;
      const work = async ({ attempt }: { attempt: number }): Promise<number> => {
        running += 1;
        expect(running).toBeLessThanOrEqual(concurrency);
        if (key !== undefined) {
          expect(keys.get(key) ?? 0).toBe(0);
          keys.set(key, 1);
          if (attempt === 1) order.set(key, [...(order.get(key) ?? []), i]);
        }
        if (durationMs > 0) await new Promise<void>((resolve) => void clock.wake(resolve, durationMs));
        running -= 1;
        keys.set(key, 0);
        if (fails) throw new Error("fails");
        return i;
      };
      const run = scheduler.run(work, options);
      run.catch(() => {});
      runs.push(run);
      if (Math.random() < 0.1) caller.abort("gone");
      if (Math.random() < 0.3) await clock.advance(Math.floor(Math.random() * 20));
    }
    const settled = Promise.allSettled(runs);
    await clock.advance(20_000);
    const outcomes = await settled;
    const { done, queued, io, failed } = scheduler.stats();
    expect({ queued, io, running }).toEqual({ queued: 0, io: { running: 0, overdue: 0 }, running: 0 });
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(done);
    expect(done + failed).toBeLessThanOrEqual(outcomes.length);
    for (const each of order.values()) expect(each).toEqual(each.toSorted((a, b) => a - b));
    await scheduler.close();
    return done;
  }
});
