import type { Lease } from "@servertech/resource-pool";
import type { Shape } from "./call.ts";
import type { Statement } from "./parameters.ts";
import { type OpenStream, QueryMethods, type QueryOptions } from "./query-methods.ts";
import { type Session, streamOn } from "./session.ts";
import type { TracedPool } from "./tracing.ts";

/**
 * A connection on loan to one caller. Its statements run one after the other, in the order they were called.
 *
 * What it leaves behind (a transaction, variables, temporary tables, locks) is gone before the next loan.
 */
export class DbConnection extends QueryMethods implements Disposable, AsyncDisposable {
  /** @internal */
  readonly pool: TracedPool;
  readonly #lease: Lease<Session>;
  readonly #queryTimeoutMs: number;
  readonly #onEnd: (() => void) | undefined;

  /** @internal */
  constructor(lease: Lease<Session>, pool: TracedPool, queryTimeoutMs: number, onEnd: (() => void) | undefined) {
    super();
    this.pool = pool;
    this.#lease = lease;
    this.#queryTimeoutMs = queryTimeoutMs;
    this.#onEnd = onEnd;
  }

  /** The server's number of this connection. @throws PoolError `POOL_LEASE_RELEASED` once the loan has ended. */
  get threadId(): number {
    return this.#lease.resource.threadId;
  }

  /** Gives it back. @throws PoolError `POOL_LEASE_RELEASED` when the loan has ended before. */
  release(): void {
    this.#lease.release();
    this.#onEnd?.();
  }

  /** Gives it back to be closed. @throws PoolError `POOL_LEASE_RELEASED` when the loan has ended before. */
  destroy(reason?: unknown): void {
    this.#lease.destroy(reason);
    this.#onEnd?.();
  }

  [Symbol.dispose](): void {
    const { active } = this.#lease;
    this.#lease[Symbol.dispose]();
    if (active) this.#onEnd?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  /** @internal */
  override async openStream(ready: Statement, options: QueryOptions, highWaterMark: number): Promise<OpenStream> {
    const timeoutMs = options.timeoutMs ?? this.#queryTimeoutMs;
    return streamOn(this.#lease.resource, ready, { timeoutMs, signal: options.signal }, highWaterMark);
  }

  /** @internal */
  override execute<T>(ready: Statement, options: QueryOptions | undefined, shape: Shape<T>): Promise<T> {
    const timeoutMs = options?.timeoutMs ?? this.#queryTimeoutMs;
    return this.#lease.resource.run(ready, { timeoutMs, signal: options?.signal }, shape);
  }
}
