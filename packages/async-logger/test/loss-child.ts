/** A process that logs numbered lines with one of several loggers, in a usual set-up, and ends; the parent counts them. */
import { createWriteStream } from "node:fs";
import { createRequire } from "node:module";
import { configureSync, getLogger, jsonLinesFormatter } from "@logtape/logtape";
import { getFileSink } from "@logtape/file";
import { pino } from "pino";
import winston from "winston";
import { createLogger, fileSink } from "../src/index.ts";

const [way = "", which = "", path = ""] = process.argv.slice(2);

/** What logs one line, and what waits for everything so far, where the logger has that. */
interface Logging {
  readonly log: (i: number) => void;
  readonly flush?: () => Promise<unknown>;
}

const require = createRequire(import.meta.url);
// It has no types of its own.
const bunyan = require("bunyan") as {
  createLogger(options: object): { info(fields: object, message: string): void };
};

const loggers: Readonly<Record<string, () => Logging>> = {
  "async-logger": () => {
    const log = createLogger({ sinks: [fileSink({ path })] });
    return { log: (i) => log.info({ i }, "line"), flush: () => log.flush() };
  },
  "pino, default": () => {
    const log = pino(pino.destination(path));
    return { log: (i) => log.info({ i }, "line"), flush: async () => new Promise((resolve) => log.flush(resolve)) };
  },
  "pino, sync": () => {
    const log = pino(pino.destination({ dest: path, sync: true }));
    return { log: (i) => log.info({ i }, "line"), flush: async () => new Promise((resolve) => log.flush(resolve)) };
  },
  "pino, async": () => {
    const log = pino(pino.destination({ dest: path, sync: false, minLength: 4_096 }));
    return { log: (i) => log.info({ i }, "line"), flush: async () => new Promise((resolve) => log.flush(resolve)) };
  },
  winston: () => {
    const log = winston.createLogger({ transports: [new winston.transports.File({ filename: path })] });
    return { log: (i) => void log.info("line", { i }) };
  },
  bunyan: () => {
    const log = bunyan.createLogger({ name: "x", streams: [{ stream: createWriteStream(path, { flags: "a" }) }] });
    return { log: (i) => log.info({ i }, "line") };
  },
  LogTape: () => {
    configureSync({
      sinks: { file: getFileSink(path, { formatter: jsonLinesFormatter }) },
      loggers: [
        { category: "x", lowestLevel: "info", sinks: ["file"] },
        { category: ["logtape", "meta"], sinks: [] },
      ],
    });
    const log = getLogger("x");
    return { log: (i) => log.info("line", { i }) };
  },
};

const make = loggers[which];
if (make === undefined) throw new Error(`unknown logger: ${which}`);
const { log, flush } = make();
let next = 0;
const burst = (count: number) => {
  for (let i = 0; i < count; i++) log(next++);
};

// Every logger has had its time to open its file.
setTimeout(() => {
  switch (way) {
    case "exit":
      burst(20_000);
      process.exit(0);
    // oxlint-disable-next-line no-fallthrough -- process.exit does not return
    case "throw":
      burst(20_000);
      throw new Error("on purpose");
    case "exit handler":
      process.on("exit", () => burst(10));
      process.exit(0);
    // oxlint-disable-next-line no-fallthrough -- process.exit does not return
    case "SIGTERM":
      burst(20_000);
      process.kill(process.pid, "SIGTERM");
      break;
    case "SIGKILL after flush":
      if (flush === undefined) process.exit(3);
      burst(20_000);
      void flush().then(() => process.kill(process.pid, "SIGKILL"));
      break;
    default:
      throw new Error(`unknown way: ${way}`);
  }
}, 100);
