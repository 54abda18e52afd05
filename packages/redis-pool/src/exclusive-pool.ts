import { type CloseOptions, isTraced } from "@servertech/core";
import {
  type AcquireOptions,
  type Lease,
  type PoolCloseReport,
  type PoolError,
  type PoolStats,
  type ResourcePool,
  type WarmUpOptions,
  createResourcePool,
} from "@servertech/resource-pool";
import { type RedisAcquireContext, acquireChannel } from "./acquire-channel.ts";
import type { LeaseLimits } from "./blocking-time.ts";
import { type ClientSettings, openClient } from "./client-factory.ts";
import { ExclusiveConnection } from "./lease.ts";
import type { ResolvedRedisPoolOptions } from "./options.ts";

type ExclusiveLease = Lease<ExclusiveConnection>;

export interface ExclusiveEvents {
  readonly onTimeout: (error: PoolError) => void;
  readonly onLeak: (error: PoolError) => void;
  /** Opening has failed for the first time since it last worked. */
  readonly onDown: (error: PoolError) => void;
  readonly onUp: () => void;
}

/** The connections that are lent to one caller at a time, and the tracing of their loans. */
export class ExclusivePool {
  readonly #pool: ResourcePool<ExclusiveConnection>;
  readonly #target: object;
  readonly #name: string;

  /** @param target who stands for this pool in traces. */
  constructor(options: ResolvedRedisPoolOptions, settings: ClientSettings, target: object, events: ExclusiveEvents) {
    const limits: LeaseLimits = options;
    this.#target = target;
    this.#name = options.pool.name;
    this.#pool = createResourcePool({
      ...options.pool,
      // No socket timeout: a blocking command is silent by design. Each command has a limit of its own.
      create: async (context) =>
        new ExclusiveConnection(await openClient({ ...settings, socketTimeoutMs: undefined }, context), limits),
      destroy: ({ client }) => client.close(),
      validate: (connection) => connection.ping(),
      reset: (connection) => connection.reset(),
    });
    this.#pool.on("timeout", events.onTimeout);
    this.#pool.on("leak", events.onLeak);
    this.#pool.on("down", events.onDown);
    this.#pool.on("up", events.onUp);
  }

  /** Runs `body` with a lease that ends with it. */
  async use<T>(body: (lease: ExclusiveLease) => T | PromiseLike<T>, options?: AcquireOptions): Promise<T> {
    const context = isTraced(acquireChannel) ? this.#context() : undefined;
    const lease = await (context === undefined ? this.#pool.acquire(options) : this.#acquireTraced(context, options));
    try {
      return await body(lease);
    } finally {
      context?.onRelease?.();
      lease.release();
    }
  }

  #acquireTraced(context: RedisAcquireContext, options?: AcquireOptions): Promise<ExclusiveLease> {
    return acquireChannel.tracePromise<ExclusiveLease>(() => this.#pool.acquire(options), context);
  }

  #context(): RedisAcquireContext {
    return { target: this.#target, pool: this.#name };
  }

  /** Replaces every connection: idle ones now, lent ones when they come back. */
  evict(): void {
    this.#pool.evict();
  }

  /** Opens connections until `count` are there. @throws as `warmup` of a resource pool. */
  warmup(count: number, options: WarmUpOptions): Promise<void> {
    return this.#pool.warmup(count, options);
  }

  /** Lends nothing until `resume`. */
  suspend(): void {
    this.#pool.suspend();
  }

  resume(): void {
    this.#pool.resume();
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  close(options: CloseOptions): Promise<PoolCloseReport> {
    return this.#pool.close(options);
  }
}
