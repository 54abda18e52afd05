import { createScheduler } from "@servertech/task-scheduler";
import { describe, expect, it, vi } from "vitest";
import { broken } from "./fixtures/broken.tasks.ts";
import { faulty } from "./fixtures/faulty.tasks.ts";
import { plain } from "./fixtures/plain.tasks.ts";

// A thread may need a second to start where the processors are busy.
vi.setConfig({ testTimeout: 30_000 });

describe("tasks on threads", () => {
  it("gives results from another thread, and runs the same function here when it is called", async () => {
    await using scheduler = createScheduler({ cpu: { max: 2 } });
    expect(await scheduler.run(plain.add, { args: [1, 2] })).toBe(3);
    expect(await scheduler.run(plain.later, { args: [5] })).toBe("after 5");
    expect(await scheduler.run(plain.attempt, { args: ["x"] })).toBe("x 1");
    expect(await scheduler.run(plain.thread)).toBeGreaterThan(0);
    expect(plain.add(2, 2)).toBe(4);
    expect(plain.attempt("here")).toBe("here 1");
  });

  it("starts at most `max` threads, keeps `min`, and lets the rest end when they are idle", async () => {
    await using scheduler = createScheduler({ cpu: { min: 1, max: 3, idleMs: 50 } });
    const threads = await Promise.all(Array.from({ length: 12 }, () => scheduler.run(plain.later, { args: [10] })));
    expect(threads).toHaveLength(12);
    expect(scheduler.stats().cpu.threads).toBeLessThanOrEqual(3);
    await expect
      .poll(() => scheduler.stats().cpu, { timeout: 5_000 })
      .toMatchObject({ threads: 1, idle: 1, respawns: 0 });
  });

  it("keeps the class, message, code, cause and own properties of an error, and drops what cannot be sent", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const error = await scheduler.run(faulty.odd).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "OddError", message: "odd", code: "E_ODD", detail: { numbers: [1, 2] } });
    expect((error as Error).cause).toBeInstanceOf(RangeError);
    expect((error as Error).stack).toContain("faulty.tasks.ts");
    expect(error).not.toHaveProperty("unsendable");
  });

  it.each(["undefined", "symbol", "text"] as const)("makes an error of a thrown %s", async (kind) => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const error = await scheduler.run(faulty.throwValue, { args: [kind] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).not.toBe("");
  });

  it("refuses arguments and results that cannot be cloned, and goes on", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const runs = [
      scheduler.run(faulty.echo, { args: [() => {}] }),
      scheduler.run(faulty.unsendable),
      scheduler.run(plain.add, { args: [1, 1] }),
    ];
    const [argument, result, good] = await Promise.allSettled(runs);
    expect(argument).toMatchObject({ reason: { code: "TASK_NOT_CLONEABLE", side: "argument", task: "echo" } });
    expect(result).toMatchObject({ reason: { code: "TASK_NOT_CLONEABLE", side: "result", task: "unsendable" } });
    expect(good).toMatchObject({ value: 2 });
    expect(scheduler.stats().cpu.respawns).toBe(0);
  });

  it("gives one task its crash and the others their results", async () => {
    await using scheduler = createScheduler({ cpu: { max: 2 } });
    const runs = Array.from({ length: 200 }, (_, i) =>
      i === 100 ? scheduler.run(faulty.exit, { args: [9] }) : scheduler.run(faulty.echo, { args: [i] }),
    );
    const settled = await Promise.allSettled(runs);
    const failures = settled.filter(({ status }) => status === "rejected");
    expect(failures).toEqual([
      expect.objectContaining({
        reason: expect.objectContaining({ code: "WORKER_CRASHED", exitCode: 9, task: "exit" }),
      }),
    ]);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(199);
  });

  it("survives twenty tasks that all crash", async () => {
    await using scheduler = createScheduler({ cpu: { max: 2 } });
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, () => scheduler.run(faulty.exit, { args: [1] })),
    );
    expect(
      settled.every(
        (each) => each.status === "rejected" && (each.reason as { code: string }).code === "WORKER_CRASHED",
      ),
    ).toBe(true);
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
  });

  it("names the cause when a thread runs out of memory", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1, resourceLimits: { maxOldGenerationSizeMb: 16 } } });
    await expect(scheduler.run(faulty.fill)).rejects.toMatchObject({
      code: "WORKER_CRASHED",
      cause: { code: "ERR_WORKER_OUT_OF_MEMORY" },
    });
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
  });

  it.each(["rejectUnhandled", "throwLater"] as const)("keeps %s away from the main thread", async (name) => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    await expect(scheduler.run(faulty[name])).rejects.toMatchObject({
      code: "WORKER_CRASHED",
      cause: { message: name === "throwLater" ? "uncaught" : "nobody handles it" },
    });
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
  });

  it("repeats a crash only where retry is given", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const once = { args: [new SharedArrayBuffer(4)] as [SharedArrayBuffer] };
    await expect(scheduler.run(faulty.crashOnce, once)).rejects.toMatchObject({
      code: "WORKER_CRASHED",
      retryable: true,
    });
    const again = { args: [new SharedArrayBuffer(4)] as [SharedArrayBuffer], retry: { retries: 1, baseMs: 0 } };
    expect(await scheduler.run(faulty.crashOnce, again)).toBe("second time");
  });

  it("rejects the tasks of a file that does not load, with the reason, and those of other files not", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const bad = [scheduler.run(broken.never), scheduler.run(broken.never)];
    const good = scheduler.run(plain.add, { args: [1, 1] });
    for (const run of bad)
      await expect(run).rejects.toMatchObject({
        code: "WORKER_START",
        message: expect.stringContaining("this file does not load in a thread"),
      });
    expect(await good).toBe(2);
    await expect(scheduler.run(broken.never)).rejects.toMatchObject({ code: "WORKER_START" });
  });
});

describe("ending a task on a thread", () => {
  it("ends an endless loop at its timeout, and goes on with a new thread", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    await scheduler.run(plain.noop);
    const begin = performance.now();
    await expect(scheduler.run(plain.loop, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "TASK_TIMEOUT",
      message: "loop ran longer than 100 ms",
    });
    expect(performance.now() - begin).toBeGreaterThanOrEqual(100);
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
    expect(scheduler.stats().cpu.respawns).toBe(1);
  });

  it("ends a promise that never settles", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1, killMs: 0 } });
    await expect(scheduler.run(faulty.never, { timeoutMs: 50 })).rejects.toMatchObject({ code: "TASK_TIMEOUT" });
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
  });

  it("lets a task that hears its signal end by itself, thread and all", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1, killMs: 1_000 } });
    const caller = new AbortController();
    const running = scheduler.run(faulty.untilAborted, { signal: caller.signal });
    await expect.poll(() => scheduler.stats().running, { timeout: 10_000 }).toBe(1);
    caller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(await scheduler.run(plain.add, { args: [1, 1] })).toBe(2);
    expect(scheduler.stats().cpu.respawns).toBe(0);
  });

  it("aborts running and queued tasks together, each with the reason, and runs the next", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1 } });
    const caller = new AbortController();
    const runs = [plain.loop, plain.noop, plain.noop].map((task) => scheduler.run(task, { signal: caller.signal }));
    const next = scheduler.run(plain.add, { args: [2, 2] });
    await expect.poll(() => scheduler.stats(), { timeout: 10_000 }).toMatchObject({ running: 1, queued: 3 });
    caller.abort("stop");
    await Promise.all(runs.map((run) => expect(run).rejects.toBe("stop")));
    expect(await next).toBe(4);
  });

  it("bounds the waiting tasks", async () => {
    await using scheduler = createScheduler({ cpu: { max: 1, queue: { max: 1 } } });
    const caller = new AbortController();
    const held = scheduler.run(plain.loop, { signal: caller.signal });
    await expect.poll(() => scheduler.stats().running, { timeout: 10_000 }).toBe(1);
    const waiting = scheduler.run(plain.add, { args: [1, 1] });
    await expect(scheduler.run(plain.noop)).rejects.toMatchObject({
      code: "SCHEDULER_QUEUE_FULL",
      lane: "cpu",
      max: 1,
    });
    caller.abort(new Error("end"));
    await expect(held).rejects.toThrow("end");
    expect(await waiting).toBe(2);
  });

  it("says once that there are many schedulers with threads", async () => {
    const warn = vi.fn<(fields: object | string, message?: string) => void>();
    const logger = { debug: warn, info: warn, warn, error: warn };
    const schedulers = Array.from({ length: 6 }, () => createScheduler({ cpu: { max: 1 }, logger }));
    for (const scheduler of schedulers) await scheduler.run(plain.noop);
    await Promise.all(schedulers.map((scheduler) => scheduler.close()));
    expect(warn).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith({ schedulers: 5 }, expect.stringContaining("share one"));
  });
});
