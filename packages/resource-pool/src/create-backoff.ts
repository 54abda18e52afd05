import { backoffMs } from "@servertech/core";
import type { PoolError } from "./errors.ts";

export interface CreateBackoffOptions {
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly maxConnecting: number;
  readonly connectTimeoutMs: number;
}

/**
 * How many opens may run: several while all is well; after a failure none for a pause that grows, then a single probe,
 * until one succeeds. Opens that hang, as in a black hole, do not keep further ones from finding out that it is over.
 */
export class CreateBackoff {
  readonly #options: CreateBackoffOptions;
  readonly #onRetry: () => void;
  #failures = 0;
  #lastError: PoolError | undefined;
  #pause: NodeJS.Timeout | undefined;
  /** An open that has run for so long may be followed by another one. */
  readonly #patienceMs: number;
  #patience: NodeJS.Timeout | undefined;
  /** The last open has run for so long. */
  #overdue = false;

  /** @param onRetry called when there may be room for more. */
  constructor(options: CreateBackoffOptions, onRetry: () => void) {
    this.#options = options;
    this.#onRetry = onRetry;
    // Evenly spaced, so that there is always one that has just begun.
    this.#patienceMs = Math.ceil(options.connectTimeoutMs / options.maxConnecting);
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Of the last failure; undefined after a success. */
  get lastError(): PoolError | undefined {
    return this.#lastError;
  }

  /**
   * @param opening how many run already.
   * @param doubtful whether all that was open is lost: half of them are then kept back.
   */
  room(opening: number, doubtful: boolean): number {
    const { maxConnecting } = this.#options;
    if (this.#failures === 0) return (doubtful ? Math.ceil(maxConnecting / 2) : maxConnecting) - opening;
    return this.#pause === undefined ? 1 - opening : 0;
  }

  /** Whether those that run have taken so long that one more may tell more. */
  isOverdue(opening: number): boolean {
    return this.#overdue && this.#pause === undefined && opening > 0 && opening < this.#options.maxConnecting;
  }

  /** To be called when an open begins. */
  began(): void {
    this.#overdue = false;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.#overdue = true;
      this.#onRetry();
    }, this.#patienceMs).unref();
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
    clearTimeout(this.#patience);
    this.#pause = undefined;
  }
}
