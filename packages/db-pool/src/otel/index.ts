/** Metrics and spans of database pools for OpenTelemetry. */
import type { Attributes, Meter, Tracer } from "@opentelemetry/api";
import { type PoolKind, instrumentPool } from "@servertech/resource-pool/otel";
import type { DbPool } from "../db-pool.ts";
import { type DbQueryContext, acquireChannel, queryChannel, transactionChannel } from "../tracing.ts";

/** What is recorded, and where to. */
export interface InstrumentOptions {
  /** @default the global meter `@servertech/db-pool` */
  meter?: Meter | undefined;
  /** Makes spans of waits for a connection, of statements and of transactions. @default no spans */
  tracer?: Tracer | undefined;
  /**
   * The pool to observe: its waits only, its counts and the time its connections take to open. @default the waits and loans
   * of all pools of the process, without counts
   */
  target?: DbPool | undefined;
  /** `db.client.connection.pool.name`. @default the pool's `name` */
  poolName?: string | undefined;
}

/**
 * Begins to record, until the result is disposed.
 *
 * Wait and use times are those of `acquire`, `use` and `transaction`; statements called on the pool share connections.
 *
 * @throws OptionError on wrong options.
 */
export function instrument(options: InstrumentOptions = {}): Disposable {
  return instrumentPool(options, DB_POOLS);
}

const DB_POOLS: PoolKind<DbPool> = {
  packageName: "@servertech/db-pool",
  acquires: acquireChannel,
  spanned: [
    { name: "db-pool acquire", channel: acquireChannel },
    { name: "db-pool query", channel: queryChannel, attributesOf: operationOf },
    { name: "db-pool transaction", channel: transactionChannel },
  ],
  watchOpenings(pool, opened) {
    const onConnect = ({ durationMs }: { readonly durationMs: number }): void => opened(durationMs);
    pool.on("connect", onConnect);
    return () => pool.off("connect", onConnect);
  },
};

/** The statement's first word, never the rest: a text may hold values. */
function operationOf({ sql }: DbQueryContext): Attributes {
  const word = /^\s*([a-z]+)/i.exec(sql)?.[1];
  return word === undefined ? {} : { "db.operation.name": word.toUpperCase() };
}
