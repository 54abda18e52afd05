/** What does the way to a thread and back cost? A task that does nearly nothing, one caller and many, on one thread and two. */
import { compare } from "@servertech/benchmarks";
import { createScheduler } from "@servertech/task-scheduler";
import { Piscina } from "piscina";
import { work } from "./tasks/work.tasks.ts";

export default compare({
  question: "What does the way to a thread and back cost, for a task that does nearly nothing?",
  unit: "calls/s",
  params: [
    { callers: 1, threads: 1 },
    { callers: 64, threads: 2 },
  ],
  contenders: [
    {
      name: "@servertech/task-scheduler",
      async setup({ callers, threads }) {
        const scheduler = createScheduler({ cpu: { min: threads, max: threads } });
        return {
          callers: callers,
          latency: true,
          operation: async () => {
            await scheduler.run(work.add, { args: [1, 2] });
          },
          close: () => scheduler.close(),
        };
      },
    },
    {
      name: "piscina",
      async setup({ callers, threads }) {
        const filename = new URL("tasks/work.tasks.ts", import.meta.url).href;
        const pool = new Piscina({ filename, minThreads: threads, maxThreads: threads });
        return {
          callers: callers,
          latency: true,
          operation: async () => {
            await pool.run({ a: 1, b: 2 });
          },
          close: () => pool.close(),
        };
      },
    },
  ],
  goals: [{ against: "piscina", bound: ">=", goal: 1 }],
});
