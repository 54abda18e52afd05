import type { Clock } from "./clock.ts";
import { type TimerEntry, TimerHeap, type TimerQueue } from "./timer-heap.ts";

/** A call that is due later. */
export interface Timer {
  /** Ends it without a call, and says whether it was still pending. */
  cancel(): boolean;
}

// Node.js clamps a longer delay to 1 ms: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
const MAX_SLEEP_MS = 2 ** 31 - 1;

class Entry implements Timer, TimerEntry {
  callback: (() => void) | undefined;
  readonly #queue: TimerQueue<Entry>;

  constructor(queue: TimerQueue<Entry>, callback: () => void) {
    this.#queue = queue;
    this.callback = callback;
  }

  cancel(): boolean {
    if (this.callback === undefined) return false;
    this.callback = undefined;
    this.#queue.cancelled();
    return true;
  }
}

/**
 * All timers of a scheduler, behind one timer of its clock.
 *
 * None fires before it is due on its own clock. They fire in order of due time, equal ones in order of insertion. One
 * that is cancelled by another due at the same instant does not fire. Any delay up to the largest safe integer is legal.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #monotonic: TimerQueue<Entry> = new TimerHeap<Entry>();
  readonly #wall: TimerQueue<Entry> = new TimerHeap<Entry>();
  #seq = 0;
  #firing = false;
  #handle: unknown;
  /** When the clock's timer goes off, on the monotonic clock. */
  #wakeAt = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Timers that are pending. */
  get size(): number {
    return this.#monotonic.size + this.#wall.size;
  }

  /** Calls back once `ms` milliseconds have passed on the monotonic clock. The callback must not throw. */
  after(ms: number, callback: () => void): Timer {
    return this.when(this.#clock.monotonic() + ms, callback);
  }

  /** Calls back at a time of the monotonic clock. The callback must not throw. */
  when(due: number, callback: () => void): Timer {
    return this.#add(this.#monotonic, due, callback);
  }

  /** Calls back at an instant of the wall clock, soon if it is past. The callback must not throw. */
  at(epochMs: number, callback: () => void): Timer {
    return this.#add(this.#wall, epochMs, callback);
  }

  #add(queue: TimerQueue<Entry>, due: number, callback: () => void): Timer {
    const entry = new Entry(queue, callback);
    queue.push(due, ++this.#seq, entry);
    if (!this.#firing) this.#sleep();
    return entry;
  }

  /** Sets the clock's timer for whatever is due first. A wake-up that turns out too early only comes back here. */
  #sleep(): void {
    if (this.size === 0) return;
    const now = this.#clock.monotonic();
    let ms = this.#monotonic.peekDue() - now;
    if (this.#wall.size > 0) ms = Math.min(ms, this.#wall.peekDue() - this.#clock.wall(), this.#clock.wallCheckMs);
    ms = Math.max(1, Math.min(Math.ceil(ms), MAX_SLEEP_MS));
    if (now + ms >= this.#wakeAt) return;
    if (this.#handle !== undefined) this.#clock.clear(this.#handle);
    this.#wakeAt = now + ms;
    this.#handle = this.#clock.wake(this.#run, ms);
  }

  readonly #run = (): void => {
    this.#handle = undefined;
    this.#wakeAt = Infinity;
    // What a callback adds waits for the next turn: a chain of zero delays must not hold up the event loop.
    const last = this.#seq;
    this.#firing = true;
    try {
      this.#fire(this.#monotonic, this.#clock.monotonic(), last);
      this.#fire(this.#wall, this.#clock.wall(), last);
    } finally {
      this.#firing = false;
      this.#sleep();
    }
  };

  #fire(queue: TimerQueue<Entry>, now: number, last: number): void {
    while (queue.peekDue() <= now && queue.peekSeq() <= last) {
      const entry = queue.pop();
      const callback = entry?.callback;
      if (entry === undefined || callback === undefined) return;
      entry.callback = undefined;
      callback();
    }
  }
}
