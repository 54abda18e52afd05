/**
 * Deadlines for calls: one timer wheel for the whole process instead of one `setTimeout` each.
 *
 * A hashed wheel (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987) of 10 ms slots: adding and
 * cancelling cost a few pointer writes. It never fires early, and with a free event loop at most 20 ms late. Its one
 * timer never keeps the process alive and sleeps until the next slot that holds something.
 */

const TICK_MS = 10;
const SLOTS = 512;
/** Node clamps a longer delay to 1 ms and warns: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A deadline that has not passed. */
export interface Deadline {
  /** When it passes, on the clock of performance.now(): up to 10 ms after the time that was asked for. */
  readonly dueAt: number;
  /** Ends it without a call. Harmless after it fired or was cancelled. */
  cancel(): void;
}

class Entry implements Deadline {
  callback: (() => void) | undefined;
  dueTick = 0;
  previous: Entry | undefined;
  next: Entry | undefined;
  readonly #wheel: DeadlineWheel | undefined;

  get dueAt(): number {
    return this.dueTick * TICK_MS;
  }

  constructor(wheel?: DeadlineWheel) {
    this.#wheel = wheel;
  }

  cancel(): void {
    if (this.callback !== undefined) this.#wheel?.remove(this);
  }
}

/** The clock and the timer a wheel runs on; tests give their own. */
export interface WheelClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back once after `ms`. */
  set(callback: () => void, ms: number): unknown;
  clear(handle: unknown): void;
}

const systemClock: WheelClock = {
  now: () => performance.now(),
  set: (callback, ms) => setTimeout(callback, ms).unref(),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** @internal The wheel itself; use {@link deadlineIn}. */
export class DeadlineWheel {
  readonly #clock: WheelClock;
  /** Each slot is a ring with a sentinel, in order of insertion. */
  readonly #slots: Entry[] = Array.from({ length: SLOTS }, () => ring());
  #size = 0;
  /** Everything due at or before this tick has been fired. */
  #firedTick = 0;
  #wakeTick = Infinity;
  #timer: unknown;

  constructor(clock: WheelClock = systemClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#size;
  }

  add(ms: number, callback: () => void): Deadline {
    const now = this.#clock.now();
    if (this.#size === 0) this.#firedTick = Math.floor(now / TICK_MS);
    const entry = new Entry(this);
    entry.callback = callback;
    entry.dueTick = Math.max(Math.ceil((now + ms) / TICK_MS), this.#firedTick + 1);
    const sentinel = this.#slot(entry.dueTick);
    const last = sentinel.previous ?? sentinel;
    last.next = entry;
    entry.previous = last;
    entry.next = sentinel;
    sentinel.previous = entry;
    this.#size += 1;
    if (entry.dueTick < this.#wakeTick) this.#wakeAt(entry.dueTick, now);
    return entry;
  }

  /** Takes an entry out. Its slot's wake-up stays: it will find nothing and go to sleep. */
  remove(entry: Entry): void {
    entry.callback = undefined;
    if (entry.previous !== undefined) entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.previous = entry.next = undefined;
    this.#size -= 1;
  }

  #slot(tick: number): Entry {
    return this.#slots[tick % SLOTS] as Entry;
  }

  #wakeAt(tick: number, now: number): void {
    if (this.#timer !== undefined) this.#clock.clear(this.#timer);
    this.#wakeTick = tick;
    // A timer of Node may fire up to 1 ms early on the clock of performance.now(); #run then sleeps again.
    const ms = Math.min(Math.max(1, Math.ceil(tick * TICK_MS - now)), MAX_TIMER_MS);
    this.#timer = this.#clock.set(this.#run, ms);
  }

  readonly #run = (): void => {
    this.#timer = undefined;
    this.#wakeTick = Infinity;
    const tick = Math.floor(this.#clock.now() / TICK_MS);
    // After a long pause one round through all slots finds everything that is due.
    const from = Math.max(this.#firedTick + 1, tick - SLOTS + 1);
    this.#firedTick = Math.max(this.#firedTick, tick);
    try {
      for (let t = from; t <= tick && this.#size > 0; t++) this.#fireSlot(this.#slot(t), tick);
    } finally {
      this.#sleep();
    }
  };

  #fireSlot(sentinel: Entry, tick: number): void {
    let entry = sentinel.next;
    const due: Entry[] = [];
    while (entry !== undefined && entry !== sentinel) {
      if (entry.dueTick <= tick) due.push(entry);
      entry = entry.next;
    }
    for (const one of due) {
      const { callback } = one;
      if (callback === undefined) continue; // cancelled by one fired before it
      this.remove(one);
      try {
        callback();
      } catch (error) {
        // A callback's own fault is an uncaught exception, as in setTimeout, and must not hold up the others.
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }

  #sleep(): void {
    if (this.#size === 0) return;
    const now = this.#clock.now();
    for (let t = this.#firedTick + 1; t <= this.#firedTick + SLOTS; t++) {
      const sentinel = this.#slot(t);
      if (sentinel.next === sentinel) continue;
      if (t < this.#wakeTick) this.#wakeAt(t, now);
      return;
    }
  }
}

function ring(): Entry {
  const sentinel = new Entry();
  sentinel.previous = sentinel.next = sentinel;
  return sentinel;
}

const shared = new DeadlineWheel();

/**
 * Calls `callback` once, not before `ms` milliseconds have passed on the monotonic clock and, with a free event loop,
 * at most 20 ms later. Does not keep the process alive.
 *
 * @param ms at least 0; the largest safe integer is legal.
 */
export function deadlineIn(ms: number, callback: () => void): Deadline {
  return shared.add(ms, callback);
}

/**
 * `promise`, or a rejection with `late()` once `timeoutMs` have passed; what the promise brings afterwards is dropped,
 * errors included.
 */
export function withDeadline<T>(promise: PromiseLike<T>, timeoutMs: number, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const deadline = deadlineIn(timeoutMs, () => reject(late()));
    promise.then(
      (value) => {
        deadline.cancel();
        resolve(value);
      },
      (error: unknown) => {
        deadline.cancel();
        reject(error);
      },
    );
  });
}
