import { EventEmitter } from "node:events";
import { hostname } from "node:os";
import { type CloseOptions, optionChecks } from "@servertech/core";
import { LEVELS, Levels } from "./levels.ts";
import { LineFormat } from "./line/line-format.ts";
import { LineStyle } from "./line/line-style.ts";
import { prettyPrinter } from "./line/pretty.ts";
import { timestamp } from "./line/timestamp.ts";
import { type CloseResult, Output, type SinksStats } from "./output.ts";
import {
  FILE_SINK_NAMES,
  type FileSinkOptions,
  type StreamSinkOptions,
  checkFileSink,
  checkStreamSink,
} from "./sink/sink-options.ts";
import { type Sink, fileSinkOf, streamSinkOf } from "./sink/sinks.ts";

/** Options of `pinoDestination`: those of `fileSink`, or those of `stdoutSink` with `fd`. */
export interface PinoDestinationOptions extends FileSinkOptions {
  /** A descriptor instead of files; it is not closed. Excludes every option that only files have. */
  fd?: StreamSinkOptions["fd"];
  /** Flush on SIGTERM, SIGINT and SIGHUP. @default true */
  handleSignals?: boolean | undefined;
}

/**
 * What pino calls on a stream, over the double buffer of this package. It never emits `error`: what goes wrong is in
 * `stats().lastError`, on the diagnostics channels and in `flush`. Made by {@link pinoDestination}.
 */
export class PinoDestination extends EventEmitter<{ close: [] }> implements AsyncDisposable {
  /** By this pino tells a stream from options. */
  readonly writable: boolean = true;
  readonly #output: Output;

  /** @internal Use {@link pinoDestination}. */
  constructor(sink: Sink, handleSignals: boolean) {
    super();
    const settings = { sinks: [{ sink, level: 0, format: "json" as const }], syncLevel: Infinity, handleSignals };
    const printer = prettyPrinter(new Levels({}), false);
    this.#output = new Output(
      settings,
      droppedNote,
      { plain: printer, colored: printer },
      {
        closed: () => this.emit("close"),
      },
    );
  }

  /** Takes a line with its line feed. Gives back true: it never asks its writer to wait. */
  write(line: string): boolean {
    this.#output.write(0, line);
    return true;
  }

  /**
   * Resolves, or calls back, once every earlier line is in the kernel. With a callback the error goes there and the
   * promise does not reject.
   *
   * @throws LoggerError `LOGGER_FLUSH_FAILED`, `LOGGER_CLOSED`
   */
  flush(callback?: (error?: Error) => void): Promise<void> {
    const flushed = this.#output.flush();
    if (callback === undefined) return flushed;
    return flushed.then(
      () => queueMicrotask(callback),
      (error: Error) => queueMicrotask(() => callback(error)),
    );
  }

  /** Writes every line before it returns, unless the destination refuses. pino calls it for `fatal`. */
  flushSync(): void {
    this.#output.flushSync();
  }

  /**
   * Earlier lines are in the old file, later ones in a file that is opened anew.
   *
   * @throws LoggerError `LOGGER_FLUSH_FAILED`, `LOGGER_CLOSED`
   */
  reopen(): Promise<void> {
    return this.#output.reopen();
  }

  /** Closes, then emits `close`. */
  end(): void {
    void this.close();
  }

  /** Writes what is left and closes the file, then emits `close`. Later lines are counted as dropped. */
  close(options?: CloseOptions): Promise<CloseResult> {
    return this.#output.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  stats(): SinksStats {
    return this.#output.stats();
  }
}

const format = /* @__PURE__ */ new LineFormat(/* @__PURE__ */ timestamp("epoch"));
const style = /* @__PURE__ */ new LineStyle({}, undefined, "");

function droppedNote(dropped: number, reason: string): string {
  const fields = { pid: process.pid, hostname: hostname(), dropped, reason };
  return format.line(LEVELS.warn, "", style, fields, "log lines dropped", []);
}

/**
 * A destination for an unmodified pino: `pino(options, pinoDestination({ prefix: "logs/app_" }))`. Its lines are as safe
 * as those of `createLogger`, and cheaper than with pino's own.
 *
 * @throws OptionError, LoggerError `LOGGER_OPEN_FAILED`
 */
export function pinoDestination(options: PinoDestinationOptions): PinoDestination {
  const { handleSignals = true, fd, ...rest } = options ?? {};
  const check = optionChecks(options, [...FILE_SINK_NAMES, "fd", "handleSignals"]);
  check.boolean("handleSignals", handleSignals);
  if (fd === undefined) return new PinoDestination(fileSinkOf(check.done(checkFileSink(check, rest))), handleSignals);
  const { buffer, sync } = rest;
  for (const name of FILE_SINK_NAMES) {
    if (name === "buffer" || name === "sync" || rest[name] === undefined) continue;
    check.problem(name, "must not be given with fd", rest[name]);
  }
  const settings = check.done(checkStreamSink(check, { fd, buffer, sync }));
  return new PinoDestination(streamSinkOf(settings, "json"), handleSignals);
}
