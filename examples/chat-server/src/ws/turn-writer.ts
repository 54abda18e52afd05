import type { TextFrame } from "./text-frame.ts";

/** What frames are written to. */
export interface FrameTarget {
  /** One write with all the frames of a turn. */
  write(bytes: Buffer): void;
}

/**
 * Frames that wait for the end of this turn of the event loop, in which a busy room has several for each of its sockets:
 * they go out by one write a socket. Its system call is what a message costs; waiting for the end of the turn adds no time
 * when there is nothing else to do.
 */
export class TurnWriter {
  readonly #waiting = new Map<FrameTarget, TextFrame[]>();
  #scheduled = false;

  add(target: FrameTarget, frame: TextFrame): void {
    const frames = this.#waiting.get(target);
    if (frames === undefined) this.#waiting.set(target, [frame]);
    else frames.push(frame);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flushAll());
  }

  /** Writes what waits for this one now: what comes next does not go this way. */
  flush(target: FrameTarget): void {
    const frames = this.#waiting.get(target);
    if (frames === undefined) return;
    this.#waiting.delete(target);
    target.write(joined(frames));
  }

  #flushAll(): void {
    this.#scheduled = false;
    const all = [...this.#waiting];
    this.#waiting.clear();
    // Sockets of one room get the same frames: their bytes are put together once.
    let last: { readonly frames: readonly TextFrame[]; readonly bytes: Buffer } | undefined;
    for (const [target, frames] of all) {
      if (last === undefined || !isSame(last.frames, frames)) last = { frames, bytes: joined(frames) };
      target.write(last.bytes);
    }
  }
}

function isSame(a: readonly TextFrame[], b: readonly TextFrame[]): boolean {
  return a.length === b.length && a.every((frame, index) => frame === b[index]);
}

function joined(frames: readonly TextFrame[]): Buffer {
  const [first] = frames;
  return frames.length === 1 && first !== undefined ? first.bytes : Buffer.concat(frames.map(({ bytes }) => bytes));
}
