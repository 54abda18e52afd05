export { createResourcePool } from "./resource-pool.ts";
export { PoolError } from "./errors.ts";
export { POOL_OPTION_NAMES, checkPoolOptions } from "./options.ts";
export { checkTlsOptions } from "./tls-options.ts";

export type { PoolCloseReport, ResourcePool } from "./resource-pool.ts";
export type { AcquireOptions, WarmUpOptions } from "./acquire-options.ts";
export type { Lease } from "./lease.ts";
export type { CreateContext, PoolOptions, ResolvedPoolOptions, ResourcePoolOptions } from "./options.ts";
export type { TlsOptions } from "./tls-options.ts";
export type { PoolEvents } from "./pool-events.ts";
export type { PoolErrorCode, PoolErrorOptions } from "./errors.ts";
export type { PoolStats } from "./stats.ts";
