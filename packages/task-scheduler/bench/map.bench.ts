/** What do many small tasks at once cost as one map, beside a call of the pool for each? */
import { compare } from "@servertech/benchmarks";
import { createScheduler } from "@servertech/task-scheduler";
import { Piscina } from "piscina";
import { work } from "./tasks/work.tasks.ts";

const ITEMS = 1_000;

/** Calls for `ITEMS` items again and again. */
async function repeat(durationMs: number, call: () => Promise<unknown>): Promise<{ operations: number }> {
  const end = performance.now() + durationMs;
  let operations = 0;
  for (; performance.now() < end; operations += ITEMS) await call();
  return { operations };
}

export default compare({
  question: "What do 1,000 tasks that do nearly nothing cost as one map, beside a call for each?",
  unit: "items/s",
  params: [{ threads: 2 }],
  contenders: [
    {
      name: "@servertech/task-scheduler",
      async setup({ threads }) {
        const scheduler = createScheduler({ cpu: { min: threads, max: threads } });
        const lists = Array.from({ length: ITEMS }, (_, i): [number, number] => [i, 1]);
        return {
          round: ({ durationMs }) => repeat(durationMs, () => scheduler.map(work.add, lists)),
          close: () => scheduler.close(),
        };
      },
    },
    {
      name: "piscina",
      async setup({ threads }) {
        const filename = new URL("tasks/work.tasks.ts", import.meta.url).href;
        const pool = new Piscina({ filename, minThreads: threads, maxThreads: threads });
        const items = Array.from({ length: ITEMS }, (_, i) => ({ a: i, b: 1 }));
        return {
          round: ({ durationMs }) => repeat(durationMs, () => Promise.all(items.map((item) => pool.run(item)))),
          close: () => pool.close(),
        };
      },
    },
  ],
  goals: [{ against: "piscina", bound: ">=", goal: 15 }],
});
