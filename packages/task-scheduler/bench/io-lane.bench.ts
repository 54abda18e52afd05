/** What does the limit on the event loop cost? 1,000 async functions that do nothing, 64 at once, with one priority and with eight. */
import { compare } from "@servertech/benchmarks";
import { createScheduler } from "@servertech/task-scheduler";
import fastq from "fastq";
import PQueue from "p-queue";

const BURST = 1_000;
const noop = async (): Promise<void> => {};

/** Bursts of `BURST` until `count` is reached. */
async function bursts(count: number, start: (index: number) => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += BURST) await Promise.all(Array.from({ length: BURST }, (_, i) => start(i)));
}

export default compare({
  question: "What does a limit of 64 on the event loop cost, in bursts of 1,000 functions that do nothing?",
  unit: "calls/s",
  params: [{ priorities: 1 }, { priorities: 8 }],
  contenders: [
    {
      name: "@servertech/task-scheduler",
      async setup({ priorities }) {
        const scheduler = createScheduler({ io: { concurrency: 64 } });
        const options = Array.from({ length: priorities }, (_, i) => ({ priority: 8 + i }));
        return {
          batch: (count) =>
            bursts(count, (i) =>
              priorities === 1 ? scheduler.run(noop) : scheduler.run(noop, options[i % priorities]),
            ),
          close: () => scheduler.close(),
        };
      },
    },
    {
      name: "fastq",
      async setup() {
        const queue = fastq.promise(noop, 64);
        return { batch: (count) => bursts(count, () => queue.push(undefined)), close: async () => queue.kill() };
      },
    },
    {
      name: "p-queue",
      async setup({ priorities }) {
        const queue = new PQueue({ concurrency: 64 });
        return {
          batch: (count) => bursts(count, (i) => queue.add(noop, { priority: i % priorities })),
          close: async () => queue.clear(),
        };
      },
    },
  ],
  goals: [
    { against: "fastq", where: { priorities: 1 }, bound: ">=", goal: 1.5 },
    { against: "p-queue", where: { priorities: 8 }, bound: ">=", goal: 4 },
  ],
});
