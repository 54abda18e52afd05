import { ServertechError } from "@servertech/core";
import type { PoolStats } from "./stats.ts";

/**
 * - `POOL_ACQUIRE_TIMEOUT`: the deadline of an acquire passed. The message tells an exhausted pool from a server that
 *   cannot be reached, `cause` is then the last failed open. Retryable.
 * - `POOL_QUEUE_FULL`: `maxWaiting` callers wait already. Retryable.
 * - `POOL_CONNECT_FAILED`: a resource could not be opened; seen as `cause`, and by callers of a pool that fails fast. Retryable.
 * - `POOL_CONNECT_TIMEOUT`: opening took longer than `connectTimeoutMs`; seen in the same places. Retryable.
 * - `POOL_REFUSED_AUTH`: opening was refused for good, for instance a wrong password. Rejects all waiters at once.
 * - `POOL_LEASE_RELEASED`: a lease was used or released after it had ended.
 * - `POOL_LEASE_LEAKED`: a lease was held for longer than `leakDetectionMs`, or until the pool closed. In the `leak` event,
 *   never thrown; its `stack` is that of the acquire.
 * - `POOL_CLOSED`: the pool is closed, or closing.
 */
export type PoolErrorCode =
  | "POOL_ACQUIRE_TIMEOUT"
  | "POOL_QUEUE_FULL"
  | "POOL_CONNECT_FAILED"
  | "POOL_CONNECT_TIMEOUT"
  | "POOL_REFUSED_AUTH"
  | "POOL_LEASE_RELEASED"
  | "POOL_LEASE_LEAKED"
  | "POOL_CLOSED";

const RETRYABLE: ReadonlySet<PoolErrorCode> = new Set<PoolErrorCode>([
  "POOL_ACQUIRE_TIMEOUT",
  "POOL_QUEUE_FULL",
  "POOL_CONNECT_FAILED",
  "POOL_CONNECT_TIMEOUT",
]);

/** What an error says of itself besides its message. */
export interface PoolErrorOptions {
  cause?: unknown;
  /** The pool as it was when the error came up. */
  stats?: PoolStats | undefined;
}

/** What a pool refuses or fails at, told apart by `code`. */
export class PoolError extends ServertechError<PoolErrorCode> {
  override readonly name: string = "PoolError";
  /** The pool as it was when an acquire failed; undefined on other errors. */
  readonly stats: PoolStats | undefined;

  constructor(code: PoolErrorCode, message: string, options: PoolErrorOptions = {}) {
    const cause = "cause" in options ? { cause: options.cause } : {};
    super(code, message, { ...cause, retryable: RETRYABLE.has(code) });
    this.stats = options.stats;
  }
}
