import { LoggerError, amount, errnoOf } from "../errors.ts";
import { publish } from "./channels.ts";
import { Destination } from "./destination.ts";
import type { BufferSettings } from "./sink-options.ts";

const MAX_JOIN_BYTES = 1024 * 1024;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;
const PIPE_RETRY_MS = 10;
const LINE_FEED = 10;

/** Whole lines, encoded; after an error the first may be the rest of one. */
interface Chunk {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly sequence: number;
}

/** Where a writer's bytes go. */
export interface Target {
  /** Opens the first or the next file. @throws the system's error */
  open(): { fd: number; name: string; owned: boolean };
  /** Above it the next file is opened; `Infinity` where there is only one. */
  readonly maxFileBytes: number;
}

/** The counters of one sink. */
export interface SinkStats {
  readonly lines: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly swaps: number;
  readonly inFlightBytes: number;
  readonly bufferedBytes: number;
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

interface Waiter {
  readonly sequence: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The double buffer of one sink. Lines grow a string, which is encoded as one chunk when it is long enough or its time
 * has come; chunks wait in a list; one join of them is in flight.
 *
 * - `open`: lines are taken. With `failing` set the destination refuses and is asked again with back-off.
 * - `exiting`: each line is written before the call returns.
 * - `dead`: the reader is gone; lines are counted as dropped.
 * - `closed`: the same after `close`.
 */
export class SinkWriter {
  readonly #target: Target;
  readonly #buffer: BufferSettings;
  readonly #note: (dropped: number, reason: string) => string;
  #state: "open" | "exiting" | "dead" | "closed" = "open";
  #destination: Destination;
  readonly #retiring = new Set<Promise<Error | undefined>>();
  #front = "";
  #frontLines = 0;
  #ticking = false;
  #timer: NodeJS.Timeout | undefined;
  #full: Chunk[] = [];
  #fullBytes = 0;
  #flying: Chunk | undefined;
  #sequence = 0;
  /** The first of the full list continues a line that is partly written. */
  #torn = false;
  #failing: Error | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MIN_MS;
  #nextOpenAt = 0;
  #refusing = false;
  #untold = 0;
  #untoldReason = "overflow";
  #waiters: Waiter[] = [];
  #lines = 0;
  #bytes = 0;
  #dropped = 0;
  #swaps = 0;
  #rotated = 0;
  #lastError: string | undefined;

  /**
   * Opens the destination.
   *
   * @param note writes the line that says how many lines were dropped
   * @throws {@link LoggerError} `LOGGER_OPEN_FAILED`
   */
  constructor(target: Target, buffer: BufferSettings, note: (dropped: number, reason: string) => string) {
    this.#target = target;
    this.#buffer = buffer;
    this.#note = note;
    try {
      this.#destination = this.#open();
    } catch (cause) {
      throw new LoggerError("LOGGER_OPEN_FAILED", `the log cannot be opened: ${(cause as Error).message}`, { cause });
    }
  }

  #open(): Destination {
    const { fd, name, owned } = this.#target.open();
    return new Destination(fd, name, owned, {
      done: () => this.#written(),
      failed: (error, rest) => this.#failed(error, rest),
    });
  }

  /** Takes a line, which ends with its line feed. */
  write(line: string): void {
    if (this.#state !== "open" || this.#refusing) {
      this.#writeOtherwise(line);
      return;
    }
    this.#front += line;
    this.#frontLines += 1;
    if (this.#front.length >= this.#buffer.swapBytes) this.#swap();
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
    if (this.#front === "") return;
    const bytes = Buffer.from(this.#front);
    this.#sequence += 1;
    this.#full.push({ bytes, lines: this.#frontLines, sequence: this.#sequence });
    this.#fullBytes += bytes.length;
    this.#lines += this.#frontLines;
    this.#bytes += bytes.length;
    this.#swaps += 1;
    this.#front = "";
    this.#frontLines = 0;
  }

  #heldBytes(): number {
    return this.#fullBytes + this.#destination.inFlightBytes;
  }

  #pump(): void {
    if (this.#flying !== undefined || this.#retry !== undefined || this.#state === "dead") return;
    this.#tellDropped();
    const chunk = this.#next();
    if (chunk === undefined) return;
    this.#flying = chunk;
    this.#destination.write(chunk.bytes);
  }

  /** The next join of at most 1 MB that fits into the file; opens the next file when nothing fits. */
  #next(): Chunk | undefined {
    const first = this.#full[0];
    if (first === undefined) return undefined;
    let count = 1;
    let size = first.bytes.length;
    for (let next = this.#full[1]; next !== undefined; next = this.#full[count]) {
      if (size + next.bytes.length > MAX_JOIN_BYTES) break;
      size += next.bytes.length;
      count += 1;
    }
    const taken = this.#full.splice(0, count);
    this.#fullBytes -= size;
    const last = taken.at(-1) ?? first;
    const bytes = count === 1 ? first.bytes : Buffer.concat(taken.map((chunk) => chunk.bytes));
    const lines = taken.reduce((sum, chunk) => sum + chunk.lines, 0);
    return this.#fitted({ bytes, lines, sequence: last.sequence });
  }

  #fitted(chunk: Chunk): Chunk {
    const torn = this.#torn;
    this.#torn = false;
    if (this.#destination.size + chunk.bytes.length <= this.#target.maxFileBytes) return chunk;
    if (!torn && this.#endOfFit(chunk.bytes) === 0 && this.#destination.size > 0) this.#rotate();
    const room = this.#destination.size + chunk.bytes.length <= this.#target.maxFileBytes;
    // A line above the limit has a file of its own, the rest of a torn line belongs to this file.
    const end = room ? chunk.bytes.length : this.#endOfFit(chunk.bytes) || chunk.bytes.indexOf(LINE_FEED) + 1;
    if (end === chunk.bytes.length) return chunk;
    const lines = countLines(chunk.bytes.subarray(0, end));
    this.#unshift({ bytes: chunk.bytes.subarray(end), lines: chunk.lines - lines, sequence: chunk.sequence });
    return { bytes: chunk.bytes.subarray(0, end), lines, sequence: chunk.sequence };
  }

  /** Where the last line that fits into the file ends; 0 when none does. */
  #endOfFit(bytes: Buffer): number {
    const room = this.#target.maxFileBytes - this.#destination.size;
    return room <= 0 ? 0 : bytes.lastIndexOf(LINE_FEED, room - 1) + 1;
  }

  #rotate(): void {
    if (performance.now() < this.#nextOpenAt) return;
    try {
      const old = this.#destination;
      this.#destination = this.#open();
      this.#rotated += 1;
      this.#retire(old);
      publish("rotate", { sink: this.#destination.name });
    } catch (error) {
      // Logging goes on in the old file until the next one can be opened.
      this.#nextOpenAt = performance.now() + RETRY_MIN_MS;
      this.#noteError(error);
    }
  }

  #retire(old: Destination): void {
    const ended = old.end().then((error) => {
      this.#retiring.delete(ended);
      if (error !== undefined) this.#noteError(error);
      return error;
    });
    this.#retiring.add(ended);
  }

  #unshift(chunk: Chunk): void {
    if (chunk.bytes.length === 0) return;
    this.#full.unshift(chunk);
    this.#fullBytes += chunk.bytes.length;
  }

  #written(): void {
    this.#flying = undefined;
    this.#recovered();
    this.#pump();
    this.#wakeWaiters();
  }

  #recovered(): void {
    this.#refusing &&= this.#heldBytes() >= this.#buffer.maxBufferBytes;
    if (this.#failing === undefined) return;
    if (errnoOf(this.#failing) !== "EAGAIN") publish("recover", { sink: this.#destination.name });
    this.#failing = undefined;
    this.#retryMs = RETRY_MIN_MS;
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
    if (flying === undefined) return;
    const written = flying.bytes.subarray(0, flying.bytes.length - rest.length);
    this.#unshift({ bytes: rest, lines: flying.lines - countLines(written), sequence: flying.sequence });
    this.#torn = written.length === 0 ? this.#torn : written.at(-1) !== LINE_FEED;
  }

  #fail(error: Error): void {
    const full = errnoOf(error) === "EAGAIN";
    if (!full) this.#noteError(error);
    this.#failing = error;
    if (errnoOf(error) === "EPIPE") {
      this.#die();
      return;
    }
    if (this.#state === "open") {
      this.#retry ??= setTimeout(() => this.#tryAgain(), full ? PIPE_RETRY_MS : this.#retryMs);
      // A pipe is emptied sooner or later; a full disk does not keep the process.
      if (!full) this.#retry.unref();
      this.#retryMs = full ? RETRY_MIN_MS : Math.min(this.#retryMs * 2, RETRY_MAX_MS);
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
    publish("error", { sink: this.#destination.name, reason: this.#lastError });
  }

  #overflow(): void {
    switch (this.#buffer.overflow) {
      case "block":
        this.flushSync();
        // The destination refuses: what comes now has no place until it takes something.
        this.#refusing = this.#state === "open" && this.#heldBytes() > this.#buffer.maxBufferBytes;
        return;
      case "drop-newest":
        this.#refusing = true;
        return;
      case "drop-oldest":
        this.#dropOldest();
    }
  }

  #dropOldest(): void {
    const keep = this.#torn ? 1 : 0;
    while (this.#heldBytes() > this.#buffer.maxBufferBytes && this.#full.length > keep) {
      const [oldest] = this.#full.splice(keep, 1);
      if (oldest === undefined) return;
      this.#fullBytes -= oldest.bytes.length;
      this.#drop(oldest.lines, errnoOf(this.#failing) ?? "overflow");
    }
  }

  #drop(lines: number, reason: string): void {
    if (lines === 0) return;
    this.#dropped += lines;
    this.#untold += lines;
    this.#untoldReason = reason;
    publish("drop", { sink: this.#destination.name, lines, reason });
  }

  #tellDropped(): void {
    if (this.#untold === 0 || this.#refusing || this.#torn || this.#failing !== undefined) return;
    const bytes = Buffer.from(this.#note(this.#untold, this.#untoldReason));
    this.#untold = 0;
    this.#lines += 1;
    this.#bytes += bytes.length;
    this.#unshift({ bytes, lines: 1, sequence: this.#full[0]?.sequence ?? this.#sequence });
  }

  /** Writes everything that is held before it returns, unless the destination refuses. */
  flushSync(): void {
    this.#encode();
    if (this.#state === "dead" || this.#state === "closed" || !this.#destination.settle()) return;
    const rest = this.#destination.reclaim();
    if (rest !== undefined) this.#takeBack(rest);
    for (;;) {
      this.#tellDropped();
      const chunk = this.#next();
      if (chunk === undefined) break;
      const failure = this.#destination.writeSync(chunk.bytes);
      if (failure !== undefined) {
        const flying = this.#flying;
        this.#flying = chunk;
        this.#takeBack(failure.rest);
        this.#flying = flying;
        this.#fail(failure.error);
        return;
      }
      this.#recovered();
    }
    this.#wakeWaiters();
  }

  /** From now on each line is written before the call returns; says what could not be written so far. */
  exit(): Lost | undefined {
    if (this.#state === "open") {
      this.#state = "exiting";
      this.#refusing = false;
      this.flushSync();
    }
    return this.lost();
  }

  /** What is not written; undefined when that is nothing. Chunks whose write is complete but not yet reported are. */
  lost(): Lost | undefined {
    if (this.#state === "dead" || this.#state === "closed") return undefined;
    const settled = this.#flying === undefined || this.#destination.settle();
    const held = settled ? this.#full : [this.#flying, ...this.#full].filter((chunk) => chunk !== undefined);
    const lines = held.reduce((sum, chunk) => sum + chunk.lines, this.#frontLines);
    const bytes = held.reduce((sum, chunk) => sum + chunk.bytes.length, this.#front.length);
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
    if (this.#failing !== undefined) this.#tryAgain();
    else this.#pump();
    const sequence = this.#sequence;
    await new Promise<void>((resolve, reject) => {
      this.#waiters.push({ sequence, resolve, reject });
      this.#wakeWaiters();
    });
    if (!toDisk) return;
    const errors = await Promise.all([this.#destination.sync(), ...this.#retiring]);
    const cause = errors.find((error) => error !== undefined);
    if (cause === undefined) return;
    this.#noteError(cause);
    throw new LoggerError("LOGGER_FLUSH_FAILED", `the log cannot be synced: ${cause.message}`, { cause });
  }

  #wakeWaiters(): void {
    const oldest = this.#flying?.sequence ?? this.#full[0]?.sequence ?? Infinity;
    const woken = this.#waiters.filter((waiter) => waiter.sequence < oldest);
    if (woken.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.sequence >= oldest);
    for (const waiter of woken) waiter.resolve();
  }

  #rejectWaiters(): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#flushError());
  }

  #flushError(): LoggerError {
    const { lines, bytes } = this.lost() ?? { lines: 0, bytes: 0 };
    const why = this.#failing?.message ?? "the sink is gone";
    const message = `the log cannot be written, ${amount(lines, bytes)} are waiting: ${why}`;
    const error = { cause: this.#failing, lostLines: lines, lostBytes: bytes };
    return new LoggerError("LOGGER_FLUSH_FAILED", message, error);
  }

  /** Drops what is left, takes nothing more, and closes the file; resolves when that is done. */
  end(): { lost: { lines: number; bytes: number }; ended: Promise<unknown> } {
    this.#encode();
    const lost = this.#discard();
    this.#drop(lost.lines, errnoOf(this.#failing) ?? "closed");
    this.#state = "closed";
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    this.#rejectWaiters();
    this.#retire(this.#destination);
    return { lost, ended: Promise.all(this.#retiring) };
  }

  #discard(): { lines: number; bytes: number } {
    this.#encode();
    const held = this.#flying === undefined ? this.#full : [this.#flying, ...this.#full];
    const lines = held.reduce((sum, chunk) => sum + chunk.lines, 0);
    const bytes = held.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    this.#full = [];
    this.#fullBytes = 0;
    this.#torn = false;
    return { lines, bytes };
  }

  stats(): SinkStats {
    return Object.freeze({
      lines: this.#lines + this.#frontLines,
      bytes: this.#bytes + this.#front.length,
      dropped: this.#dropped,
      swaps: this.#swaps,
      inFlightBytes: this.#destination.inFlightBytes,
      bufferedBytes: this.#fullBytes + this.#front.length,
      rotated: this.#rotated,
      lastError: this.#lastError,
    });
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}
