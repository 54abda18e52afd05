import { backoffMs } from "@servertech/core";
import { LoggerError, amount, errnoOf } from "../errors.ts";
import { publish } from "./channels.ts";
import { type Chunk, ChunkQueue, LINE_FEED, countLines } from "./chunk-queue.ts";
import { DiskSync } from "./disk-sync.ts";
import { FlushWaiters } from "./flush-waiters.ts";
import { OpenFiles } from "./open-files.ts";
import type { BufferSettings, WriterSettings } from "./sink-options.ts";
import { Slabs } from "./slabs.ts";
import type { NoteError, Target } from "./target.ts";

const RETRY = { minMs: 100, maxMs: 5_000, jitter: 0 };
const PIPE_RETRY_MS = 10;
const SLACK = 4_096;
const MAX_SLAB_UNITS = 1024 * 1024;

/** The counters of one sink. */
export interface SinkStats {
  /** Lines taken, whether written yet or not. */
  readonly lines: number;
  readonly bytes: number;
  /** Lines not written: overflow, a reader that is gone, after `close`. */
  readonly dropped: number;
  /** Chunks made of lines. */
  readonly swaps: number;
  readonly inFlightBytes: number;
  readonly bufferedBytes: number;
  /** Files opened after the first. */
  readonly rotated: number;
  /** The errno name of the last failure, also after recovery. */
  readonly lastError: string | undefined;
}

/** What is lost: everything that was held when there was no more waiting. */
export interface Lost {
  readonly lines: number;
  readonly bytes: number;
  readonly error: unknown;
}

/**
 * The double buffer of one sink. Lines grow a string, which is encoded as one chunk when it is long enough or its time
 * has come; chunks wait in a queue; one join of them is in flight.
 *
 * - `open`: lines are taken. With `failing` set the destination refuses and is asked again with back-off.
 * - `exiting`: each line is written before the call returns.
 * - `dead`: the reader is gone; lines are counted as dropped.
 * - `closed`: the same after `close`.
 */
export class SinkWriter {
  readonly #target: Target;
  readonly #buffer: BufferSettings;
  readonly #sync: boolean;
  readonly #note: (dropped: number, reason: string) => string;
  readonly #disk: DiskSync;
  readonly #slabs: Slabs;
  readonly #queue: ChunkQueue;
  #state: "open" | "exiting" | "dead" | "closed" = "open";
  readonly #files: OpenFiles;
  #front = "";
  #frontLines = 0;
  /** Characters at which the front is a chunk, going by how many bytes the last ones had. */
  #swapLength: number;
  #ticking = false;
  #timer: NodeJS.Timeout | undefined;
  #flying: Chunk | undefined;
  #sequence = 0;
  #failing: Error | undefined;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  /** The sequence up to which lines belong to the old file, once a new one is asked for. */
  #reopenAfter: number | undefined;
  readonly #reopening = new FlushWaiters();
  #refusing = false;
  #untold = 0;
  #untoldReason = "overflow";
  readonly #flushing = new FlushWaiters();
  #lines = 0;
  #bytes = 0;
  #dropped = 0;
  #swaps = 0;
  #lastError: string | undefined;

  /**
   * Opens the destination.
   *
   * @param note writes the line that says how many lines were dropped
   * @throws {@link LoggerError} `LOGGER_OPEN_FAILED`
   */
  constructor(
    target: (note: NoteError) => Target,
    { buffer, sync, fsync }: WriterSettings,
    note: (dropped: number, reason: string) => string,
  ) {
    const noteError = (error: unknown) => this.#noteError(error);
    this.#target = target(noteError);
    this.#buffer = buffer;
    this.#swapLength = buffer.swapBytes;
    // A line more than a chunk, as it happens at each swap.
    this.#slabs = new Slabs(Math.min(buffer.swapBytes + SLACK, MAX_SLAB_UNITS));
    this.#queue = new ChunkQueue(this.#slabs);
    this.#sync = sync;
    this.#disk = new DiskSync(fsync, noteError);
    this.#note = note;
    try {
      this.#files = new OpenFiles(this.#target, this.#disk, {
        done: () => this.#written(),
        failed: (error, rest) => this.#failed(error, rest),
        opened: () => this.#reopened(),
        openFailed: (cause) => {
          const message = `the log cannot be reopened: ${cause.message}`;
          this.#reopening.reject(new LoggerError("LOGGER_FLUSH_FAILED", message, { cause }));
        },
        noteError,
      });
    } catch (cause) {
      throw new LoggerError("LOGGER_OPEN_FAILED", `the log cannot be opened: ${(cause as Error).message}`, { cause });
    }
  }

  /** Whether the reader is gone: nothing is written any more. */
  get dead(): boolean {
    return this.#state === "dead";
  }

  /** Takes a line, which ends with its line feed. */
  write(line: string): void {
    if (this.#state !== "open" || this.#refusing) {
      this.#writeOtherwise(line);
      return;
    }
    this.#front += line;
    this.#frontLines += 1;
    if (this.#front.length >= this.#swapLength) this.#swap();
    else if (!this.#ticking) this.#startTick();
  }

  #writeOtherwise(line: string): void {
    if (this.#state === "exiting") {
      this.#front += line;
      this.#frontLines += 1;
      this.flushSync();
      return;
    }
    this.#drop(1, this.#state === "open" ? (errnoOf(this.#failing) ?? "overflow") : this.#state);
  }

  #startTick(): void {
    this.#ticking = true;
    const { intervalMs } = this.#buffer;
    if (intervalMs === 0) setImmediate(() => this.#tick()).unref();
    else if (this.#timer === undefined) this.#timer = setTimeout(() => this.#tick(), intervalMs).unref();
    else this.#timer.refresh();
  }

  #tick(): void {
    this.#ticking = false;
    if (this.#state === "open") this.#swap();
  }

  #swap(): void {
    this.#encode();
    this.#pump();
    if (this.#heldBytes() > this.#buffer.maxBufferBytes) this.#overflow();
  }

  /** Encoded at once, so that the string's pieces die young. */
  #encode(): void {
    const { length } = this.#front;
    if (length === 0) return;
    const { bytes, slab } = this.#slabs.encode(this.#front);
    const { swapBytes } = this.#buffer;
    this.#swapLength =
      bytes.length === length ? swapBytes : Math.max(1, Math.floor((swapBytes * length) / bytes.length));
    this.#sequence += 1;
    this.#queue.push({ bytes, lines: this.#frontLines, sequence: this.#sequence, torn: false, slab });
    this.#lines += this.#frontLines;
    this.#bytes += bytes.length;
    this.#swaps += 1;
    this.#front = "";
    this.#frontLines = 0;
  }

  #heldBytes(): number {
    return this.#queue.bytes + this.#files.current.inFlightBytes;
  }

  #pump(): void {
    if (this.#flying !== undefined || this.#retry !== undefined || this.#state === "dead") return;
    if (this.#sync) {
      this.flushSync();
      return;
    }
    this.#tellDropped();
    const chunk = this.#next();
    if (chunk === undefined) return;
    this.#flying = chunk;
    this.#files.current.write(chunk.bytes);
  }

  /** The next join of chunks that fits into the file; opens the next file where one is due. */
  #next(): Chunk | undefined {
    const { first } = this.#queue;
    if (this.#reopenAfter !== undefined && (first?.sequence ?? Infinity) > this.#reopenAfter) this.#files.openNext();
    if (first === undefined) return undefined;
    if (!first.torn) this.#files.rotateByTime();
    const chunk = this.#queue.take(this.#reopenAfter ?? Infinity);
    if (chunk === undefined) return undefined;
    const { fitting, rest } = this.#files.fit(chunk);
    if (rest !== undefined) this.#queue.unshift(rest);
    return fitting;
  }

  /**
   * Resolves once later lines go to a file that is opened anew; earlier ones are in the old.
   *
   * @throws {@link LoggerError} `LOGGER_FLUSH_FAILED`; it is tried again by itself.
   */
  async reopen(): Promise<void> {
    if (!this.#target.reopens || this.#state === "closed") return;
    if (this.#state === "dead") throw this.#flushError();
    this.#encode();
    this.#reopenAfter = this.#sequence;
    this.#files.movedAway();
    const reopened = this.#reopening.wait(this.#sequence);
    this.#tryAgain();
    await reopened;
  }

  #reopened(): void {
    this.#reopenAfter = undefined;
    this.#reopening.wake(Infinity);
  }

  #written(): void {
    this.#slabs.giveBack(this.#flying?.slab);
    this.#flying = undefined;
    this.#recovered();
    this.#disk.written(this.#files.current);
    this.#pump();
    this.#wakeWaiters();
  }

  #recovered(): void {
    this.#refusing &&= this.#heldBytes() >= this.#buffer.maxBufferBytes;
    if (this.#failing === undefined) return;
    if (errnoOf(this.#failing) !== "EAGAIN") publish("recover", { sink: this.#name });
    this.#failing = undefined;
    this.#failures = 0;
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #failed(error: Error, rest: Buffer): void {
    this.#takeBack(rest);
    this.#fail(error);
  }

  /** Puts what is left of the chunk in flight before everything else. */
  #takeBack(rest: Buffer): void {
    const flying = this.#flying;
    this.#flying = undefined;
    if (flying !== undefined) this.#putBack(flying, rest);
  }

  #putBack({ bytes, lines, sequence, torn }: Chunk, rest: Buffer): void {
    const written = bytes.subarray(0, bytes.length - rest.length);
    const tears = written.length === 0 ? torn : written.at(-1) !== LINE_FEED;
    this.#queue.unshift({ bytes: rest, lines: lines - countLines(written), sequence, torn: tears, slab: undefined });
  }

  #fail(error: Error): void {
    const full = errnoOf(error) === "EAGAIN";
    if (!full) this.#noteError(error);
    this.#failing = error;
    if (errnoOf(error) === "EPIPE") {
      this.#die();
      return;
    }
    if (this.#state === "open" && this.#retry === undefined) {
      this.#retry = setTimeout(() => this.#tryAgain(), full ? PIPE_RETRY_MS : backoffMs(this.#failures, RETRY));
      // Only who waits for a flush keeps the process; what else is left is tried once more at the exit.
      if (this.#flushing.empty) this.#retry.unref();
      this.#failures = full ? 0 : this.#failures + 1;
    }
    if (!full) this.#rejectWaiters();
  }

  #tryAgain(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#pump();
  }

  #die(): void {
    this.#state = "dead";
    const { lines } = this.#discard();
    this.#drop(lines, "EPIPE");
    this.#rejectWaiters();
  }

  #noteError(error: unknown): void {
    this.#lastError = errnoOf(error) ?? "unknown";
    publish("error", { sink: this.#name, reason: this.#lastError });
  }

  /** Empty before the first file is open. */
  get #name(): string {
    return (this.#files as OpenFiles | undefined)?.current.name ?? "";
  }

  #overflow(): void {
    switch (this.#buffer.overflow) {
      case "block":
        // Where the destination refuses, what comes now has no place until it takes something.
        this.#refusing = !this.flushSync() && this.#state === "open";
        return;
      case "drop-newest":
        this.#refusing = true;
        return;
      case "drop-oldest":
        this.#dropOldest();
    }
  }

  #dropOldest(): void {
    while (this.#heldBytes() > this.#buffer.maxBufferBytes) {
      const oldest = this.#queue.dropOldest();
      if (oldest === undefined) return;
      this.#drop(oldest.lines, errnoOf(this.#failing) ?? "overflow");
    }
  }

  #drop(lines: number, reason: string): void {
    if (lines === 0) return;
    this.#dropped += lines;
    this.#untold += lines;
    this.#untoldReason = reason;
    publish("drop", { sink: this.#name, lines, reason });
  }

  #tellDropped(): void {
    if (this.#untold === 0 || this.#refusing || this.#queue.first?.torn === true || this.#failing !== undefined) return;
    const bytes = Buffer.from(this.#note(this.#untold, this.#untoldReason));
    this.#untold = 0;
    this.#lines += 1;
    this.#bytes += bytes.length;
    const sequence = this.#queue.first?.sequence ?? this.#sequence;
    this.#queue.unshift({ bytes, lines: 1, sequence, torn: false, slab: undefined });
  }

  /**
   * Writes everything that is held before it returns, unless the destination refuses.
   *
   * @returns whether all of it is in the kernel
   */
  flushSync(): boolean {
    this.#encode();
    if (this.#state === "dead" || this.#state === "closed" || !this.#files.current.settle()) return false;
    const rest = this.#files.current.reclaim();
    if (rest !== undefined) this.#takeBack(rest);
    for (;;) {
      this.#tellDropped();
      const chunk = this.#next();
      if (chunk === undefined) break;
      const failure = this.#files.current.writeSync(chunk.bytes);
      if (failure !== undefined) {
        this.#putBack(chunk, failure.rest);
        this.#fail(failure.error);
        return false;
      }
      this.#slabs.giveBack(chunk.slab);
      this.#recovered();
      this.#disk.written(this.#files.current);
    }
    this.#wakeWaiters();
    return true;
  }

  /** From now on each line is written before the call returns, with what is left so far. */
  exit(): void {
    if (this.#state === "open") {
      this.#state = "exiting";
      this.#refusing = false;
      this.flushSync();
    }
  }

  /** What is not written; undefined when that is nothing. Chunks whose write is complete but not yet reported are. */
  lost(): Lost | undefined {
    if (this.#state === "dead" || this.#state === "closed") return undefined;
    const settled = this.#flying === undefined || this.#files.current.settle();
    const { lines, bytes } = this.#held(settled ? undefined : this.#flying);
    return lines + bytes === 0 ? undefined : { lines, bytes, error: this.#failing };
  }

  /**
   * Resolves once every line so far is in the kernel, with `toDisk` on the disk.
   *
   * @throws {@link LoggerError} `LOGGER_FLUSH_FAILED`
   */
  async flush(toDisk: boolean): Promise<void> {
    this.#encode();
    if (this.#state === "dead") throw this.#flushError();
    const written = this.#flushing.wait(this.#sequence);
    this.#tryAgain();
    this.#wakeWaiters();
    await written;
    if (!toDisk) return;
    const cause = await this.#files.sync();
    if (cause === undefined) return;
    this.#noteError(cause);
    throw new LoggerError("LOGGER_FLUSH_FAILED", `the log cannot be synced: ${cause.message}`, { cause });
  }

  #wakeWaiters(): void {
    this.#flushing.wake(this.#flying?.sequence ?? this.#queue.first?.sequence ?? Infinity);
  }

  #rejectWaiters(): void {
    if (this.#flushing.empty && this.#reopening.empty) return;
    const error = this.#flushError();
    this.#flushing.reject(error);
    this.#reopening.reject(error);
  }

  #flushError(): LoggerError {
    const { lines, bytes } = this.lost() ?? { lines: 0, bytes: 0 };
    const why = this.#failing?.message ?? "the sink is gone";
    const message = `the log cannot be written, ${amount(lines, bytes)} are waiting: ${why}`;
    const error = { cause: this.#failing, lostLines: lines, lostBytes: bytes };
    return new LoggerError("LOGGER_FLUSH_FAILED", message, error);
  }

  /** Drops what is left, takes nothing more, and closes the file; resolves when nothing is left to do with closed files. */
  end(force: AbortSignal): { lost: { lines: number; bytes: number }; ended: Promise<unknown> } {
    const lost = this.#discard();
    this.#drop(lost.lines, errnoOf(this.#failing) ?? "closed");
    this.#state = "closed";
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    this.#disk.end();
    this.#rejectWaiters();
    return { lost, ended: this.#files.end(force) };
  }

  #discard(): { lines: number; bytes: number } {
    this.#encode();
    const held = this.#held(this.#flying);
    this.#queue.clear();
    return held;
  }

  #held(flying: Chunk | undefined): { lines: number; bytes: number } {
    const lines = this.#queue.lines + this.#frontLines + (flying?.lines ?? 0);
    const bytes = this.#queue.bytes + Buffer.byteLength(this.#front) + (flying?.bytes.length ?? 0);
    return { lines, bytes };
  }

  stats(): SinkStats {
    return Object.freeze({
      lines: this.#lines + this.#frontLines,
      bytes: this.#bytes + Buffer.byteLength(this.#front),
      dropped: this.#dropped,
      swaps: this.#swaps,
      inFlightBytes: this.#files.current.inFlightBytes,
      bufferedBytes: this.#queue.bytes + Buffer.byteLength(this.#front),
      rotated: this.#files.rotated,
      lastError: this.#lastError,
    });
  }
}
