import { backoffMs } from "@servertech/core";
import { publish } from "./channels.ts";
import { type Chunk, LINE_FEED, countLines } from "./chunk-queue.ts";
import { Destination, type DestinationEvents } from "./destination.ts";
import type { DiskSync } from "./disk-sync.ts";
import type { NoteError, Target } from "./target.ts";

export interface OpenFilesOwner extends DestinationEvents {
  readonly noteError: NoteError;
  /** The next file is open. */
  opened(): void;
  /** The next file cannot be opened now; it is tried again when lines come. */
  openFailed(error: Error): void;
}

const RETRY = { minMs: 100, maxMs: 5_000, jitter: 0 };

/** The file that lines go to, and those after and before it: when the next one is due, what fits, what is still being closed. */
export class OpenFiles {
  readonly #target: Target;
  readonly #disk: DiskSync;
  readonly #owner: OpenFilesOwner;
  readonly #retiring = new Set<Promise<Error | undefined>>();
  #current: Destination;
  #rotateAt: number;
  #failures = 0;
  #nextOpenAt = 0;
  #rotated = 0;
  #movedAway = false;

  /** Opens the first. @throws the system's error */
  constructor(target: Target, disk: DiskSync, owner: OpenFilesOwner) {
    this.#target = target;
    this.#disk = disk;
    this.#owner = owner;
    this.#current = this.#open();
    this.#rotateAt = target.nextRotation(Date.now());
  }

  #open(): Destination {
    const { fd, name, owned } = this.#target.open();
    return new Destination(fd, name, owned, this.#owner);
  }

  get current(): Destination {
    return this.#current;
  }

  /** Files opened after the first. */
  get rotated(): number {
    return this.#rotated;
  }

  /** Others have moved the present file away: its name may soon be that of another. The next attempt to open it need not wait. */
  movedAway(): void {
    this.#movedAway = true;
    this.#nextOpenAt = 0;
  }

  /** Opens the next file when the present one's time is over and it has lines. */
  rotateByTime(): void {
    if (this.#rotateAt === Infinity) return;
    const now = Date.now();
    if (now < this.#rotateAt) return;
    if (this.#current.size > 0) this.openNext();
    else this.#rotateAt = this.#target.nextRotation(now);
  }

  /** Opens the next file, and says whether it is open: until it can be, logging goes on in the old one. */
  openNext(): boolean {
    if (performance.now() < this.#nextOpenAt) return false;
    const old = this.#current;
    try {
      this.#current = this.#open();
    } catch (error) {
      this.#nextOpenAt = performance.now() + backoffMs(this.#failures, RETRY);
      this.#failures += 1;
      this.#owner.noteError(error);
      this.#owner.openFailed(error as Error);
      return false;
    }
    this.#failures = 0;
    this.#rotated += 1;
    this.#rotateAt = this.#target.nextRotation(Date.now());
    this.#retire(old, this.#disk.atClose || this.#movedAway);
    this.#movedAway = false;
    publish("rotate", { sink: this.#current.name });
    this.#owner.opened();
    return true;
  }

  #retire(old: Destination, toDisk: boolean): void {
    const ended = old.end(toDisk).then((error) => {
      this.#retiring.delete(ended);
      if (error !== undefined) this.#owner.noteError(error);
      if (!toDisk) this.#disk.closed(old.name);
      this.#target.closed(old.name);
      return error;
    });
    this.#retiring.add(ended);
  }

  /** What of a chunk goes to the present file, which may be a new one now, and what does not. */
  fit(chunk: Chunk): { readonly fitting: Chunk; readonly rest: Chunk | undefined } {
    const { bytes, lines, sequence, torn } = chunk;
    const whole = { fitting: chunk, rest: undefined };
    if (this.#fits(bytes)) return whole;
    if (!torn && this.#endOfFit(bytes) === 0 && this.#current.size > 0 && !this.openNext()) return whole;
    if (this.#fits(bytes)) return whole;
    // A line above the limit has a file of its own, the rest of a torn line belongs to this file.
    const end = this.#endOfFit(bytes) || bytes.indexOf(LINE_FEED) + 1 || bytes.length;
    if (end === bytes.length) return whole;
    const fitting = countLines(bytes.subarray(0, end));
    return {
      fitting: { bytes: bytes.subarray(0, end), lines: fitting, sequence, torn, slab: undefined },
      rest: { bytes: bytes.subarray(end), lines: lines - fitting, sequence, torn: false, slab: undefined },
    };
  }

  #fits(bytes: Buffer): boolean {
    return this.#current.size + bytes.length <= this.#target.maxFileBytes;
  }

  /** Where the last line that fits into the file ends; 0 when none does. */
  #endOfFit(bytes: Buffer): number {
    const room = this.#target.maxFileBytes - this.#current.size;
    return room <= 0 ? 0 : bytes.lastIndexOf(LINE_FEED, room - 1) + 1;
  }

  /** Syncs the present file, and waits until those before it are closed. Resolves to the first error. */
  async sync(): Promise<Error | undefined> {
    const errors = await Promise.all([this.#current.sync(), ...this.#retiring]);
    return errors.find((error) => error !== undefined) ?? (await this.#disk.syncClosed());
  }

  /** Closes the present file; resolves when nothing is left to do with closed ones. */
  async end(force: AbortSignal): Promise<void> {
    const ended = this.#current.end(this.#disk.atClose).then((error) => {
      if (error !== undefined) this.#owner.noteError(error);
    });
    await Promise.all([...this.#retiring, ended]);
    await this.#target.end(force);
  }
}
