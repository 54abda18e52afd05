import { backoffMs } from "@servertech/core";
import type { PoolError } from "./errors.ts";

export interface CreateBackoffOptions {
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly maxConnecting: number;
}

/**
 * How many opens may run: several while all is well; after a failure none for a pause that grows, then a single probe,
 * until one succeeds.
 */
export class CreateBackoff {
  readonly #options: CreateBackoffOptions;
  readonly #onRetry: () => void;
  #failures = 0;
  #lastError: PoolError | undefined;
  #pause: NodeJS.Timeout | undefined;

  /** @param onRetry called when a pause is over. */
  constructor(options: CreateBackoffOptions, onRetry: () => void) {
    this.#options = options;
    this.#onRetry = onRetry;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Of the last failure; undefined after a success. */
  get lastError(): PoolError | undefined {
    return this.#lastError;
  }

  /** @param opening how many run already. */
  room(opening: number): number {
    if (this.#failures === 0) return this.#options.maxConnecting - opening;
    return this.#pause === undefined ? 1 - opening : 0;
  }

  failed(error: PoolError): void {
    this.#lastError = error;
    const { backoffMinMs, backoffMaxMs } = this.#options;
    const range = { minMs: backoffMinMs, maxMs: backoffMaxMs, jitter: 0.5 };
    const delay = backoffMs(this.#failures, range);
    this.#failures += 1;
    clearTimeout(this.#pause);
    // Whoever waits has a timer that keeps the process alive; for the sake of `min` alone it need not live on.
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#onRetry();
    }, delay).unref();
  }

  succeeded(): void {
    this.#failures = 0;
    this.#lastError = undefined;
    this.stop();
  }

  stop(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }
}
