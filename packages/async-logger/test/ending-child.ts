/** A process that logs numbered lines and ends in the way its arguments say; the parent reads the files afterwards. */
import { openSync, writeSync } from "node:fs";
import { pino } from "pino";
import { type FileSinkOptions, createLogger, fileSink, pinoDestination, stdoutSink } from "../src/index.ts";

interface Log {
  info(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
  flush(): unknown;
}

const [way = "", sink = "file", options = "{}", mark = ""] = process.argv.slice(2);
process.on("exit", () => log.info({ i: next++, handler: "first" }, "line"));
const settings = JSON.parse(options) as FileSinkOptions;
const log: Log =
  sink === "pino"
    ? pino(pinoDestination(settings))
    : createLogger({ sinks: [sink === "stdout" ? stdoutSink() : fileSink(settings)] });
let next = 0;

function burst(count: number): void {
  for (let i = 0; i < count; i++) log.info({ i: next++ }, "line");
}

/** Lines without end, 50 a turn. */
function flood(): void {
  burst(50);
  setImmediate(flood);
}

/** The flood, and a word once there are many. */
function toldFlood(): void {
  flood();
  const timer = setInterval(() => {
    if (next < 20_000) return;
    process.stderr.write("flooding\n");
    clearInterval(timer);
  }, 1);
}

/** The flood, and in a file of its own how many lines there were a second ago. */
function markedFlood(): void {
  const fd = openSync(mark, "w");
  const marks: { at: number; next: number }[] = [];
  setInterval(() => {
    const now = performance.now();
    marks.push({ at: now, next });
    for (let [oldest] = marks; oldest !== undefined && now - oldest.at > 1_000; [oldest] = marks) {
      writeSync(fd, String(oldest.next).padEnd(20), 0);
      marks.shift();
      if (oldest.next > 0) process.stderr.write("flooding\n");
    }
  }, 20);
  flood();
}

switch (way) {
  case "exit at once":
    burst(1);
    process.exit(0);
  // oxlint-disable-next-line no-fallthrough -- process.exit does not return
  case "exit":
    burst(20_000);
    process.exit(0);
  // oxlint-disable-next-line no-fallthrough -- process.exit does not return
  case "throw":
    setImmediate(() => {
      burst(20_000);
      throw new Error("on purpose");
    });
    break;
  case "reject":
    burst(20_000);
    void Promise.reject(new Error("on purpose"));
    break;
  case "natural end":
    burst(20_000);
    break;
  case "exit handlers":
    process.on("beforeExit", () => process.exit(0));
    process.on("exit", () => burst(10));
    burst(20_000);
    setTimeout(() => burst(10), 5);
    break;
  case "own handler":
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.on(signal, () => {
        burst(9);
        process.exit(7);
      });
    }
    toldFlood();
    break;
  case "flood":
    toldFlood();
    break;
  case "marked flood":
    markedFlood();
    break;
  case "flush":
    burst(5_000);
    await log.flush();
    process.kill(process.pid, "SIGKILL");
    break;
  case "fatal":
    burst(4_999);
    log.fatal({ i: next++ }, "line");
    process.kill(process.pid, "SIGKILL");
    break;
  case "abort":
    burst(5_000);
    await log.flush();
    burst(2_000);
    process.abort();
  // oxlint-disable-next-line no-fallthrough -- process.abort does not return
  default:
    throw new Error(`unknown way: ${way}`);
}
