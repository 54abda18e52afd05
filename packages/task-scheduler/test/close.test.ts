import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createScheduler } from "@servertech/task-scheduler";
import { describe, expect, it, vi } from "vitest";
import { faulty } from "./fixtures/faulty.tasks.ts";
import { plain } from "./fixtures/plain.tasks.ts";

// A thread may need a second to start where the processors are busy.
vi.setConfig({ testTimeout: 30_000 });

const CLOSED = { code: "SCHEDULER_CLOSED" };

describe("close", () => {
  it("refuses new work with every verb, and is the same promise each time", async () => {
    const scheduler = createScheduler();
    const closing = scheduler.close();
    expect(scheduler.close()).toBe(closing);
    await closing;
    await expect(scheduler.run(() => 1)).rejects.toMatchObject(CLOSED);
    await expect(scheduler.run(plain.noop)).rejects.toMatchObject(CLOSED);
    await expect(scheduler.delay(1, () => 1).done).rejects.toMatchObject(CLOSED);
    await expect(scheduler.at(1, () => 1).done).rejects.toMatchObject(CLOSED);
    expect(() => scheduler.every(1, () => 1)).toThrow(expect.objectContaining(CLOSED));
    expect(() => scheduler.cron("* * * * *", () => 1)).toThrow(expect.objectContaining(CLOSED));
  });

  it("lets waiting, running and backing-off work end, and cancels what is not due", async () => {
    const scheduler = createScheduler({ io: { concurrency: 1 }, cpu: { max: 1 } });
    let attempts = 0;
    const retried = () => {
      attempts += 1;
      if (attempts === 1) throw new Error("again");
      return "second";
    };
    const work = [
      scheduler.run(plain.later, { args: [20] }),
      scheduler.run(plain.add, { args: [1, 1] }),
      scheduler.run(retried, { retry: { retries: 1, baseMs: 20 } }),
      scheduler.run(async () => "io"),
    ];
    const timed = scheduler.delay(60_000, () => 1);
    const series = scheduler.every(60_000, () => 1);
    const closing = scheduler.close();
    await expect(timed.done).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    expect(series.state).toBe("ended");
    expect(await Promise.all(work)).toEqual(["after 20", 2, "second", "io"]);
    await closing;
    expect(scheduler.stats()).toMatchObject({ scheduled: 0, queued: 0, running: 0, cpu: { threads: 0 } });
  });

  it("ends at its timeout what goes on, threads in endless loops too", async () => {
    const scheduler = createScheduler({ io: { concurrency: 1 }, cpu: { max: 1 } });
    let reason: unknown;
    const work = [
      scheduler.run(plain.loop),
      scheduler.run(plain.noop),
      scheduler.run(({ signal }) => {
        signal.addEventListener("abort", () => (reason = signal.reason));
        return new Promise(() => {});
      }),
      scheduler.run(() => 1),
    ];
    const settled = Promise.allSettled(work);
    await expect.poll(() => scheduler.stats().running, { timeout: 10_000 }).toBe(2);
    const begin = performance.now();
    await scheduler.close({ timeoutMs: 50 });
    expect(performance.now() - begin).toBeLessThan(50 + 100 + 1_000);
    for (const each of await settled) expect(each).toMatchObject({ status: "rejected", reason: CLOSED });
    expect(reason).toMatchObject(CLOSED);
    expect(scheduler.stats().cpu.threads).toBe(0);
  });

  it("is shortened by a later call and by an abort", async () => {
    const first = createScheduler({ cpu: { max: 1 } });
    const hung = expect(first.run(faulty.never)).rejects.toMatchObject(CLOSED);
    const closing = first.close({ timeoutMs: 60_000 });
    void first.close({ timeoutMs: 10 });
    await closing;
    await hung;
    const second = createScheduler();
    const open = expect(second.run(() => new Promise(() => {}))).rejects.toMatchObject(CLOSED);
    await second.close({ timeoutMs: 60_000, signal: AbortSignal.abort() });
    await open;
  });
});

describe("the end of the process", () => {
  /** Runs a program in a process of its own; resolves to its exit code and output. */
  const run = (code: string) =>
    new Promise<{ exitCode: unknown; stdout: string }>((resolve) => {
      const hook = new URL("../../../tools/ts-worker-hook.mjs", import.meta.url).href;
      const args = ["--import", hook, "--conditions", "@servertech/source", "--input-type=module", "--eval", code];
      const cwd = fileURLToPath(new URL("..", import.meta.url));
      execFile(process.execPath, args, { cwd, timeout: 20_000 }, (error, stdout) =>
        resolve({ exitCode: error === null ? 0 : (error.code ?? error.signal), stdout }),
      );
    });
  const program = (options: string, body: string) => `
    import { createScheduler } from "@servertech/task-scheduler";
    import { plain } from "./test/fixtures/plain.tasks.ts";
    const scheduler = createScheduler(${options});
    ${body}`;

  it("is not held up by idle threads and pending timed work", async () => {
    const body =
      "await scheduler.run(plain.noop); scheduler.delay(600_000, () => {}); scheduler.every(600_000, () => {});";
    expect(await run(program("{}", `${body} console.log("end");`))).toEqual({ exitCode: 0, stdout: "end\n" });
  });

  it("waits for work that runs or waits", async () => {
    const body =
      "void scheduler.run(plain.later, { args: [50] }).then(console.log); void scheduler.run(plain.add, { args: [1, 2] }).then(console.log);";
    expect(await run(program("{ cpu: { max: 1 } }", body))).toEqual({ exitCode: 0, stdout: "after 50\n3\n" });
  });

  it("waits for timed work with `keepAlive`", async () => {
    const body = 'scheduler.delay(50, () => console.log("ran"));';
    expect(await run(program("{ keepAlive: true }", body))).toEqual({ exitCode: 0, stdout: "ran\n" });
  });
});
