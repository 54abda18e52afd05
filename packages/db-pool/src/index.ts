export { createDbPool } from "./db-pool.ts";
export { sql } from "./sql-template.ts";
export { DbPoolError } from "./errors.ts";
export { PoolError } from "@servertech/resource-pool";

export type { DbPool } from "./db-pool.ts";
export type { TransactionOptions } from "./transaction-options.ts";
export type { DbConnection } from "./db-connection.ts";
export type { DbTransaction } from "./db-transaction.ts";
export type { DbPoolEvents, DbPoolListener } from "./pool-events.ts";
export type { DbAcquireContext, DbQueryContext, DbTransactionContext } from "./tracing.ts";
export type { DbReader, ReplicaState, ReplicaStats } from "./replica-reads.ts";
export type { DbPoolOptions, IsolationLevel, ReplicaOptions, SessionOptions } from "./options.ts";
export type { InsertManyOptions, InsertRow } from "./insert-many.ts";
export type { Loader, LoaderKey, LoaderOptions } from "./loader.ts";
export type { QueryMethods, QueryOptions, RunResult, StreamOptions } from "./query-methods.ts";
export type { SqlFragment, SqlPart, SqlTag } from "./sql-template.ts";
export type { Sql, SqlParams, SqlValue } from "./parameters.ts";
export type { Field, TypeCast } from "./connection-factory.ts";
export type { DbPoolErrorCode, DbPoolErrorOptions } from "./errors.ts";
export type {
  AcquireOptions,
  PoolCloseReport,
  PoolErrorCode,
  PoolOptions,
  PoolStats,
  TlsOptions,
  WarmUpOptions,
} from "@servertech/resource-pool";
