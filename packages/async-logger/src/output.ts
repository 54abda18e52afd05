import { CloseOnce, type CloseOptions, abortable, onAbort } from "@servertech/core";
import { LoggerError, amount, reasonOf } from "./errors.ts";
import { LEVELS } from "./levels.ts";
import type { LineFormat } from "./line/line-format.ts";
import type { LoggerSettings } from "./options.ts";
import { type Ending, unwatchProcessEnd, watchProcessEnd } from "./process-end.ts";
import type { SinkStats, SinkWriter } from "./sink/sink-writer.ts";

/** The counters of a logger, those of its sinks in sum. */
export interface LoggerStats extends SinkStats {
  readonly sinks: readonly SinkStats[];
}

/** How `close` went. */
export interface CloseResult {
  /** Lines accepted and not written. */
  readonly lostLines: number;
  readonly lostBytes: number;
  /** `LOGGER_FLUSH_FAILED` or `LOGGER_TIMEOUT`, when there are such lines. */
  readonly error?: LoggerError;
}

/** Options of `flush`. */
export interface FlushOptions {
  /** Waits until the lines are on the disk. @default false */
  fsync?: boolean | undefined;
  /** Its abort ends the waiting. */
  signal?: AbortSignal | undefined;
}

interface OpenSink {
  readonly writer: SinkWriter;
  readonly level: number;
  readonly pretty: ((line: string) => string) | undefined;
}

/** The sinks of a logger and its children: one formatting for all of them. */
export class Output implements Ending {
  readonly handleSignals: boolean;
  readonly #sinks: OpenSink[] = [];
  readonly #syncLevel: number;
  readonly #only: SinkWriter | undefined;
  readonly #closing: CloseOnce<CloseResult>;

  /** @throws LoggerError `LOGGER_OPEN_FAILED` */
  constructor(settings: LoggerSettings, format: LineFormat, base: string) {
    this.handleSignals = settings.handleSignals;
    this.#syncLevel = settings.syncLevel;
    this.#closing = new CloseOnce(async ({ force }) => this.#close(force));
    const note = (dropped: number, reason: string) =>
      format.line(LEVELS.warn, base, {}, { dropped, reason }, "log lines dropped", []);
    try {
      for (const { sink, level } of settings.sinks) {
        this.#sinks.push({ writer: sink.open(note), level, pretty: sink.pretty });
      }
    } catch (error) {
      for (const { writer } of this.#sinks) writer.end();
      throw error;
    }
    const [first] = this.#sinks;
    const plain = this.#sinks.length === 1 && first?.pretty === undefined && first?.level === LEVELS.trace;
    this.#only = plain ? first?.writer : undefined;
    watchProcessEnd(this);
  }

  write(level: number, line: string): void {
    if (this.#only !== undefined) this.#only.write(line);
    else {
      for (const sink of this.#sinks) {
        if (level >= sink.level) sink.writer.write(sink.pretty === undefined ? line : sink.pretty(line));
      }
    }
    if (level >= this.#syncLevel) this.flushSync();
  }

  flushSync(): void {
    for (const { writer } of this.#sinks) writer.flushSync();
  }

  exit(): string | undefined {
    const lost = this.#sinks.map(({ writer }) => writer.exit()).filter((one) => one !== undefined);
    const [first] = lost;
    if (first === undefined) return undefined;
    const lines = lost.reduce((sum, one) => sum + one.lines, 0);
    const bytes = lost.reduce((sum, one) => sum + one.bytes, 0);
    return `${amount(lines, bytes)} lost${first.error === undefined ? "" : `: ${reasonOf(first.error)}`}`;
  }

  async flush({ fsync = false, signal }: FlushOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closing.started) throw new LoggerError("LOGGER_CLOSED", "the logger is closed");
    const all = Promise.all(this.#sinks.map(async ({ writer }) => writer.flush(fsync)));
    await abortable(all, signal);
  }

  close(options?: CloseOptions): Promise<CloseResult> {
    return this.#closing.close(options);
  }

  async #close(force: AbortSignal): Promise<CloseResult> {
    let timeIsUp: (what: "time") => void;
    const timeUp = new Promise<"time">((resolve) => (timeIsUp = resolve));
    const stop = onAbort(force, () => timeIsUp("time"));
    const flushed = Promise.all(this.#sinks.map(async ({ writer }) => writer.flush(false))).then(
      () => undefined,
      (error: unknown) => error,
    );
    const outcome = await Promise.race([flushed, timeUp]);
    const ends = this.#sinks.map(({ writer }) => writer.end());
    unwatchProcessEnd(this);
    await Promise.race([Promise.all(ends.map(({ ended }) => ended)), timeUp]);
    stop();
    const lostLines = ends.reduce((sum, { lost }) => sum + lost.lines, 0);
    const lostBytes = ends.reduce((sum, { lost }) => sum + lost.bytes, 0);
    if (outcome === undefined) return { lostLines, lostBytes };
    if (outcome instanceof LoggerError) return { lostLines, lostBytes, error: outcome };
    const message = `closing took too long, ${amount(lostLines, lostBytes)} lost`;
    return { lostLines, lostBytes, error: new LoggerError("LOGGER_TIMEOUT", message, { lostLines, lostBytes }) };
  }

  stats(): LoggerStats {
    const sinks = this.#sinks.map(({ writer }) => writer.stats());
    const sum = (name: Exclude<keyof SinkStats, "lastError">) => sinks.reduce((total, one) => total + one[name], 0);
    return Object.freeze({
      lines: sum("lines"),
      bytes: sum("bytes"),
      dropped: sum("dropped"),
      swaps: sum("swaps"),
      inFlightBytes: sum("inFlightBytes"),
      bufferedBytes: sum("bufferedBytes"),
      rotated: sum("rotated"),
      lastError: sinks.find((one) => one.lastError !== undefined)?.lastError,
      sinks: Object.freeze(sinks),
    });
  }
}
