/** What does the way to a thread and back cost, for tasks that do nothing, 10 µs and 1 ms of work? One caller and 64, on two threads. */
import { compare } from "@servertech/benchmarks";
import { createScheduler } from "@servertech/task-scheduler";
import { Piscina } from "piscina";
import { FixedThreadPool } from "poolifier";
import { Tinypool } from "tinypool";
import workerpool from "workerpool";
import { work } from "./tasks/work.tasks.ts";

const THREADS = 2;
const source = import.meta.url.endsWith(".ts") ? "ts" : "js";

export default compare({
  question: "What does the way to a thread and back cost, for tasks of 0, 10 and 1,000 µs on two threads?",
  unit: "calls/s",
  params: [
    { micros: 0, callers: 64 },
    { micros: 10, callers: 64 },
    { micros: 1_000, callers: 64 },
    { micros: 0, callers: 1 },
    { micros: 1_000, callers: 1 },
  ],
  contenders: [
    {
      name: "@servertech/task-scheduler",
      async setup({ micros, callers }) {
        const scheduler = createScheduler({ cpu: { min: THREADS, max: THREADS } });
        const operation =
          micros === 0
            ? () => scheduler.run(work.add, { args: [1, 2] })
            : () => scheduler.run(work.spin, { args: [micros] });
        return { callers, latency: true, operation, close: () => scheduler.close() };
      },
    },
    {
      name: "piscina",
      async setup({ micros, callers }) {
        const filename = new URL(`tasks/work.tasks.${source}`, import.meta.url).href;
        const pool = new Piscina({ filename, minThreads: THREADS, maxThreads: THREADS });
        const data = micros === 0 ? { a: 1, b: 2 } : { a: 1, b: 2, micros };
        return { callers, latency: true, operation: () => pool.run(data), close: () => pool.close() };
      },
    },
    {
      name: "poolifier",
      async setup({ micros, callers }) {
        const pool = new FixedThreadPool(THREADS, new URL("tasks/poolifier-worker.mjs", import.meta.url).pathname);
        const data = micros === 0 ? { a: 1, b: 2 } : { a: 1, b: 2, micros };
        return { callers, latency: true, operation: () => pool.execute(data), close: () => pool.destroy() };
      },
    },
    {
      name: "tinypool",
      async setup({ micros, callers }) {
        const filename = new URL(`tasks/work.tasks.${source}`, import.meta.url).href;
        const pool = new Tinypool({ filename, minThreads: THREADS, maxThreads: THREADS });
        const data = micros === 0 ? { a: 1, b: 2 } : { a: 1, b: 2, micros };
        return { callers, latency: true, operation: () => pool.run(data), close: () => pool.destroy() };
      },
    },
    {
      name: "workerpool",
      async setup({ micros, callers }) {
        const script = new URL("tasks/workerpool-worker.mjs", import.meta.url).pathname;
        const pool = workerpool.pool(script, { minWorkers: THREADS, maxWorkers: THREADS, workerType: "thread" });
        const args = micros === 0 ? [1, 2] : [1, 2, micros];
        return {
          callers,
          latency: true,
          operation: () => pool.exec("run", args),
          close: async () => {
            await pool.terminate();
          },
        };
      },
    },
  ],
  goals: [
    { against: "piscina", where: { micros: 0, callers: 64 }, bound: ">=", goal: 4 },
    { against: "poolifier", where: { micros: 0, callers: 64 }, bound: ">=", goal: 2 },
    { against: "piscina", where: { micros: 10, callers: 64 }, bound: ">=", goal: 2.5 },
    { against: "piscina", where: { micros: 10, callers: 64 }, metric: "loopUsPerOp", bound: "<=", goal: 0.4 },
    { against: "piscina", where: { micros: 1_000, callers: 64 }, bound: ">=", goal: 0.95 },
    {
      against: ["piscina", "poolifier", "tinypool", "workerpool"],
      where: { micros: 1_000, callers: 1 },
      metric: "p50Us",
      bound: "<=",
      goal: 1.05,
    },
  ],
});
