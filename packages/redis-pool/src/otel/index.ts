/** Metrics and spans of Redis pools for OpenTelemetry. */
import type { Meter, Tracer } from "@opentelemetry/api";
import { type PoolKind, instrumentPool } from "@servertech/resource-pool/otel";
import { acquireChannel } from "../acquire-channel.ts";
import type { RedisPool } from "../redis-pool.ts";

/** What is recorded, and where to. */
export interface InstrumentOptions {
  /** @default the global meter `@servertech/redis-pool` */
  meter?: Meter | undefined;
  /** Makes a span of each wait for an exclusive connection. @default no spans */
  tracer?: Tracer | undefined;
  /**
   * The pool to observe: its waits only, its counts and the time its connections take to open. @default the waits and loans
   * of all pools of the process, without counts
   */
  target?: RedisPool | undefined;
  /** `db.client.connection.pool.name`. @default the pool's `name` */
  poolName?: string | undefined;
}

/**
 * Begins to record, until the result is disposed. Covers the exclusive connections: what is sent on the shared ones is traced
 * by ioredis itself.
 *
 * @throws OptionError on wrong options.
 */
export function instrument(options: InstrumentOptions = {}): Disposable {
  return instrumentPool(options, REDIS_POOLS);
}

const REDIS_POOLS: PoolKind<RedisPool> = {
  packageName: "@servertech/redis-pool",
  acquires: acquireChannel,
  spanned: [{ name: "redis-pool acquire", channel: acquireChannel, otherFailure: "the caller gave up" }],
  watchOpenings(pool, opened) {
    const onConnect = ({ role, durationMs }: { readonly role: string; readonly durationMs: number }): void => {
      if (role === "exclusive") opened(durationMs);
    };
    pool.on("connect", onConnect);
    return () => pool.off("connect", onConnect);
  },
};
