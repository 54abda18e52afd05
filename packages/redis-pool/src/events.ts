import type { PoolError } from "@servertech/resource-pool";

/** What a connection is for: commands of all, one caller at a time, or subscriptions. */
export type ConnectionRole = "shared" | "exclusive" | "subscriber";

/** The events of a Redis pool, all of them rare. None is emitted for a command or a loan. */
export interface RedisPoolEvents {
  /** A connection is open. `durationMs`: connecting and logging in, in milliseconds. */
  connect: [{ readonly role: ConnectionRole; readonly durationMs: number }];
  /** A connection has ended; `reason` is undefined when the pool ended it. */
  remove: [{ readonly role: ConnectionRole; readonly reason: unknown }];
  /** Nobody came to the turn: a caller of `use`, `transaction` or a blocking command got no connection in time. */
  timeout: [error: PoolError];
  /**
   * An exclusive connection is held for longer than `leakDetectionMs`, or was still held when the closing pool ended it:
   * `POOL_LEASE_LEAKED` with the stack of the call that holds it.
   */
  leak: [error: PoolError];
  /**
   * Redis cannot be reached: the last shared connection was lost, or without one a connection could not be opened. Once until
   * `up`.
   */
  down: [reason: unknown];
  /** Redis can be reached again. */
  up: [];
}
