import { optionChecks } from "@servertech/core";
import type { Clock } from "../timers/clock.ts";

/** When the clock begins. */
export interface FakeClockOptions {
  /** What the wall clock shows at first. @default 2026-01-01T00:00:00Z */
  start?: Date | number | undefined;
}

/** How time passes. */
export interface AdvanceOptions {
  /** Time passes first, as when the event loop is blocked; then everything due fires, late. @default false */
  block?: boolean | undefined;
}

/** A clock that moves when it is told to, for tests: `createScheduler({ clock })`. */
export interface FakeClock extends Clock {
  /**
   * Lets `ms` milliseconds pass on both clocks. What becomes due fires in order, each at its time; promises and
   * immediates get their turn after each. `advance(0)` only settles.
   */
  advance(ms: number, options?: AdvanceOptions): Promise<void>;
  /** Sets the wall clock forward or, below 0, back. Schedulers notice at once; nothing becomes due by it early. */
  jump(ms: number): void;
}

/** @throws OptionError */
export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  const check = optionChecks(options, ["start"]);
  const start = Number(options?.start ?? Date.UTC(2026, 0, 1));
  if (!Number.isFinite(start)) check.problem("start", "must be a valid Date or milliseconds since 1970", options.start);
  return check.done(new ManualClock(start));
}

interface Sleep {
  readonly at: number;
  readonly callback: () => void;
}

class ManualClock implements FakeClock {
  // A jump wakes all sleepers, so nobody has to look by himself.
  readonly wallCheckMs: number = Infinity;
  #monotonic = 0;
  #start: number;
  #next = 0;
  readonly #sleeps = new Map<unknown, Sleep>();

  constructor(start: number) {
    this.#start = start;
  }

  wall(): number {
    return this.#start + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  wake(callback: () => void, ms: number): unknown {
    const handle = ++this.#next;
    this.#sleeps.set(handle, { at: this.#monotonic + ms, callback });
    return handle;
  }

  clear(handle: unknown): void {
    this.#sleeps.delete(handle);
  }

  jump(ms: number): void {
    checked("ms", ms, -Number.MAX_SAFE_INTEGER);
    this.#start += ms;
    const sleeps = [...this.#sleeps.values()];
    this.#sleeps.clear();
    for (const { callback } of sleeps) callback();
  }

  async advance(ms: number, { block = false }: AdvanceOptions = {}): Promise<void> {
    checked("ms", ms, 0);
    const end = this.#monotonic + ms;
    if (block) this.#monotonic = end;
    await settle();
    for (let first = this.#firstUntil(end); first !== undefined; first = this.#firstUntil(end)) {
      const [handle, sleep] = first;
      this.#sleeps.delete(handle);
      this.#monotonic = Math.max(this.#monotonic, sleep.at);
      sleep.callback();
      await settle();
    }
    this.#monotonic = end;
  }

  /** The next to wake, of equal times the one that went to sleep first. */
  #firstUntil(end: number): readonly [unknown, Sleep] | undefined {
    let first: readonly [unknown, Sleep] | undefined;
    for (const entry of this.#sleeps)
      if (entry[1].at <= end && entry[1].at < (first?.[1].at ?? Infinity)) first = entry;
    return first;
  }
}

/** Lets promises and immediates get their turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function checked(name: string, value: number, min: number): void {
  const check = optionChecks(undefined, []);
  check.number(name, value, { min });
  check.done(value);
}
