/** Starts per time: at most `limit` each `intervalMs` in the long run, at most `burst` at once. */
export interface RateOptions {
  /** Starts per interval. At least 1. */
  limit: number;
  /** In milliseconds. At least 1. */
  intervalMs: number;
  /** Starts at once after a quiet time. At least 1. @default limit */
  burst?: number | undefined;
}

export interface ResolvedRate {
  readonly limit: number;
  readonly intervalMs: number;
  readonly burst: number;
}

/**
 * The generic cell rate algorithm (ITU-T I.371): one number says when the next start would be due if all starts were
 * evenly spaced; a start may come up to `burst - 1` spaces before that.
 */
export class RateLimit {
  readonly #spaceMs: number;
  readonly #toleranceMs: number;
  #dueAt = -Infinity;

  constructor({ limit, intervalMs, burst }: ResolvedRate) {
    this.#spaceMs = intervalMs / limit;
    this.#toleranceMs = this.#spaceMs * (burst - 1);
  }

  /** When the next start is allowed, on the clock of `take`; in the past when it is now. */
  get opensAt(): number {
    return this.#dueAt - this.#toleranceMs;
  }

  /** Counts a start at `now`, which must not come before {@link RateLimit.opensAt}. */
  take(now: number): void {
    this.#dueAt = Math.max(this.#dueAt, now) + this.#spaceMs;
  }
}
