import { close, constants, fstatSync, fsync, openSync, writeSync } from "node:fs";
import sonicBoom, { type SonicBoom } from "sonic-boom";
import { errnoOf } from "../errors.ts";

/** A write in flight, or a full pipe, is waited for so long where nothing but waiting is left. */
const MAX_SETTLE_MS = 2_000;
const SETTLE_STEP_MS = 0.2;
const PIPE_STEP_MS = 5;
const MAX_WRITE_BYTES = 64 * 1024 * 1024;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** What a destination reports; `rest` is what an error left unwritten. */
export interface DestinationEvents {
  done(): void;
  failed(error: Error, rest: Buffer): void;
}

/**
 * An open file descriptor with at most one chunk in flight. Files are written asynchronously, by sonic-boom; pipes and
 * terminals at once, so that their order is exact, pipes without blocking where the system allows it.
 */
export class Destination {
  readonly name: string;
  readonly #fd: number;
  readonly #owned: boolean;
  readonly #isFile: boolean;
  readonly #events: DestinationEvents;
  #boom: SonicBoom | undefined;
  #chunk: Buffer | undefined;
  /** Bytes of the chunk that are not known to be written. */
  #left = 0;
  #size: number;
  /** What the file measures once the chunk in flight is in it. */
  #settledSize = 0;
  #ended: (() => void) | undefined;
  #syncing: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Whether the last wait for it was in vain: until it takes something, nobody waits again. */
  #stalled = false;

  /** @param owned whether the descriptor is closed at the end */
  constructor(fd: number, name: string, owned: boolean, events: DestinationEvents) {
    const stat = fstatSync(fd);
    const pipe = stat.isFIFO() && !owned ? ownPipe(fd) : undefined;
    this.#fd = pipe ?? fd;
    this.#owned = owned || pipe !== undefined;
    this.name = name;
    this.#isFile = stat.isFile();
    this.#size = this.#isFile ? stat.size : 0;
    this.#events = events;
  }

  /** Whether a chunk is in flight. */
  get busy(): boolean {
    return this.#chunk !== undefined;
  }

  /** Bytes in flight. */
  get inFlightBytes(): number {
    return this.#left;
  }

  /** The file's size with what is in flight. */
  get size(): number {
    return this.#size + this.#left;
  }

  /** Starts to write; the outcome comes as an event. Not while busy. */
  write(bytes: Buffer): void {
    this.#chunk = bytes;
    this.#left = bytes.length;
    if (this.#isFile) {
      // Asked each time: others may have cut the file.
      this.#settledSize = fstatSync(this.#fd).size + bytes.length;
      this.#boom ??= this.#newBoom();
      // Its types know strings only; in buffer mode it takes buffers.
      (this.#boom as unknown as { write(data: Buffer): boolean }).write(bytes);
      return;
    }
    try {
      while (this.#left > 0) this.#wrote(writeSync(this.#fd, bytes, bytes.length - this.#left));
    } catch (error) {
      setImmediate(() => this.#chunk === bytes && this.#failed(error as Error));
      return;
    }
    setImmediate(() => this.#chunk === bytes && this.#done());
  }

  /** Takes back what is known to be unwritten of a chunk whose outcome has not been reported; not of a file's. */
  reclaim(): Buffer | undefined {
    if (this.#isFile || this.#chunk === undefined) return undefined;
    const rest = this.#chunk.subarray(this.#chunk.length - this.#left);
    this.#chunk = undefined;
    this.#left = 0;
    return rest;
  }

  #newBoom(): SonicBoom {
    // EAGAIN comes as an error like any other: the retry is the caller's.
    const options = { fd: this.#fd, minLength: 0, maxWrite: MAX_WRITE_BYTES, retryEAGAIN: () => false };
    const boom = new sonicBoom.SonicBoom({ ...options, contentMode: "buffer" });
    boom.on("write", (written: number) => this.#wrote(written));
    boom.on("drain", () => this.#done());
    boom.on("error", (error: Error) => {
      // It keeps the rest of the chunk; the rest is ours to write, so a fresh one takes its place.
      this.#boom = undefined;
      this.#failed(error);
    });
    return boom;
  }

  #wrote(bytes: number): void {
    this.#left -= bytes;
    this.#size += bytes;
    this.#stalled = false;
  }

  #done(): void {
    if (this.#chunk === undefined) return;
    this.#chunk = undefined;
    this.#left = 0;
    this.#ended?.();
    this.#events.done();
  }

  #failed(error: Error): void {
    if (this.#chunk === undefined) return;
    const rest = this.#chunk.subarray(this.#chunk.length - this.#left);
    this.#chunk = undefined;
    this.#left = 0;
    this.#ended?.();
    this.#events.failed(error, rest);
  }

  /**
   * Waits, blocking, until the chunk in flight is in the kernel.
   *
   * @returns whether it is; false after 2 s.
   */
  settle(): boolean {
    if (!this.#isFile || this.#left === 0) return true;
    const until = this.#stalled ? 0 : performance.now() + MAX_SETTLE_MS;
    while (fstatSync(this.#fd).size < this.#settledSize) {
      if (performance.now() > until) {
        this.#stalled = true;
        return false;
      }
      Atomics.wait(sleeper, 0, 0, SETTLE_STEP_MS);
    }
    return true;
  }

  /**
   * Writes, blocking. A full pipe is waited for up to 2 s without progress.
   *
   * @returns undefined, or what went wrong and what is left to write.
   */
  writeSync(bytes: Buffer): { error: Error; rest: Buffer } | undefined {
    let rest = bytes;
    let until = this.#stalled ? 0 : performance.now() + MAX_SETTLE_MS;
    while (rest.length > 0) {
      try {
        const written = writeSync(this.#fd, rest);
        this.#size += written;
        rest = rest.subarray(written);
        until = performance.now() + MAX_SETTLE_MS;
      } catch (error) {
        this.#stalled = errnoOf(error) === "EAGAIN" && performance.now() > until;
        if (errnoOf(error) !== "EAGAIN" || this.#stalled) return { error: error as Error, rest };
        Atomics.wait(sleeper, 0, 0, PIPE_STEP_MS);
      }
    }
    this.#stalled = false;
    return undefined;
  }

  /** Brings everything written to the disk; resolves to the error, if any. What has no disk behind it is fine. */
  async sync(): Promise<Error | undefined> {
    if (!this.#isFile || this.#closed) return undefined;
    const synced = new Promise<Error | undefined>((resolve) => fsync(this.#fd, (error) => resolve(error ?? undefined)));
    // The descriptor must stay open for all that are under way.
    this.#syncing = Promise.all([this.#syncing, synced]);
    return synced;
  }

  /** After the chunk in flight, closes the descriptor if it is ours; resolves to the error, if any. */
  async end(toDisk: boolean): Promise<Error | undefined> {
    if (this.busy) await new Promise<void>((resolve) => (this.#ended = resolve));
    if (!this.#owned) return undefined;
    const failure = toDisk ? await this.sync() : undefined;
    this.#closed = true;
    await this.#syncing;
    return new Promise((resolve) => close(this.#fd, (error) => resolve(failure ?? error ?? undefined)));
  }
}

/** The same pipe, without blocking, and without touching the flags that others see; undefined where there is no /proc. */
function ownPipe(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // Elsewhere writing to a pipe blocks, as it does for process.stdout.
    return undefined;
  }
}
