import { createScheduler, type CpuOptions } from "@servertech/task-scheduler";
import { inlineThreads } from "@servertech/task-scheduler/testing";
import { describe, expect, it, vi } from "vitest";
import { faulty } from "./fixtures/faulty.tasks.ts";
import { plain } from "./fixtures/plain.tasks.ts";

// A thread may need a second to start where the processors are busy.
vi.setConfig({ testTimeout: 30_000 });

const times = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, i) => make(i));

describe("short tasks", () => {
  it("go to a thread several at once, and each gives its own result", async () => {
    await using scheduler = createScheduler({ cpu: { max: 2 } });
    for (let round = 0; round < 5; round += 1) {
      const sums = await Promise.all(times(500, (i) => scheduler.run(plain.add, { args: [i, round] })));
      expect(sums).toEqual(times(500, (i) => i + round));
    }
    expect(scheduler.stats()).toMatchObject({ done: 2_500, running: 0, queued: 0, cpu: { respawns: 0 } });
  });

  it("are not held up by a slow one: what has not started is taken back", async () => {
    await using scheduler = createScheduler({ cpu: { min: 2, max: 2 } });
    await Promise.all(times(200, () => scheduler.run(plain.block, { args: [0] })));
    const word = new SharedArrayBuffer(4);
    const slow = scheduler.run(plain.block, { args: [1, word] });
    await Promise.all(times(100, () => scheduler.run(plain.block, { args: [0] })));
    Atomics.store(new Int32Array(word), 0, 1);
    Atomics.notify(new Int32Array(word), 0);
    expect(await slow).toBe(1);
  });

  it("start in order of priority as long as they wait", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 }, agingMs: 0 });
    const words = new SharedArrayBuffer(64);
    await scheduler.run(plain.noop);
    const busy = scheduler.run(plain.block, { args: [50] });
    await expect.poll(() => scheduler.stats().running, { timeout: 10_000 }).toBe(1);
    const runs = [4, 0, 15, 8].map((priority) => scheduler.run(plain.ticket, { args: [words], priority }));
    expect(await Promise.all([busy, ...runs])).toEqual([50, 2, 3, 0, 1]);
  });

  it("of one key run one at a time, in order", async () => {
    await using scheduler = createScheduler({ cpu: { max: 2 } });
    const words = new SharedArrayBuffer(64);
    await Promise.all(times(20, () => scheduler.run(plain.noop)));
    const tickets = times(50, (i) =>
      scheduler.run(plain.ticket, { args: [words], key: "k", priority: i % 2 === 0 ? "low" : "high" }),
    );
    expect(await Promise.all(tickets)).toEqual(times(50, (i) => i));
  });

  it("are cancelled before they start, without harm to others", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    await Promise.all(times(100, () => scheduler.run(plain.noop)));
    const caller = new AbortController();
    const runs = times(40, (i) =>
      scheduler.run(plain.add, { args: [i, 0], ...(i % 2 === 0 ? { signal: caller.signal } : {}) }),
    );
    caller.abort("gone");
    const settled = await Promise.allSettled(runs);
    for (const [i, one] of settled.entries())
      if (i % 2 === 1) expect(one).toEqual({ status: "fulfilled", value: i });
      else expect(one).toEqual({ status: "rejected", reason: "gone" });
    expect(scheduler.stats().cpu.respawns).toBe(0);
  });

  it("posted together with one that cannot be cloned are unaffected", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    await Promise.all(times(50, (i) => scheduler.run(faulty.echo, { args: [i as unknown] })));
    const runs = times(20, (i) => scheduler.run(faulty.echo, { args: [i === 7 ? () => {} : i] }));
    const settled = await Promise.allSettled(runs);
    expect(settled.filter(({ status }) => status === "rejected")).toEqual([
      { status: "rejected", reason: expect.objectContaining({ code: "TASK_NOT_CLONEABLE", side: "argument" }) },
    ]);
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
  });
});

describe("threads", () => {
  it("take what is transferred, and leave nothing here", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await scheduler.run(plain.sum, { args: [bytes], transfer: [bytes.buffer] })).toBe(6);
    expect(bytes.length).toBe(0);
  });

  it("end after `recycle.tasks`, and no task is lost or run twice", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1, recycle: { tasks: 10 } } });
    const threads = await Promise.all(times(45, () => scheduler.run(plain.thread)));
    const counts = count(threads);
    expect(Math.max(...counts.values())).toBe(10);
    expect(scheduler.stats()).toMatchObject({ done: 45, cpu: { respawns: 0 } });
  });

  it("end above `recycle.heapMb`", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1, recycle: { heapMb: 40 } } });
    const first = await scheduler.run(plain.thread);
    await scheduler.run(plain.hold, { args: [60] });
    await expect.poll(() => scheduler.run(plain.thread), { timeout: 5_000 }).not.toBe(first);
  });

  it("run `perThread` async tasks at once, and one of them when it is one", async () => {
    for (const perThread of [1, 3]) {
      await using scheduler = createScheduler({ cpu: { max: 1, perThread } });
      const words = new SharedArrayBuffer(4);
      const most = await Promise.all(times(9, () => scheduler.run(plain.together, { args: [words] })));
      expect(Math.max(...most)).toBe(perThread);
    }
  });

  it("fail all that runs on them when one of several tasks crashes", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1, perThread: 2 } });
    const runs = [scheduler.run(faulty.never), scheduler.run(faulty.throwLater)];
    await Promise.all(runs.map((run) => expect(run).rejects.toMatchObject({ code: "WORKER_CRASHED" })));
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
  });

  it("may wait for tasks by a word of memory", async () => {
    await using scheduler = createScheduler({ cpu: { max: 2, wake: "atomics" } });
    for (let i = 0; i < 50; i += 1) expect(await scheduler.run(plain.add, { args: [i, 1] })).toBe(i + 1);
    expect(await scheduler.run(plain.later, { args: [5] })).toBe("after 5");
    await expect(scheduler.run(plain.loop, { timeoutMs: 20 })).rejects.toMatchObject({ code: "TASK_TIMEOUT" });
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
  });

  it("load a second set of tasks when the first keeps them busy", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const load = { stop: false };
    const busy = (async () => {
      while (!load.stop) await scheduler.run(plain.add, { args: [1, 1] });
    })();
    const loops = times(40, async () => {
      while (!load.stop) await scheduler.run(plain.noop);
    });
    expect(await scheduler.run(faulty.echo, { args: ["x"] })).toBe("x");
    load.stop = true;
    await Promise.all([busy, ...loops]);
  });

  it("tell how far a task is", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const seen: unknown[] = [];
    expect(await scheduler.run(plain.steps, { args: [3], onProgress: (value) => void seen.push(value) })).toBe("done");
    expect(seen).toEqual([1, 2, 3]);
  });

  it("do not share memory: large arguments and results come back whole", async () => {
    await using scheduler = createScheduler({ cpu: { max: 2 } });
    const bytes = new Uint8Array(2 * 2 ** 20).fill(1);
    const sums = await Promise.all(times(64, () => scheduler.run(plain.sum, { args: [bytes] })));
    expect(new Set(sums)).toEqual(new Set([2 * 2 ** 20]));
  });
});

describe.each([
  ["threads", { max: 2 }],
  ["inlineThreads", { max: 2, threads: inlineThreads() }],
] as [string, CpuOptions][])("streams and maps on %s", (_name, cpu) => {
  it("give results and errors as `run` does", async () => {
    await using scheduler = createScheduler({ cpu });
    expect(await scheduler.run(plain.add, { args: [1, 2] })).toBe(3);
    await expect(scheduler.run(faulty.odd)).rejects.toMatchObject({ code: "E_ODD", cause: expect.any(RangeError) });
    await expect(scheduler.run(faulty.echo, { args: [() => {}] })).rejects.toMatchObject({
      code: "TASK_NOT_CLONEABLE",
    });
    await expect(scheduler.run(faulty.unsendable)).rejects.toMatchObject({
      code: "TASK_NOT_CLONEABLE",
      side: "result",
    });
    await expect(scheduler.run(faulty.never, { timeoutMs: 20 })).rejects.toMatchObject({ code: "TASK_TIMEOUT" });
    expect(await scheduler.run(plain.add, { args: [1, 2] })).toBe(3);
  });

  it.each(["count", "countSync"] as const)("iterate over a generator (%s), in order", async (name) => {
    await using scheduler = createScheduler({ cpu });
    const items: number[] = [];
    for await (const item of scheduler.stream(plain[name], { args: [100, noWords()] })) items.push(item);
    expect(items).toEqual(times(100, (i) => i));
    expect(scheduler.stats()).toMatchObject({ done: 1, running: 0 });
  });

  it.each(["count", "countSync"] as const)("stop a generator (%s) that is far ahead of its reader", async (name) => {
    await using scheduler = createScheduler({ cpu: { ...cpu, killMs: 1_000 } });
    const words = noWords();
    const made = new Int32Array(words);
    const stream = scheduler.stream(plain[name], { args: [1_000, words], highWaterMark: 8 });
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    await expect.poll(() => Atomics.load(made, 0), { timeout: 10_000 }).toBeGreaterThanOrEqual(8);
    await scheduler.run(plain.later, { args: [30] });
    expect(Atomics.load(made, 0)).toBeLessThanOrEqual(9);
    await stream.return?.();
    // Its `finally` has run.
    expect(Atomics.load(made, 1)).toBe(1);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(scheduler.stats().running).toBe(0);
  });

  it("throw a generator's error after the items before it", async () => {
    await using scheduler = createScheduler({ cpu });
    const items: number[] = [];
    const read = async () => {
      for await (const item of scheduler.stream(faulty.failingItems, { args: [3] })) items.push(item);
    };
    await expect(read()).rejects.toThrow("after 3");
    expect(items).toEqual([0, 1, 2]);
    const stream = scheduler.stream(faulty.uncloneableItem);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await expect(stream.next()).rejects.toMatchObject({ code: "TASK_NOT_CLONEABLE", side: "item" });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("end a stream by its signal and its time limit", async () => {
    await using scheduler = createScheduler({ cpu });
    const caller = new AbortController();
    const stream = scheduler.stream(plain.count, { args: [1_000, noWords()], signal: caller.signal });
    await stream.next();
    caller.abort(new Error("gone"));
    await expect(drain(stream)).rejects.toThrow("gone");
    const late = scheduler.stream(faulty.hangingItems, { timeoutMs: 30 });
    await expect(drain(late)).rejects.toMatchObject({ code: "TASK_TIMEOUT" });
  });

  it("map lists of arguments to results in order, whatever the chunks", async () => {
    await using scheduler = createScheduler({ cpu });
    const lists = times(1_000, (i): [number, number] => [i, 1]);
    const sums = times(1_000, (i) => i + 1);
    expect(await scheduler.map(plain.add, lists)).toEqual(sums);
    expect(await scheduler.map(plain.add, lists, { chunk: 7 })).toEqual(sums);
    expect(await scheduler.map(plain.later, [[1], [2]], { chunk: 2 })).toEqual(["after 1", "after 2"]);
    expect(await scheduler.map(plain.add, [])).toEqual([]);
  });

  it("reject a map with its first failure, or tell each outcome", async () => {
    await using scheduler = createScheduler({ cpu });
    const lists = times(20, (i): [number] => [i]);
    await expect(scheduler.map(faulty.failOdd, lists)).rejects.toThrow("1 is odd");
    const outcomes = await scheduler.map(faulty.failOdd, lists, { settle: true, chunk: 6 });
    expect(outcomes.map(({ status }) => status)).toEqual(times(20, (i) => (i % 2 === 0 ? "fulfilled" : "rejected")));
    expect(outcomes[3]).toMatchObject({ reason: { message: "3 is odd" } });
    const [first, second] = await scheduler.map(faulty.unsendableIf, [[false], [true]], { settle: true, chunk: 2 });
    expect(first).toEqual({ status: "fulfilled", value: undefined });
    expect(second).toMatchObject({ reason: { code: "TASK_NOT_CLONEABLE", side: "result" } });
  });

  it("end a map by its signal, also one that settles", async () => {
    await using scheduler = createScheduler({ cpu });
    const caller = new AbortController();
    const map = scheduler.map(
      plain.later,
      times(100, (): [number] => [20]),
      { signal: caller.signal, settle: true, chunk: 1 },
    );
    await expect.poll(() => scheduler.stats().running, { timeout: 10_000 }).toBeGreaterThan(0);
    caller.abort(new Error("gone"));
    await expect(map).rejects.toThrow("gone");
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
  });
});

describe("a chunk whose thread crashes", () => {
  it("rejects its items, and the others go on", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const outcomes = await scheduler.map(
      faulty.exitAt,
      times(9, (i): [number, number] => [i, 4]),
      { settle: true, chunk: 3 },
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...times(3, () => "fulfilled"),
      ...times(3, () => "rejected"),
      ...times(3, () => "fulfilled"),
    ]);
    expect(outcomes[3]).toMatchObject({ reason: { code: "WORKER_CRASHED" } });
  });
});

describe("streams and maps here", () => {
  it("iterate over a closure's generator, at most `highWaterMark` ahead, and run its `finally`", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 1 } });
    let made = 0;
    let closed = false;
    const generate = async function* () {
      try {
        for (;;) yield made++;
      } finally {
        closed = true;
      }
    };
    const items: number[] = [];
    for await (const item of scheduler.stream(generate, { highWaterMark: 4 })) {
      items.push(item);
      if (items.length === 10) break;
    }
    expect(items).toEqual(times(10, (i) => i));
    expect({ closed, tooFar: made > 15 }).toEqual({ closed: true, tooFar: false });
    expect(scheduler.stats().io.running).toBe(0);
    const here: number[] = [];
    for await (const item of scheduler.stream(plain.count, { args: [5, noWords()], lane: "io" })) here.push(item);
    expect(here).toEqual([0, 1, 2, 3, 4]);
  });

  it("map a closure, one slot an item", async () => {
    await using scheduler = createScheduler({ io: { concurrency: 3 } });
    let running = 0;
    let most = 0;
    const squares = await scheduler.map(
      async (n: number) => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running -= 1;
        return n * n;
      },
      times(50, (i): [number] => [i]),
    );
    expect(squares).toEqual(times(50, (i) => i * i));
    expect(most).toBe(3);
    expect(
      await scheduler.map(
        (n: number) => n,
        times(20_000, (i): [number] => [i]),
      ),
    ).toHaveLength(20_000);
    expect(await scheduler.map(plain.add, [[1, 2]], { lane: "io" })).toEqual([3]);
  });
});

function noWords(): SharedArrayBuffer {
  return new SharedArrayBuffer(8);
}

function count(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

async function drain(stream: AsyncIterator<unknown>): Promise<void> {
  for (;;) if ((await stream.next()).done === true) return;
}
