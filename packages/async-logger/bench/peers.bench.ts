/** What does a log line cost with the loggers that are not pino, until all are written? Each writes JSON but spdlog. */
import { createWriteStream, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { once } from "node:events";
import { configureSync, disposeSync, getLogger, jsonLinesFormatter, resetSync } from "@logtape/logtape";
import { getFileSink } from "@logtape/file";
import { compare } from "@servertech/benchmarks";
import { createLogger, fileSink } from "@servertech/async-logger";
import winston from "winston";
import { newFolder } from "./logging.ts";

type Kind = { kind: "string" | "fields" };

const LINES = 20_000;
const SPDLOG = "@vscode/spdlog";
const fields = { room: 7, user: "ann", ms: 12.5, ok: true, path: "/rooms/7/messages" };

const require = createRequire(import.meta.url);
// It has no types of its own.
const bunyan = require("bunyan") as {
  createLogger(options: { name: string; streams: { stream: NodeJS.WritableStream }[] }): {
    info(first: string | object, message?: string): void;
  };
};

/** One logger for a round: what is called, and what closes it once everything is written. */
interface Opened {
  readonly string: () => void;
  readonly fields: () => void;
  readonly end: () => Promise<unknown>;
}

function rounds(kind: Kind["kind"], open: (path: string) => Opened | Promise<Opened>) {
  const folder = newFolder();
  return {
    async round({ smoke }: { smoke: boolean }) {
      const lines = smoke ? 1_000 : LINES;
      const own = join(folder, "round");
      mkdirSync(own);
      const before = performance.now();
      const opened = await open(join(own, "a.log"));
      const call = opened[kind];
      let inCalls = 0;
      for (let done = 0; done < lines; done += 100) {
        const start = performance.now();
        for (let i = 0; i < 100; i++) call();
        inCalls += performance.now() - start;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await opened.end();
      const elapsedMs = performance.now() - before;
      const text = readdirSync(own).map((name) => readFileSync(join(own, name), "utf8"));
      const written = text.join("").split("\n").length - 1;
      rmSync(own, { recursive: true });
      if (written !== lines) throw new Error(`${written} of ${lines} lines were written`);
      return { operations: lines, elapsedMs: inCalls, metrics: { totalNs: (elapsedMs * 1e6) / lines } };
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

interface SpdLogger {
  info(message: string): void;
  flush(): void;
  drop(): void;
}

export default compare<Kind>({
  question: "What does a log line cost with loggers that are not pino, until all lines are written?",
  unit: "ns/call",
  isolate: true,
  params: [{ kind: "string" }, { kind: "fields" }],
  contenders: [
    {
      name: "@servertech/async-logger",
      setup: ({ kind }) =>
        rounds(kind, (path) => {
          const log = createLogger({ sinks: [fileSink({ path })] });
          return {
            string: () => log.info("a user joined the room"),
            fields: () => log.info(fields, "joined"),
            end: () => log.close(),
          };
        }),
    },
    {
      name: "winston",
      setup: ({ kind }) =>
        rounds(kind, (filename) => {
          const transport = new winston.transports.File({ filename });
          const format = winston.format.combine(winston.format.timestamp(), winston.format.json());
          const log = winston.createLogger({ format, transports: [transport] });
          return {
            string: () => log.info("a user joined the room"),
            fields: () => log.info("joined", fields),
            end: async () => {
              const finished = once(transport, "finish");
              log.end();
              await finished;
            },
          };
        }),
    },
    {
      name: "bunyan",
      setup: ({ kind }) =>
        rounds(kind, (path) => {
          const stream = createWriteStream(path);
          const log = bunyan.createLogger({ name: "bench", streams: [{ stream }] });
          return {
            string: () => log.info("a user joined the room"),
            fields: () => log.info(fields, "joined"),
            end: async () => {
              stream.end();
              await once(stream, "finish");
            },
          };
        }),
    },
    {
      name: "LogTape",
      package: "@logtape/logtape",
      setup: ({ kind }) =>
        rounds(kind, (path) => {
          configureSync({
            sinks: { file: getFileSink(path, { formatter: jsonLinesFormatter }) },
            loggers: [
              { category: "bench", lowestLevel: "info", sinks: ["file"] },
              { category: ["logtape", "meta"], sinks: [] },
            ],
          });
          const log = getLogger("bench");
          return {
            string: () => log.info("a user joined the room"),
            fields: () => log.info("joined", fields),
            end: async () => {
              disposeSync();
              resetSync();
            },
          };
        }),
    },
    {
      name: SPDLOG,
      native: `${SPDLOG}@0.15.8`,
      skip: ({ kind }) => (kind === "fields" ? "it takes texts only" : undefined),
      setup({ kind }, context) {
        const spdlog = createRequire(join(context.nativePeer(), "index.js"))(SPDLOG) as {
          createRotatingLogger(name: string, path: string, bytes: number, files: number): Promise<SpdLogger>;
        };
        let round = 0;
        return rounds(kind, async (path) => {
          round += 1;
          const log = await spdlog.createRotatingLogger(`bench${round}`, path, 2 ** 30, 1);
          return {
            string: () => log.info("a user joined the room"),
            fields: () => log.info("joined"),
            end: async () => {
              log.flush();
              log.drop();
            },
          };
        });
      },
    },
  ],
  goals: [
    { against: "winston", metric: "totalNs", bound: "<=", goal: 1 / 20, where: { kind: "string" } },
    { against: "bunyan", metric: "totalNs", bound: "<=", goal: 1 / 4, where: { kind: "string" } },
    { against: "LogTape", metric: "totalNs", bound: "<=", goal: 1 / 8, where: { kind: "string" } },
    { against: SPDLOG, bound: "<=", goal: 1 / 2, where: { kind: "string" } },
    { against: SPDLOG, metric: "totalNs", bound: "<=", goal: 1 / 1.1, where: { kind: "string" } },
  ],
});
