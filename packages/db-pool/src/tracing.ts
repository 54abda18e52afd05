import type { TracingChannel } from "node:diagnostics_channel";
import { operationChannel } from "@servertech/core";

/** A pool as traces tell of it. */
export interface TracedPool {
  readonly name: string;
}

/** What subscribers to `servertech:db-pool:acquire` get: one wait for a connection of one's own. */
export interface DbAcquireContext {
  /** The pool that lends. */
  readonly target: object;
  /** Its `name`. */
  readonly pool: string;
  /** Called when the loan ends, if a subscriber has set it until the connection is lent. Must not throw. */
  onRelease?: (() => void) | undefined;
  /** Set by Node when the wait failed. */
  error?: unknown;
}

/** What subscribers to `servertech:db-pool:query` get: one statement, waiting for its connection included. */
export interface DbQueryContext {
  /** The pool, the connection or the transaction it was called on. */
  readonly target: object;
  /** The pool whose connection it uses. */
  readonly owner: object;
  /** That pool's `name`. */
  readonly pool: string;
  /** The text as it is sent, `?` in place of the parameters. Never their values. */
  readonly sql: string;
  /** Set by Node when it failed. */
  error?: unknown;
}

/** What subscribers to `servertech:db-pool:transaction` get: one transaction, its retries included. */
export interface DbTransactionContext {
  /** The pool it was called on. */
  readonly target: object;
  /** Its `name`. */
  readonly pool: string;
  /** Attempts so far. */
  attempts: number;
  /** Set by Node when it failed. */
  error?: unknown;
}

export const acquireChannel: TracingChannel<unknown, DbAcquireContext> = operationChannel("db-pool", "acquire");
export const queryChannel: TracingChannel<unknown, DbQueryContext> = operationChannel("db-pool", "query");
export const transactionChannel: TracingChannel<unknown, DbTransactionContext> = operationChannel(
  "db-pool",
  "transaction",
);
