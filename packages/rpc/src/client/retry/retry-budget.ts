/** How many retries there may be. */
export interface RetryBudgetLimits {
  /** Retries for each call. */
  readonly ratio: number;
  /** Retries beyond that, a second. */
  readonly minPerSecond: number;
}

const WINDOW_MS = 10_000;
/** How often it is noted how many calls there were, at most; retries of so long count as made at the last of them. */
const LOOK_MS = 250;

/**
 * Keeps retries from making an overload worse: within any ten seconds no more than `ratio` times the calls of these seconds
 * and `minPerSecond` a second. Calls are counted by whoever makes them; nothing is done, and no clock read, for a call.
 */
export class RetryBudget {
  readonly #limits: RetryBudgetLimits;
  readonly #calls: () => number;
  readonly #now: () => number;
  /** When retries were made, and calls there were until then. */
  #looks: { readonly at: number; readonly calls: number }[];
  /** Of the window, in the order they were made. */
  readonly #retries: { readonly from: number; at: number; count: number }[] = [];
  #made = 0;
  #refused = 0;

  /** @param calls made so far. @param now a clock that never goes back, in milliseconds. */
  constructor(limits: RetryBudgetLimits, calls: () => number, now: () => number) {
    this.#limits = limits;
    this.#calls = calls;
    this.#now = now;
    this.#looks = [{ at: now(), calls: calls() }];
  }

  /** Retries that were not allowed. */
  get refused(): number {
    return this.#refused;
  }

  /** @returns whether one more retry may be made; then it counts. */
  take(): boolean {
    const now = this.#now();
    const since = now - WINDOW_MS;
    while (this.#retries[0] !== undefined && this.#retries[0].at <= since)
      this.#made -= this.#retries.shift()?.count ?? 0;
    const allowed = this.#limits.ratio * this.#recent(now) + (this.#limits.minPerSecond * WINDOW_MS) / 1_000;
    if (this.#made + 1 > allowed) {
      this.#refused += 1;
      return false;
    }
    this.#made += 1;
    const last = this.#retries.at(-1);
    if (last === undefined || now - last.from >= LOOK_MS) this.#retries.push({ from: now, at: now, count: 1 });
    else {
      last.at = now;
      last.count += 1;
    }
    return true;
  }

  /** Calls of the last ten seconds. Where there was no look for longer, calls are taken to have come evenly. */
  #recent(now: number): number {
    const calls = this.#calls();
    const last = this.#looks.at(-1) as { at: number; calls: number };
    if (now - last.at >= LOOK_MS) this.#looks.push({ at: now, calls });
    while (this.#looks.length > 1 && (this.#looks[1] as { at: number }).at <= now - WINDOW_MS) this.#looks.shift();
    const [first] = this.#looks as [{ at: number; calls: number }];
    const elapsed = Math.max(1, now - first.at);
    return (calls - first.calls) * Math.min(1, WINDOW_MS / elapsed);
  }
}
