import { AsyncLocalStorage } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createScheduler } from "@servertech/task-scheduler";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "@servertech/task-scheduler/testing";
import { gate } from "./gate.ts";
import { turn } from "./turn.ts";

describe("run on the event loop", () => {
  it("gives the result of a function, with or without a promise", async () => {
    await using scheduler = createScheduler();
    expect(await scheduler.run(() => 1)).toBe(1);
    expect(await scheduler.run(async () => "two")).toBe("two");
    expect(scheduler.stats()).toMatchObject({ done: 2, failed: 0, running: 0, queued: 0 });
  });

  it("rejects with what the function throws or rejects with", async () => {
    await using scheduler = createScheduler();
    const error = new Error("no");
    await expect(
      scheduler.run(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    await expect(scheduler.run(() => Promise.reject(error))).rejects.toBe(error);
  });

  it("runs at most `concurrency` at once and starts the others in order", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 2 } });
    const gates = Array.from({ length: 5 }, gate);
    const started: number[] = [];
    const runs = gates.map(({ run }, i) =>
      scheduler.run(() => {
        started.push(i);
        return run();
      }),
    );
    expect(started).toEqual([0, 1]);
    expect(scheduler.stats()).toMatchObject({ running: 2, queued: 3 });
    gates[1]?.open("b");
    await turn();
    expect(started).toEqual([0, 1, 2]);
    for (const { open } of gates) open("x");
    expect(await Promise.all(runs)).toEqual(["x", "b", "x", "x", "x"]);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it("starts higher priorities first, equal ones in order", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1 }, agingMs: 0 });
    const first = gate();
    const order: string[] = [];
    const runs = [
      scheduler.run(first.run),
      ...(["low", "normal", "high", 15, 0, "normal"] as const).map((priority, i) =>
        scheduler.run(() => void order.push(`${priority}${i}`), { priority }),
      ),
    ];
    first.open("");
    await Promise.all(runs);
    expect(order).toEqual(["153", "high2", "normal1", "normal5", "low0", "04"]);
  });

  it("lets waiting work rise by one level each `agingMs`", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ io: { concurrency: 1 }, agingMs: 100, clock });
    const first = gate();
    const order: string[] = [];
    const runs = [scheduler.run(first.run), scheduler.run(() => void order.push("low"), { priority: 4 })];
    await clock.advance(500);
    runs.push(scheduler.run(() => void order.push("normal"), { priority: 8 }));
    first.open("");
    await Promise.all(runs);
    expect(order).toEqual(["low", "normal"]);
  });

  it("refuses what finds the queue full, and nothing else", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1, queue: { max: 1 } } });
    const first = gate();
    const runs = [scheduler.run(first.run), scheduler.run(() => 2)];
    await expect(scheduler.run(() => 3)).rejects.toMatchObject({
      code: "SCHEDULER_QUEUE_FULL",
      retryable: true,
      lane: "io",
      max: 1,
    });
    first.open("1");
    expect(await Promise.all(runs)).toEqual(["1", 2]);
    expect(scheduler.stats().dropped).toBe(1);
  });

  it("keeps the AsyncLocalStorage of the caller, also for what waited and what is tried again", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1 } });
    const storage = new AsyncLocalStorage<string>();
    const first = gate();
    const held = scheduler.run(first.run);
    const seen = ["a", "b"].map((name) =>
      storage.run(name, () =>
        scheduler.run(
          ({ attempt }) => {
            if (attempt === 1) throw new Error("again");
            return storage.getStore();
          },
          { retry: { retries: 1, baseMs: 0 } },
        ),
      ),
    );
    first.open("");
    await held;
    expect(await Promise.all(seen)).toEqual(["a", "b"]);
  });
});

describe("time limits", () => {
  it("answers at the limit, aborts the signal, and holds the slot until the function ends", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1 } });
    const first = gate();
    let reason: unknown;
    const late = scheduler.run(
      ({ signal }) => {
        signal.addEventListener("abort", () => (reason = signal.reason));
        return first.run();
      },
      { timeoutMs: 20 },
    );
    const next = scheduler.run(() => "next");
    await expect(late).rejects.toMatchObject({ code: "TASK_TIMEOUT", phase: "run", limitMs: 20 });
    expect(reason).toMatchObject({ code: "TASK_TIMEOUT" });
    expect(scheduler.stats()).toMatchObject({ queued: 1, timeouts: 1, io: { running: 1, overdue: 1 } });
    first.open("");
    expect(await next).toBe("next");
    expect(scheduler.stats().io).toEqual({ running: 0, overdue: 0 });
  });

  it("bounds the wait for a slot", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1 } });
    const first = gate();
    const held = scheduler.run(first.run);
    let called = false;
    await expect(scheduler.run(() => (called = true), { queueTimeoutMs: 10 })).rejects.toMatchObject({
      code: "TASK_QUEUE_TIMEOUT",
      phase: "queue",
    });
    first.open("");
    await held;
    expect(called).toBe(false);
  });

  it("never fires early and any legal delay works", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const handle = scheduler.delay(Number.MAX_SAFE_INTEGER - 2_000, () => 1);
    await clock.advance(2 ** 31);
    expect(handle.state).toBe("scheduled");
    handle.cancel();
    await expect(handle.done).rejects.toMatchObject({ code: "TASK_CANCELLED" });
  });
});

describe("retry", () => {
  it("tries again after base · 2^n, at most `maxMs`", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    const starts: number[] = [];
    const result = scheduler.run(
      ({ attempt }) => {
        starts.push(clock.monotonic());
        if (attempt < 5) throw new Error("again");
        return attempt;
      },
      { retry: { retries: 9, baseMs: 50, maxMs: 150 } },
    );
    await clock.advance(1_000);
    expect(await result).toBe(5);
    expect(starts).toEqual([0, 50, 150, 300, 450]);
    expect(scheduler.stats().retries).toBe(4);
  });

  it("rejects with the last error once the retries are used up, and as `when` says", async () => {
    await using scheduler = createScheduler();
    let calls = 0;
    const failing = () => {
      throw new Error(`call ${++calls}`);
    };
    await expect(scheduler.run(failing, { retry: { retries: 2, baseMs: 0 } })).rejects.toThrow("call 3");
    calls = 0;
    const when = (_error: unknown, attempt: number) => attempt < 2;
    await expect(scheduler.run(failing, { retry: { retries: 9, baseMs: 0, when } })).rejects.toThrow("call 2");
  });

  it("does not repeat a timeout unless asked to, and then only when the first function has ended", async () => {
    await using scheduler = createScheduler();
    const first = gate();
    let running = 0;
    const attempts: number[] = [];
    const work = async ({ attempt }: { attempt: number }) => {
      expect(++running).toBe(1);
      attempts.push(attempt);
      if (attempt === 1) await first.run();
      running -= 1;
      return attempt;
    };
    const retried = scheduler.run(work, { timeoutMs: 10, retry: { retries: 1, baseMs: 0, when: () => true } });
    await expect.poll(() => scheduler.stats().io.overdue).toBe(1);
    expect(attempts).toEqual([1]);
    first.open("");
    expect(await retried).toBe(2);
    const hung = gate();
    await expect(scheduler.run(hung.run, { timeoutMs: 5, retry: { retries: 3, baseMs: 0 } })).rejects.toThrow("5 ms");
    hung.open("");
  });
});

describe("abort", () => {
  it("rejects at once with the reason: before, while it waits, in back-off and while it runs", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1 } });
    const gone = new Error("gone");
    let calls = 0;
    await expect(scheduler.run(() => ++calls, { signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    const first = gate();
    const caller = new AbortController();
    const running = scheduler.run(first.run, { signal: caller.signal });
    const waiting = scheduler.run(() => ++calls, { signal: caller.signal });
    const other = scheduler.run(() => "other");
    caller.abort(gone);
    await expect(running).rejects.toBe(gone);
    await expect(waiting).rejects.toBe(gone);
    first.open("");
    expect(await other).toBe("other");
    const later = new AbortController();
    const backingOff = scheduler.run(() => Promise.reject(new Error("x")), {
      retry: { retries: 1, baseMs: 60_000 },
      signal: later.signal,
    });
    await expect.poll(() => scheduler.stats().queued).toBe(1);
    later.abort(gone);
    await expect(backingOff).rejects.toBe(gone);
    expect(calls).toBe(0);
    expect(scheduler.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  it("leaves no listener on a signal that 10,000 calls share", async () => {
    await using scheduler = createScheduler({ io: { queue: { max: Infinity } } });
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on("warning", onWarning);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => scheduler.run(async () => i, { signal })));
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await sleep(0);
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });
});
