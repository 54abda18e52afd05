import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createScheduler, type Scheduler } from "@servertech/task-scheduler";
import { type BullmqWorkerOptions, bullmq, defineJob } from "@servertech/task-scheduler/bullmq";
import { Queue } from "bullmq";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { all, fails, note, started, upper, waits } from "./fixtures/jobs.ts";

vi.setConfig({ testTimeout: 30_000 });

const { hostname: host, port } = new URL(inject("urls").redis);
const connection = { host, port: Number(port) };
const SOON = { timeout: 10_000 };
let queues = 0;

/** A scheduler with a queue of its own, gone after the test. */
function setUp(worker: BullmqWorkerOptions | null = {}): { scheduler: Scheduler; queue: string; raw: Queue } {
  const queue = `test-${process.pid}-${++queues}`;
  const scheduler = createScheduler({
    queue: bullmq({ connection, queue, jobs: all, worker: worker ?? undefined }),
    onError: () => {},
  });
  const raw = new Queue(queue, { connection });
  onTestFinished(async () => {
    await scheduler.close({ timeoutMs: 1_000 });
    await raw.obliterate({ force: true });
    await raw.close();
  });
  return { scheduler, queue, raw };
}

describe("run", () => {
  it("gives the result of a job that any process of the queue has run", async () => {
    const { scheduler } = setUp();
    expect(await scheduler.run(upper, { args: ["text"] })).toBe("TEXT");
    const texts = Array.from({ length: 50 }, (_, i) => `n${i}`);
    const results = await Promise.all(texts.map((text) => scheduler.run(upper, { args: [text] })));
    expect(results).toEqual(texts.map((text) => text.toUpperCase()));
    expect(scheduler.stats()).toMatchObject({ done: 51, failed: 0 });
  });

  it("rejects with the job's error once its attempts are used up", async () => {
    const { scheduler } = setUp();
    await expect(scheduler.run(fails, { args: [9] })).rejects.toThrow("attempt 1");
    await expect(scheduler.run(fails, { args: [9], retry: { retries: 2, baseMs: 10 } })).rejects.toThrow("attempt 3");
    expect(await scheduler.run(fails, { args: [2], retry: { retries: 2, baseMs: 10, jitter: 0.5 } })).toBeGreaterThan(
      0,
    );
    await expect(scheduler.run(upper, { args: [1 as never] })).rejects.toThrow("must be a text");
  });

  it("is one job for one `jobId`", async () => {
    const { scheduler } = setUp();
    started.length = 0;
    const options = { args: ["once"] as const, jobId: "order-7" };
    await Promise.all([scheduler.run(note, options), scheduler.run(note, options)]);
    await scheduler.run(note, options);
    expect(started).toEqual(["once"]);
  });

  it("starts higher priorities first, and sends them the way BullMQ counts", async () => {
    const { scheduler, raw } = setUp(null);
    started.length = 0;
    const runs = (["low", "high", "normal"] as const).map((priority) =>
      scheduler.run(note, { args: [priority], priority }),
    );
    await expect.poll(() => raw.getPrioritizedCount(), SOON).toBe(3);
    expect((await raw.getPrioritized()).map(({ priority }) => priority)).toContain(2 ** 21 - 1 - 12);
    const worker = createScheduler({ queue: bullmq({ connection, queue: raw.name, jobs: all, worker: {} }) });
    await Promise.all(runs);
    expect(started).toEqual(["high", "normal", "low"]);
    await worker.close();
  });

  it("tells progress and ends at its time limit", async () => {
    const { scheduler } = setUp();
    const seen: unknown[] = [];
    const run = scheduler.run(waits, { args: [60_000], timeoutMs: 200, onProgress: (value) => void seen.push(value) });
    await expect(run).rejects.toMatchObject({ code: "TASK_TIMEOUT", limitMs: 200, task: "waits" });
    expect(seen).toEqual([{ begun: true }]);
  });

  it("is cancelled by its signal, while it waits and while it runs in another scheduler", async () => {
    const { scheduler, raw } = setUp(null);
    started.length = 0;
    const caller = new AbortController();
    const waiting = scheduler.run(note, { args: ["never"], signal: caller.signal });
    await expect.poll(() => raw.getPrioritizedCount(), SOON).toBe(1);
    caller.abort("gone");
    await expect(waiting).rejects.toBe("gone");
    await expect.poll(() => raw.getPrioritizedCount(), SOON).toBe(0);
    await using _ = createScheduler({ queue: bullmq({ connection, queue: raw.name, jobs: all, worker: {} }) });
    const later = new AbortController();
    const running = scheduler.run(waits, { args: [60_000], signal: later.signal });
    await expect.poll(() => started, SOON).toEqual(["waits"]);
    later.abort("enough");
    await expect(running).rejects.toBe("enough");
    await expect.poll(() => started, SOON).toEqual(["waits", "aborted"]);
  });

  it("runs here, without the queue, with `lane: 'io'`", async () => {
    await using scheduler = createScheduler();
    expect(await scheduler.run(upper, { args: ["here"], lane: "io" })).toBe("HERE");
    await expect(scheduler.run(upper, { args: ["x"] })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

describe("timed jobs", () => {
  it("run after a delay, and can be cancelled before", async () => {
    const { scheduler, raw } = setUp();
    const handle = scheduler.delay(300, upper, { args: ["later"] });
    expect(handle).toMatchObject({ state: "scheduled", next: expect.any(Number) });
    const begin = Date.now();
    expect(await handle.done).toBe("LATER");
    expect(Date.now() - begin).toBeGreaterThanOrEqual(290);
    expect(await scheduler.at(Date.now() - 5, upper, { args: ["past"] }).done).toBe("PAST");
    const never = scheduler.delay(60_000, upper, { args: ["never"] });
    await expect.poll(() => raw.getDelayedCount(), SOON).toBe(1);
    expect([never.cancel(), never.cancel()]).toEqual([true, false]);
    await expect(never.done).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    await expect.poll(() => raw.getDelayedCount(), SOON).toBe(0);
  });

  it("repeat at an interval, first after one, up to `max` times", async () => {
    const { scheduler } = setUp();
    started.length = 0;
    const begin = Date.now();
    const handle = scheduler.every(300, note, { args: ["tick"], overlap: "parallel", max: 3 });
    await expect.poll(() => started.length, SOON).toBe(1);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(290);
    await expect.poll(() => handle.state, SOON).toBe("ended");
    expect(started).toHaveLength(3);
  });

  it("repeat at the instants of this package's cron, also on the day on which the clock changes", async () => {
    const { scheduler, raw } = setUp(null);
    const handle = scheduler.cron("30 2 29 3 *", note, {
      args: ["digest"],
      tz: "Europe/Berlin",
      overlap: "parallel",
      name: "digest",
    });
    await expect.poll(() => handle.next, SOON).toBeDefined();
    // 02:30 does not exist on some of these days: then it is the first instant after the gap, else the local time.
    const [scheduled] = await raw.getJobSchedulers();
    expect(scheduled).toMatchObject({ key: "digest", pattern: "30 2 29 3 *", tz: "Europe/Berlin" });
    expect(handle.cancel()).toBe(true);
    await expect.poll(() => raw.getJobSchedulersCount(), SOON).toBe(0);
  });
});

describe("what another machine cannot honour", () => {
  const { scheduler } = (() => {
    const made = createScheduler({ queue: bullmq({ connection, queue: `test-${process.pid}-refused`, jobs: all }) });
    return { scheduler: made };
  })();

  it.each([
    ["key", { key: "k" }],
    ["after", { after: [] }],
    ["queueTimeoutMs", { queueTimeoutMs: 1 }],
    ["deadlineMs", { deadlineMs: 1 }],
    ["transfer", { transfer: [] }],
    ["retry.when", { retry: { retries: 1, baseMs: 1, when: () => true } }],
    ["retry.maxMs", { retry: { retries: 1, baseMs: 1, maxMs: 5 } }],
  ])("is refused: %s", async (capability, options) => {
    const call = scheduler.run(upper, { args: ["x"], ...options } as never);
    await expect(call).rejects.toMatchObject({ code: "NOT_PORTABLE", capability });
  });

  it.each([
    ["overlap", {}],
    ["overlap", { overlap: "queue" }],
    ["misfire", { overlap: "parallel", misfire: "skip" }],
    ["misfire", { overlap: "parallel", misfire: "all" }],
    ["mode", { overlap: "parallel", mode: "fixed-delay" }],
    ["graceMs", { overlap: "parallel", graceMs: 1 }],
    ["jitterMs", { overlap: "parallel", jitterMs: 1 }],
    ["catchUpMax", { overlap: "parallel", catchUpMax: 1 }],
    ["signal", { overlap: "parallel", signal: new AbortController().signal }],
  ])("is refused in a series: %s %j", (capability, options) => {
    const call = () => scheduler.every(1_000, upper, { args: ["x"], ...options } as never);
    expect(call).toThrow(expect.objectContaining({ code: "NOT_PORTABLE", capability }));
  });

  it("is refused: inputs that JSON does not carry, maps and streams", async () => {
    for (const [path, value] of [
      ["input", () => {}],
      ["input.at", { at: new Date() }],
      ["input[1]", [1, Number.NaN]],
      ["input.bytes", { bytes: new Uint8Array(1) }],
      ["input", undefined],
      ["input", 1n],
    ] as const)
      await expect(scheduler.run(upper, { args: [value as never] })).rejects.toMatchObject({
        code: "NOT_PORTABLE",
        capability: path,
      });
    await expect(scheduler.map(upper as never, [["x"]])).rejects.toMatchObject({ code: "NOT_PORTABLE" });
    expect(() => scheduler.stream(upper as never)).toThrow(expect.objectContaining({ code: "NOT_PORTABLE" }));
  });

  it("may be carried by a codec", async () => {
    const date = defineJob({
      name: "date",
      input: (value: unknown) => value as Date,
      codec: { encode: (value: Date) => value.getTime(), decode: (value) => new Date(Number(value)) },
      run: (value) => value.getFullYear(),
    });
    await using own = createScheduler({
      queue: bullmq({ connection, queue: `test-${process.pid}-codec`, jobs: [date], worker: {} }),
    });
    expect(await own.run(date, { args: [new Date(Date.UTC(2030, 5, 1))] })).toBe(2030);
  });
});

describe("a process that runs jobs", () => {
  it("is killed: its job runs again elsewhere", async () => {
    const queue = `test-${process.pid}-killed`;
    const worker = fileURLToPath(new URL("fixtures/worker.ts", import.meta.url));
    const child: ChildProcess = spawn(process.execPath, [...process.execArgv, worker, port, queue], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const hang = defineJob({
      name: "hang",
      input: (value: unknown) => String(value),
      run: (value) => `again ${value}`,
    });
    const producer = createScheduler({ queue: bullmq({ connection, queue, jobs: [hang] }) });
    const result = producer.run(hang, { args: ["x"] });
    if (child.stdout === null) throw new Error("no output");
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    await using _ = createScheduler({
      queue: bullmq({ connection, queue, jobs: [hang], worker: { lockDurationMs: 1_000, stalledIntervalMs: 1_000 } }),
    });
    const killedAt = performance.now();
    expect(await result).toBe("again x");
    expect(performance.now() - killedAt).toBeLessThan(10_000);
    await producer.close();
  });

  it("lets its jobs end when it closes, and refuses new ones", async () => {
    const { scheduler } = setUp();
    const run = scheduler.run(waits, { args: [200] });
    await scheduler.run(upper, { args: ["open"] }).catch(() => {});
    const closing = scheduler.close();
    expect(await run).toBe("waited");
    await closing;
    await expect(scheduler.run(upper, { args: ["x"] })).rejects.toMatchObject({ code: "SCHEDULER_CLOSED" });
  });
});
