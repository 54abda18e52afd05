export { RedisPool, createRedisPool } from "./redis-pool.ts";
export { RedisPoolError } from "./errors.ts";
export { PoolError } from "@servertech/resource-pool";

export type { PoolCommands, RedisCloseReport } from "./redis-pool.ts";
export type { LeasedCommands, RedisCommands } from "./commands.ts";
export type { RetryOptions } from "./safe-retry.ts";
export type { PipelineResult, QueuedCommands, RedisPipeline } from "./pipeline.ts";
export type { ReadCommands, TransactionBody, TransactionOptions } from "./transaction.ts";
export type { TlsOptions, WarmUpOptions } from "@servertech/resource-pool";
export type { UseOptions } from "./lease.ts";
export type { MessageHandler, SubscribeOptions, Subscription } from "./subscriber.ts";
export type { Script, ScriptOptions } from "./script.ts";
export type { ExclusiveOptions, RedisPoolOptions } from "./options.ts";
export type { RedisPoolErrorCode, RedisPoolErrorOptions } from "./errors.ts";
export type { ConnectionRole, RedisPoolEvents } from "./events.ts";
export type { RedisAcquireContext } from "./acquire-channel.ts";
export type { RedisPoolStats } from "./stats.ts";
