import { createScheduler } from "@servertech/task-scheduler";
import { describe, expect, it } from "vitest";
import { defineTasks } from "../src/define-tasks.ts";
import { plain } from "./fixtures/plain.tasks.ts";

const problem = (option: string) =>
  expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] });
const scheduler = createScheduler();

describe("createScheduler", () => {
  it.each([
    ["io.concurrency", { io: { concurrency: 0 } }],
    ["io.concurrency", { io: { concurrency: 1.5 } }],
    ["io.queue.max", { io: { queue: { max: -1 } } }],
    ["io.rate.limit", { io: { rate: { limit: 0, intervalMs: 1 } } }],
    ["io.rate.burst", { io: { rate: { limit: 1, intervalMs: 1, burst: 0.5 } } }],
    ["io.rate.intervalMs", { io: { rate: { limit: 1, intervalMs: "1s" } } }],
    ["io.queue.whenFull", { io: { queue: { whenFull: "drop" } } }],
    ["cpu.queue.whenFull", { cpu: { queue: { whenFull: 1 } } }],
    ["cpu.max", { cpu: { max: 0 } }],
    ["cpu.min", { cpu: { min: 3, max: 2 } }],
    ["cpu.idleMs", { cpu: { idleMs: 0 } }],
    ["cpu.killMs", { cpu: { killMs: 1_001 } }],
    ["cpu.resourceLimits.maxHeap", { cpu: { resourceLimits: { maxHeap: 1 } } }],
    ["agingMs", { agingMs: Number.NaN }],
    ["keepAlive", { keepAlive: "yes" }],
    ["logger", { logger: {} }],
    ["onError", { onError: 1 }],
    ["clock", { clock: {} }],
    ["concurency", { concurency: 1 }],
  ])("refuses a wrong %s", (option, options) => {
    expect(() => createScheduler(options as never)).toThrow(problem(option));
  });

  it("names every problem at once", () => {
    expect(() => createScheduler({ io: { concurrency: 0 }, cpu: { max: 0 }, agingMs: -1 })).toThrow(
      expect.objectContaining({ problems: expect.objectContaining({ length: 3 }) }),
    );
  });

  it("takes the ends of the ranges", async () => {
    const options = {
      io: { concurrency: Infinity, queue: { max: 0 } },
      cpu: { min: 0, max: 1, idleMs: 1, killMs: 0, queue: { max: Infinity } },
      agingMs: 0,
    };
    await expect(createScheduler(options).close()).resolves.toBeUndefined();
  });
});

describe("a call", () => {
  it.each([
    ["priority", { priority: 16 }],
    ["priority", { priority: "urgent" }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: "5s" }],
    ["queueTimeoutMs", { queueTimeoutMs: -1 }],
    ["retry.retries", { retry: { retries: -1, baseMs: 0 } }],
    ["retry.jitter", { retry: { retries: 1, baseMs: 0, jitter: 2 } }],
    ["retry.when", { retry: { retries: 1, baseMs: 0, when: true } }],
    ["signal", { signal: {} }],
    ["deadlineMs", { deadlineMs: 0 }],
    ["key", { key: {} }],
    ["key", { key: Number.NaN }],
    ["after", { after: Promise.resolve() }],
    ["after[0]", { after: [1] }],
    ["onProgress", { onProgress: "log" }],
    ["lane", { lane: "cpu" }],
    ["args", { args: [1] }],
    ["timeout", { timeout: 5 }],
  ])("is refused for a wrong %s, by run as a rejection, by the timed verbs as a throw", async (option, options) => {
    const wrong = options as never;
    await expect(scheduler.run(() => 1, wrong)).rejects.toEqual(problem(option));
    expect(() => scheduler.delay(1, () => 1, wrong)).toThrow(problem(option));
    expect(() => scheduler.every(1, () => 1, wrong)).toThrow(problem(option));
  });

  it.each([
    ["delayMs", () => scheduler.delay(-1, () => 1)],
    ["delayMs", () => scheduler.delay(Number.NaN, () => 1)],
    ["instant", () => scheduler.at(new Date("never"), () => 1)],
    ["instant", () => scheduler.at("2027" as never, () => 1)],
    ["intervalMs", () => scheduler.every(0, () => 1)],
    ["mode", () => scheduler.every(1, () => 1, { mode: "fixed" as never })],
    ["misfire", () => scheduler.every(1, () => 1, { mode: "fixed-delay", misfire: "skip" })],
    ["overlap", () => scheduler.every(1, () => 1, { mode: "fixed-delay", overlap: "queue" })],
    ["misfire", () => scheduler.cron("* * * * *", () => 1, { misfire: "all" })],
    ["overlap", () => scheduler.cron("* * * * *", () => 1, { overlap: "both" as never })],
    ["catchUpMax", () => scheduler.cron("* * * * *", () => 1, { catchUpMax: 0 })],
    ["jitterMs", () => scheduler.every(1, () => 1, { jitterMs: -1 })],
    ["until", () => scheduler.every(1, () => 1, { until: new Date("never") })],
    ["graceMs", () => scheduler.cron("* * * * *", () => 1, { graceMs: -1 })],
    ["max", () => scheduler.every(1, () => 1, { max: 0 })],
    ["pattern", () => scheduler.cron("* * *", () => 1)],
    ["pattern", () => scheduler.cron("61 * * * *", () => 1)],
    ["pattern", () => scheduler.cron("2026-01-01T00:00:00", () => 1)],
    ["pattern", () => scheduler.cron("0 0 30 2 *", () => 1)],
    ["tz", () => scheduler.cron("* * * * *", () => 1, { tz: "Mars/Olympus" })],
    ["target", () => scheduler.delay(1, "work" as never)],
  ])("is refused for a wrong %s (%#)", (option, call) => {
    expect(call).toThrow(problem(option));
  });

  it("is refused for arguments that are no array", async () => {
    await expect(scheduler.run(plain.add, { args: 1 as never })).rejects.toEqual(problem("args"));
  });
});

describe("defineTasks", () => {
  it("refuses anything but functions, and a file that is none", () => {
    expect(() => defineTasks(import.meta, { hash: 1 as never })).toThrow(problem("functions.hash"));
    expect(() => defineTasks({ url: "https://example.com/a.js" }, {})).toThrow(problem("meta"));
    expect(() => defineTasks(import.meta, {}, 1 as never)).toThrow(problem("name"));
  });
});
