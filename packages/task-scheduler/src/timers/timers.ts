import type { Clock } from "./clock.ts";
import { TimerHeap, type TimerQueue } from "./timer-heap.ts";

// Node.js clamps a longer delay to 1 ms: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
const MAX_SLEEP_MS = 2 ** 31 - 1;

declare const timerBrand: unique symbol;

/** Names a call that is due later, for {@link Timers.cancel}. */
export type Timer = number & { readonly [timerBrand]: true };

/**
 * All timers of a scheduler, behind one timer of its clock.
 *
 * None fires before it is due on its own clock. They fire in order of due time, equal ones in order of insertion. One
 * that is cancelled by another due at the same instant does not fire. Any delay up to the largest safe integer is legal.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #monotonic: TimerQueue = new TimerHeap();
  readonly #wall: TimerQueue = new TimerHeap();
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
    const id = this.#monotonic.push(due, ++this.#seq, callback);
    if (due < this.#wakeAt && !this.#firing) this.#sleep();
    return id as Timer;
  }

  /** Calls back at an instant of the wall clock, soon if it is past. The callback must not throw. */
  at(epochMs: number, callback: () => void): Timer {
    const id = this.#wall.push(epochMs, ++this.#seq, callback);
    if (!this.#firing) this.#sleep();
    return (-1 - id) as Timer;
  }

  /** Ends a timer without a call, and says whether it was still pending. */
  cancel(timer: Timer | undefined): boolean {
    if (timer === undefined) return false;
    return timer < 0 ? this.#wall.cancel(-1 - timer) : this.#monotonic.cancel(timer);
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

  #fire(queue: TimerQueue, now: number, last: number): void {
    while (queue.peekDue() <= now && queue.peekSeq() <= last) {
      queue.pop()?.();
    }
  }
}
