export interface BreakerOptions {
  /** Failures within `windowMs` that open it. */
  readonly failures: number;
  readonly windowMs: number;
  /** How long it stays open. */
  readonly openMs: number;
  /** Milliseconds that never go back. @default performance.now */
  readonly now?: (() => number) | undefined;
}

/**
 * Leaves a provider alone that fails all the time: after `failures` within `windowMs` nothing is let through for
 * `openMs`; then one try is, and its outcome decides.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #now: () => number;
  #failedAt: number[] = [];
  #openUntil: number | undefined;
  #trying = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** 0: go ahead, and say how it went. Else the milliseconds until a try makes sense. */
  waitMs(): number {
    if (this.#openUntil === undefined) return 0;
    const left = this.#openUntil - this.#now();
    if (left > 0) return left;
    // One try at a time; whoever comes meanwhile waits a moment.
    if (this.#trying) return Math.min(1_000, this.#options.openMs);
    this.#trying = true;
    return 0;
  }

  succeeded(): void {
    this.#failedAt = [];
    this.#openUntil = undefined;
    this.#trying = false;
  }

  failed(): void {
    const now = this.#now();
    this.#failedAt = this.#failedAt.filter((at) => now - at < this.#options.windowMs);
    this.#failedAt.push(now);
    if (this.#trying || this.#failedAt.length >= this.#options.failures) this.#openUntil = now + this.#options.openMs;
    this.#trying = false;
  }

  /** The try said nothing about the provider: its caller went away. */
  abandoned(): void {
    this.#trying = false;
  }
}
