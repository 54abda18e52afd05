/** What does a burst of a million lines in one turn do to the event loop and to the memory, and is any of it lost? */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compare } from "@servertech/benchmarks";
import { createLogger, fileSink } from "@servertech/async-logger";
import { type DestinationStream, pino } from "pino";
import { type Log, checkLines, newFolder } from "./logging.ts";

const LINES = 1_000_000;

interface Opened {
  readonly log: Pick<Log, "info">;
  readonly end: () => Promise<unknown>;
}

/** A logger and a file of its own for each round. */
function bursts(open: (folder: string) => Opened) {
  const folder = newFolder();
  return {
    async round({ smoke }: { smoke: boolean }) {
      const lines = smoke ? 20_000 : LINES;
      const own = join(folder, "round");
      mkdirSync(own);
      const { log, end } = open(own);
      const before = performance.now();
      for (let i = 0; i < lines; i++) log.info("a user joined the room");
      const elapsedMs = performance.now() - before;
      // The size of the process itself, not only of its heap.
      const rss = process.resourceUsage().maxRSS / 1024;
      await end();
      checkLines(own, lines);
      rmSync(own, { recursive: true });
      return { operations: lines, elapsedMs, metrics: { peakRssMiB: rss, lost: 0 } };
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

const pinoBurst = (name: string, options: { sync: boolean; minLength?: number }) => ({
  name,
  package: "pino",
  setup: () =>
    bursts((folder) => {
      const stream = pino.destination({ dest: join(folder, "a.log"), ...options });
      const end = async () => {
        const closed = new Promise((resolve) => stream.on("close", resolve));
        stream.end();
        await closed;
      };
      return { log: pino({}, stream as DestinationStream), end };
    }),
});

export default compare({
  question: "What does a burst of a million lines in one turn do to the event loop and the memory?",
  unit: "ns/line",
  isolate: true,
  rounds: 3,
  contenders: [
    {
      name: "@servertech/async-logger",
      setup: () =>
        bursts((folder) => {
          const log = createLogger({ sinks: [fileSink({ prefix: join(folder, "a_") })] });
          return { log, end: () => log.close() };
        }),
    },
    pinoBurst("pino (default)", { sync: false }),
    pinoBurst("pino (sync)", { sync: true }),
    pinoBurst("pino (async 4096)", { sync: false, minLength: 4_096 }),
  ],
  goals: [{ against: ["pino (default)", "pino (sync)", "pino (async 4096)"], bound: "<=", goal: 1 / 5 }],
  limits: [
    { metric: "peakRssMiB", bound: "<=", goal: 160 },
    { metric: "lost", bound: "<=", goal: 0 },
  ],
});
