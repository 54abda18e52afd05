import { CloseOnce, type CloseOptions, abortable, onAbort, sleep } from "@servertech/core";
import { LoggerError, amount, reasonOf } from "./errors.ts";
import type { PrettyPrinter } from "./line/pretty.ts";
import { type Ending, sayLost, unwatchProcessEnd, watchProcessEnd } from "./process-end.ts";
import type { SinkStats, SinkWriter } from "./sink/sink-writer.ts";
import type { Sink, SinkFormat } from "./sink/sinks.ts";

/** The counters of several sinks, in sum and each. */
export interface SinksStats extends SinkStats {
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

/** What an output needs to know. */
export interface OutputSettings {
  readonly sinks: readonly { readonly sink: Sink; readonly level: number; readonly format: SinkFormat }[];
  readonly syncLevel: number;
  readonly handleSignals: boolean;
}

export interface OutputHooks {
  /** Adds the last lines, before the last flush. */
  beforeEnd?(): void;
  closed?(): void;
}

interface OpenSink {
  readonly writer: SinkWriter;
  readonly level: number;
  readonly print: PrettyPrinter | undefined;
  readonly reopensOnHangup: boolean;
}

/** The sinks of a logger and its children: one formatting for all of them. */
export class Output implements Ending {
  readonly handleSignals: boolean;
  readonly reopensOnHangup: boolean;
  /** Lines below it are taken by no sink. */
  readonly lowestLevel: number;
  readonly #sinks: OpenSink[] = [];
  readonly #syncLevel: number;
  /** The one sink that needs nothing but the line; undefined where there is more to do. */
  #only: SinkWriter | undefined;
  #exiting = false;
  /** Losses that standard error has heard of. */
  #told = { lines: 0, bytes: 0 };
  readonly #hooks: OutputHooks;
  readonly #closing: CloseOnce<CloseResult>;

  /**
   * @param note writes the line that says how many lines were dropped
   * @param print make a line for the eyes of a JSON line
   * @throws LoggerError `LOGGER_OPEN_FAILED`
   */
  constructor(
    { sinks, syncLevel, handleSignals }: OutputSettings,
    note: (dropped: number, reason: string) => string,
    print: { readonly plain: PrettyPrinter; readonly colored: PrettyPrinter },
    hooks: OutputHooks,
  ) {
    this.handleSignals = handleSignals;
    this.reopensOnHangup = sinks.some(({ sink }) => sink.reopensOnHangup);
    this.lowestLevel = Math.min(...sinks.map(({ level }) => level));
    this.#syncLevel = syncLevel;
    this.#hooks = hooks;
    this.#closing = new CloseOnce(async ({ force }) => {
      const result = await this.#close(force);
      hooks.closed?.();
      return result;
    });
    try {
      for (const { sink, level, format } of sinks) {
        const printer = format === "json" ? undefined : sink.colored ? print.colored : print.plain;
        const shownNote = (dropped: number, reason: string) =>
          printer?.(note(dropped, reason)) ?? note(dropped, reason);
        const writer = sink.open(shownNote);
        this.#sinks.push({ writer, level, print: printer, reopensOnHangup: sink.reopensOnHangup });
      }
    } catch (error) {
      for (const { writer } of this.#sinks) writer.end(AbortSignal.abort());
      throw error;
    }
    const [first] = this.#sinks;
    this.#only = this.#sinks.length === 1 && first?.print === undefined ? first?.writer : undefined;
    watchProcessEnd(this);
  }

  /** Takes a line of a level that is not below the lowest. */
  write(level: number, line: string): void {
    if (this.#only !== undefined) this.#only.write(line);
    else this.#writeToAll(level, line);
    if (level >= this.#syncLevel) this.flushSync();
  }

  #writeToAll(level: number, line: string): void {
    for (const { writer, level: lowest, print } of this.#sinks) {
      if (level >= lowest) writer.write(print === undefined ? line : print(line));
    }
    if (!this.#exiting) return;
    const lost = this.#lostSinceTold();
    if (lost !== undefined) sayLost(lost);
  }

  flushSync(): void {
    for (const { writer } of this.#sinks) writer.flushSync();
  }

  hangUp(): void {
    for (const { writer, reopensOnHangup } of this.#sinks) {
      // What went wrong is in `lastError`, and it is tried again by itself.
      if (reopensOnHangup) writer.reopen().catch(() => {});
    }
  }

  exit(): string | undefined {
    this.#hooks.beforeEnd?.();
    for (const { writer } of this.#sinks) writer.exit();
    this.#exiting = true;
    this.#only = undefined;
    return this.#lostSinceTold();
  }

  #lostSinceTold(): string | undefined {
    const lost = this.#sinks.map(({ writer }) => writer.lost()).filter((one) => one !== undefined);
    const lines = lost.reduce((sum, one) => sum + one.lines, 0) - this.#told.lines;
    const bytes = lost.reduce((sum, one) => sum + one.bytes, 0) - this.#told.bytes;
    if (lines <= 0) return undefined;
    this.#told = { lines: this.#told.lines + lines, bytes: this.#told.bytes + bytes };
    const error = lost.find((one) => one.error !== undefined)?.error;
    return `${amount(lines, bytes)} lost${error === undefined ? "" : `: ${reasonOf(error)}`}`;
  }

  async flush({ fsync = false, signal }: FlushOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#requireOpen();
    const all = Promise.all(this.#sinks.map(async ({ writer }) => writer.flush(fsync)));
    await abortable(all, signal);
  }

  async reopen(): Promise<void> {
    this.#requireOpen();
    await Promise.all(this.#sinks.map(async ({ writer }) => writer.reopen()));
  }

  #requireOpen(): void {
    if (this.#closing.started) throw new LoggerError("LOGGER_CLOSED", "the logger is closed");
  }

  close(options?: CloseOptions): Promise<CloseResult> {
    return this.#closing.close(options);
  }

  async #close(force: AbortSignal): Promise<CloseResult> {
    this.#hooks.beforeEnd?.();
    let timeIsUp: (what: "time") => void;
    const timeUp = new Promise<"time">((resolve) => (timeIsUp = resolve));
    // One turn later: a sink that was refusing says why first.
    const stop = onAbort(force, () => setImmediate(timeIsUp, "time"));
    const drained = Promise.all(this.#sinks.map(async ({ writer }) => drain(writer, force)));
    const outcome = await Promise.race([drained.then((errors) => errors.find((error) => error !== undefined)), timeUp]);
    const ends = this.#sinks.map(({ writer }) => writer.end(force));
    unwatchProcessEnd(this);
    await Promise.race([Promise.all(ends.map(({ ended }) => ended)), timeUp]);
    stop();
    const lostLines = ends.reduce((sum, { lost }) => sum + lost.lines, 0);
    const lostBytes = ends.reduce((sum, { lost }) => sum + lost.bytes, 0);
    if (outcome === undefined) return { lostLines, lostBytes };
    if (outcome !== "time") return { lostLines, lostBytes, error: outcome };
    const message = `closing took too long, ${amount(lostLines, lostBytes)} lost`;
    return { lostLines, lostBytes, error: new LoggerError("LOGGER_TIMEOUT", message, { lostLines, lostBytes }) };
  }

  stats(): SinksStats {
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

const DRAIN_RETRY_MS = 100;

/** Flushes, again and again while the destination refuses, until everything is written, it is gone, or time is up. */
async function drain(writer: SinkWriter, force: AbortSignal): Promise<LoggerError | undefined> {
  for (;;) {
    try {
      await writer.flush(false);
      return undefined;
    } catch (error) {
      try {
        if (writer.dead) return error as LoggerError;
        await sleep(DRAIN_RETRY_MS, { signal: force });
      } catch {
        // Time is up; what it was about is in the error of the flush.
        return error as LoggerError;
      }
    }
  }
}
