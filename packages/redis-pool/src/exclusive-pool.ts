import { type CloseOptions, isServertechError, isTraced } from "@servertech/core";
import {
  type AcquireOptions,
  type Lease,
  type PoolCloseReport,
  type PoolStats,
  type ResourcePool,
  createResourcePool,
} from "@servertech/resource-pool";
import { type RedisAcquireContext, acquireChannel } from "./acquire-channel.ts";
import type { LeaseLimits } from "./blocking-time.ts";
import { type ClientSettings, openClient } from "./client-factory.ts";
import { ExclusiveConnection } from "./lease.ts";
import type { ResolvedRedisPoolOptions } from "./options.ts";

type ExclusiveLease = Lease<ExclusiveConnection>;

export interface ExclusiveEvents {
  readonly onTimeout: (error: unknown) => void;
}

/** The connections that are lent to one caller at a time, and the tracing of their loans. */
export class ExclusivePool {
  readonly #pool: ResourcePool<ExclusiveConnection>;
  readonly #target: object;
  readonly #name: string;
  readonly #events: ExclusiveEvents;

  /** @param target who stands for this pool in traces. */
  constructor(options: ResolvedRedisPoolOptions, settings: ClientSettings, target: object, events: ExclusiveEvents) {
    const limits: LeaseLimits = options;
    this.#target = target;
    this.#name = options.pool.name;
    this.#events = events;
    this.#pool = createResourcePool({
      ...options.pool,
      // No socket timeout: a blocking command is silent by design. Each command has a limit of its own.
      create: async (context) =>
        new ExclusiveConnection(await openClient({ ...settings, socketTimeoutMs: undefined }, context), limits),
      destroy: ({ client }) => client.close(),
      validate: (connection) => connection.ping(),
      reset: (connection) => connection.reset(),
    });
  }

  /** Runs `body` with a lease that ends with it. */
  async use<T>(body: (lease: ExclusiveLease) => T | PromiseLike<T>, options?: AcquireOptions): Promise<T> {
    const context = isTraced(acquireChannel) ? this.#context() : undefined;
    const lease = await (context === undefined ? this.#acquire(options) : this.#acquireTraced(context, options));
    try {
      return await body(lease);
    } finally {
      context?.onRelease?.();
      lease.release();
    }
  }

  async #acquire(options?: AcquireOptions): Promise<ExclusiveLease> {
    try {
      return await this.#pool.acquire(options);
    } catch (error) {
      if (isServertechError(error, "POOL_ACQUIRE_TIMEOUT")) this.#events.onTimeout(error);
      throw error;
    }
  }

  #acquireTraced(context: RedisAcquireContext, options?: AcquireOptions): Promise<ExclusiveLease> {
    return acquireChannel.tracePromise<ExclusiveLease>(() => this.#acquire(options), context);
  }

  #context(): RedisAcquireContext {
    return { target: this.#target, pool: this.#name };
  }

  /** Replaces every connection: idle ones now, lent ones when they come back. */
  evict(): void {
    this.#pool.evict();
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  close(options: CloseOptions): Promise<PoolCloseReport> {
    return this.#pool.close(options);
  }
}
