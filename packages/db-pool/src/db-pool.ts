import {
  type CloseOptions,
  type Logger,
  type ReadyOptions,
  backoffMs,
  isServertechError,
  isTraced,
  onAbort,
  sleep,
} from "@servertech/core";
import {
  type AcquireOptions,
  type CreateContext,
  type Lease,
  type PoolCloseReport,
  PoolError,
  type PoolStats,
  type ResourcePool,
  type WarmUpOptions,
  createResourcePool,
} from "@servertech/resource-pool";
import type { Limits, Shape } from "./call.ts";
import { openWire } from "./connection-factory.ts";
import { DbConnection } from "./db-connection.ts";
import { type DbTransaction, attempt } from "./db-transaction.ts";
import type { DbPoolError } from "./errors.ts";
import { type InsertManyOptions, type InsertRow, checkInsert, insertStatements, together } from "./insert-many.ts";
import { Loader, type LoaderKey, type LoaderOptions } from "./loader.ts";
import { type DbPoolOptions, type ResolvedDbPoolOptions, resolveOptions } from "./options.ts";
import type { Statement } from "./parameters.ts";
import { PipelineTrust } from "./pipeline-test.ts";
import { type DbPoolEvents, type DbPoolListener, PoolEvents } from "./pool-events.ts";
import { type OpenStream, QueryMethods, type QueryOptions, type RunResult, resultOf } from "./query-methods.ts";
import { DbReader } from "./replica-reads.ts";
import { isRefusedForGood } from "./server-errors.ts";
import { Session, type SessionSetup, streamOn } from "./session.ts";
import { LASTING, SharedLanes } from "./shared-lanes.ts";
import { type DbAcquireContext, type DbTransactionContext, acquireChannel, transactionChannel } from "./tracing.ts";
import {
  type ResolvedTransactionOptions,
  type TransactionOptions,
  checkTransactionOptions,
  limited,
} from "./transaction-options.ts";
import { StatementKiller } from "./statement-killer.ts";

/** The least that `max_allowed_packet` may be set to on a client's behalf; one row goes as it is, whatever its size. */
const SMALLEST_PACKET_BYTES = 1_024 * 1_024;
/** Full jitter between attempts at a transaction. */
const RETRY_PAUSE = { minMs: 10, maxMs: 200, jitter: 1 };

/**
 * A pool of connections to MySQL or MariaDB. Opens nothing until the first use.
 *
 * @throws OptionError on wrong options.
 */
export function createDbPool(options: DbPoolOptions): DbPool {
  return new DbPool(resolveOptions(options));
}

/**
 * Sends statements over a bounded set of connections.
 *
 * No wait is without a deadline. No statement is sent twice, but for a plain read whose connection was lost. The next
 * user of a connection meets a clean session.
 */
export class DbPool extends QueryMethods implements AsyncDisposable {
  readonly #options: ResolvedDbPoolOptions;
  readonly #setup: SessionSetup;
  readonly #pool: ResourcePool<Session>;
  readonly #lanes: SharedLanes;
  readonly #pipelines: PipelineTrust;
  readonly #killer: StatementKiller;
  readonly #events: PoolEvents;
  readonly #logger: Logger;
  #maxPacketBytes: number | undefined;
  #closing: { readonly connections: Promise<PoolCloseReport>; readonly whole: Promise<PoolCloseReport> } | undefined;

  /** As given in the options. */
  readonly name: string;
  /** Plain reads that may be a little old: from a replica where there is one, else from the primary. */
  readonly read: DbReader;

  /** @internal */
  constructor(options: ResolvedDbPoolOptions) {
    super();
    this.#options = options;
    this.name = options.pool.name;
    const { pool, endpoint, timeZone, isolation } = this.#options;
    this.#logger = pool.logger;
    this.#setup = { database: endpoint.database, timeZone, isolation };
    this.#killer = new StatementKiller(this.#options);
    this.#events = new PoolEvents(this.#logger);
    this.#pool = createResourcePool<Session>({
      ...pool,
      create: (context) => this.#open(context),
      destroy: (session) => session.destroy(),
      validate: (session) => session.ping(),
      reset: (session) => session.clean(),
    });
    this.#pool.on("connect", ({ resource: { threadId }, durationMs }) =>
      this.#events.tell("connect", { threadId, durationMs }),
    );
    this.#pool.on("remove", ({ resource: { threadId } }) => this.#events.tell("remove", { threadId }));
    this.#pool.on("leak", (error) => this.#events.tell("leak", error));
    this.#pool.on("down", (error) => this.#events.tell("down", error));
    this.#pool.on("up", (recovery) => this.#events.tell("up", recovery));
    const { name, max, maxWaiting, acquireTimeoutMs } = pool;
    const { depth } = this.#options;
    const onTimeout = (error: PoolError): void => this.#events.tell("timeout", error);
    this.#lanes = new SharedLanes(this.#pool, { name, max, maxWaiting, acquireTimeoutMs, depth, onTimeout });
    this.read = new DbReader(this, replicaPools(options), options.maxReplicaLagMs);
    this.#pipelines = new PipelineTrust(depth > 1, (what) => this.#logger.warn({ pool: name }, what));
  }

  /**
   * Borrows a connection for several statements, until its `release`.
   *
   * @throws PoolError as `query` does; the signal's reason once it aborts; OptionError on a wrong `timeoutMs`.
   */
  async acquire(options?: AcquireOptions): Promise<DbConnection> {
    const { lease, end } = await this.#borrow(options);
    return new DbConnection(lease, this, this.#options.queryTimeoutMs, end);
  }

  /**
   * Runs `body` with a connection and gives it back when the body has returned, rejected or thrown.
   *
   * @throws what `acquire` and `body` throw, as a rejection.
   */
  async use<T>(body: (connection: DbConnection) => T | PromiseLike<T>, options?: AcquireOptions): Promise<T> {
    const connection = await this.acquire(options);
    try {
      return await body(connection);
    } finally {
      connection[Symbol.dispose]();
    }
  }

  /** Calls `listener` at each of these rare events. */
  on<K extends keyof DbPoolEvents>(event: K, listener: DbPoolListener<K>): this {
    this.#events.on(event, listener);
    return this;
  }

  off<K extends keyof DbPoolEvents>(event: K, listener: DbPoolListener<K>): this {
    this.#events.off(event, listener);
    return this;
  }

  /**
   * Runs `body` in a transaction: committed when it returns, rolled back when it throws.
   *
   * After a deadlock or a lock timeout all of it is rolled back and `body` is **called again**: what it does besides its
   * statements may happen several times.
   *
   * @throws what `body` throws; DbPoolError `DEADLOCK` or `LOCK_TIMEOUT` after all retries, `COMMIT_UNKNOWN` when COMMIT
   * failed, `QUERY_TIMEOUT` after `timeoutMs`; the signal's reason once it aborts; OptionError on wrong options.
   */
  async transaction<T>(body: (tx: DbTransaction) => T | PromiseLike<T>, options: TransactionOptions = {}): Promise<T> {
    const checked = checkTransactionOptions(options);
    options.signal?.throwIfAborted();
    const context: DbTransactionContext = { target: this, pool: this.name, attempts: 0 };
    const run = (): Promise<T> => this.#attempts(body, checked, context);
    return isTraced(transactionChannel) ? transactionChannel.tracePromise(run, context) : run();
  }

  /**
   * Inserts rows, many with each statement; all of them or none. `table` may be `database.table`.
   *
   * `insertId` is the first new one. `affectedRows` counts, with `onDuplicate: "update"`, a changed row twice.
   *
   * @throws as `run` does.
   */
  async insertMany(
    table: string,
    columns: readonly string[],
    rows: readonly InsertRow[],
    options: InsertManyOptions = {},
  ): Promise<RunResult> {
    const others = checkInsert(columns, rows, options);
    const limit =
      rows.length > 1 ? (this.#maxPacketBytes ?? (await this.#askMaxPacket(others))) : SMALLEST_PACKET_BYTES;
    const statements = insertStatements(table, columns, rows, options.onDuplicate, limit);
    const [first] = statements;
    if (first === undefined) return together([]);
    if (statements.length === 1) return this.execute(first, others, resultOf);
    const { signal } = others;
    return this.transaction((tx) => tx.insertAll(statements, others), { signal });
  }

  /**
   * Reads rows of `table` by the value of a unique `column`, all that are asked for in one turn at once. `table` may be
   * `database.table`.
   *
   * @throws OptionError on wrong names or options.
   */
  loader<Row = Record<string, unknown>, Key extends LoaderKey = LoaderKey>(
    table: string,
    column: string,
    options: LoaderOptions = {},
  ): Loader<Row, Key> {
    return new Loader<Row, Key>(this, table, column, options);
  }

  /**
   * Resolves when a connection is open; opens one where there is none, and keeps trying while the server is down.
   *
   * @throws PoolError `POOL_ACQUIRE_TIMEOUT` with the last failure as `cause` after `timeoutMs` (by default
   * `acquireTimeoutMs`), `POOL_REFUSED_AUTH`, `POOL_CLOSED`; the signal's reason once it aborts.
   */
  ready(options?: ReadyOptions): Promise<void> {
    return this.#pool.ready(options);
  }

  /**
   * Resolves when `count` connections are open, 0 to `max`.
   *
   * @throws as `ready` does; OptionError on a wrong count.
   */
  warmup(count: number, options?: WarmUpOptions): Promise<void> {
    return this.#pool.warmup(count, options);
  }

  /** Lends nothing until `resume`: calls wait, their deadlines run on. What is under way goes on. */
  suspend(): void {
    this.#lanes.suspend(true);
    this.#pool.suspend();
  }

  /** Serves those who wait. */
  resume(): void {
    this.#lanes.suspend(false);
    this.#pool.resume();
  }

  /** Replaces every connection: idle ones are closed now, lent ones when they come back. */
  evict(): void {
    this.#lanes.turn();
    this.#pool.evict();
  }

  /** A snapshot. */
  stats(): PoolStats {
    return this.#lanes.stats(this.#pool.stats());
  }

  /**
   * Refuses new calls, rejects those who wait with `POOL_CLOSED`, lets statements and leases end within `timeoutMs`, then
   * ends them by force. Resolves when every socket is closed. May be called again: the same promise.
   */
  close(options?: CloseOptions): Promise<PoolCloseReport> {
    const connections = this.#pool.close(options);
    if (this.#closing?.connections === connections) return this.#closing.whole;
    const { name } = this.#options.pool;
    this.#lanes.close(new PoolError("POOL_CLOSED", `pool ${name}: closed`, { stats: this.stats() }));
    const replicas = this.read.close(options);
    const whole = connections.then(async ({ leaked }) => {
      await this.#killer.idle();
      return { leaked: leaked + (await replicas).leaked };
    });
    this.#closing = { connections, whole };
    return whole;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  get pool(): this {
    return this;
  }

  /** @internal */
  override execute<T>(ready: Statement, options: QueryOptions | undefined, shape: Shape<T>): Promise<T> {
    const limits = { timeoutMs: options?.timeoutMs ?? this.#options.queryTimeoutMs, signal: options?.signal };
    // What leaves something behind, or has no parameters, gets a connection of its own.
    if (ready.plain && ready.values !== undefined) return this.#lanes.send(ready, limits, shape);
    return this.#alone(ready, limits, shape);
  }

  /** @internal */
  override async openStream(ready: Statement, options: QueryOptions, highWaterMark: number): Promise<OpenStream> {
    const limits = { timeoutMs: options.timeoutMs ?? this.#options.queryTimeoutMs, signal: options.signal };
    const lease = this.#pool.tryAcquire(LASTING) ?? (await this.#acquire(limits.signal));
    const open = streamOn(lease.resource, ready, limits, highWaterMark);
    const end = (): void => {
      if (open.rows.complete) lease.release();
      // No draining: what is on its way may be long.
      else lease.destroy();
    };
    return { ...open, end };
  }

  async #attempts<T>(
    body: (tx: DbTransaction) => T | PromiseLike<T>,
    { isolation, readOnly, retries, timeoutMs, signal: given }: ResolvedTransactionOptions,
    context: DbTransactionContext,
  ): Promise<T> {
    const limit = timeoutMs === undefined ? { signal: given, end: () => {} } : limited(timeoutMs, given);
    const { signal } = limit;
    const { queryTimeoutMs } = this.#options;
    let conflicts = 0;
    let unbegun = 0;
    try {
      for (;;) {
        context.attempts += 1;
        const { lease, end } = await this.#borrow({ signal });
        const outcome = await attempt(lease, body, { pool: this, isolation, readOnly, queryTimeoutMs, signal });
        end?.();
        if (outcome.done) return outcome.result;
        if (outcome.again === "unbegun" && unbegun === 0) {
          unbegun += 1;
          await othersToTell();
        } else if (outcome.again === "conflict" && conflicts < retries) {
          await sleep(backoffMs(conflicts, RETRY_PAUSE), { signal });
          conflicts += 1;
        } else throw outcome.error;
      }
    } finally {
      limit.end();
    }
  }

  /** A connection for one caller; `end`, if any, is to be called when it has been given back. */
  async #borrow(
    options: AcquireOptions | undefined,
  ): Promise<{ readonly lease: Lease<Session>; readonly end: (() => void) | undefined }> {
    if (!isTraced(acquireChannel)) return { lease: await this.#acquireWith(options), end: undefined };
    const context: DbAcquireContext = { target: this, pool: this.name };
    const lease = await acquireChannel.tracePromise(() => this.#acquireWith(options), context);
    return { lease, end: () => context.onRelease?.() };
  }

  async #acquireWith(options: AcquireOptions | undefined): Promise<Lease<Session>> {
    try {
      return await this.#lanes.own(this.#pool.acquire(options));
    } catch (error) {
      if (isServertechError(error, "POOL_ACQUIRE_TIMEOUT")) this.#events.tell("timeout", error as PoolError);
      throw error;
    }
  }

  async #askMaxPacket(options: QueryOptions): Promise<number> {
    this.#maxPacketBytes = await this.value<number>("SELECT @@max_allowed_packet", [], options);
    return this.#maxPacketBytes;
  }

  async #alone<T>(ready: Statement, limits: Limits, shape: Shape<T>): Promise<T> {
    let lease = this.#pool.tryAcquire(LASTING) ?? (await this.#acquire(limits.signal));
    const begun = performance.now();
    try {
      return await lease.resource.run(ready, limits, shape);
    } catch (error) {
      if (!ready.read || !isServertechError(error, "CONNECTION_LOST")) throw error;
      lease.release();
      await othersToTell();
      // Within the time that it had.
      const { signal, timeoutMs } = limits;
      const left = (): number =>
        timeoutMs === 0 ? 0 : Math.max(1, Math.ceil(timeoutMs - (performance.now() - begun)));
      const { acquireTimeoutMs } = this.#options.pool;
      lease = await this.#acquire(signal, Math.min(left() || acquireTimeoutMs, acquireTimeoutMs));
      return await lease.resource.run(ready, { signal, timeoutMs: left() }, shape);
    } finally {
      if (lease.active) lease.release();
    }
  }

  /** For a statement of ours, whose loan ends with it. */
  #acquire(signal: AbortSignal | undefined, timeoutMs?: number): Promise<Lease<Session>> {
    const plain = signal === undefined && timeoutMs === undefined;
    return this.#acquireWith(plain ? LASTING : { ...LASTING, signal, timeoutMs });
  }

  async #open({ signal, lost }: CreateContext): Promise<Session> {
    try {
      const wire = await openWire(this.#options, signal, lost);
      const session = new Session(wire, this.#killer, this.#setup, (error) => this.#readOnly(error));
      const stopListening = onAbort(signal, () => void session.destroy());
      try {
        await session.begin();
        session.pipelined = await this.#pipelines.test(wire);
      } catch (error) {
        await session.destroy();
        throw error;
      } finally {
        stopListening();
      }
      return session;
    } catch (error) {
      if (!isRefusedForGood(error)) throw error;
      const what = `pool ${this.#options.pool.name}: the server refuses the login: ${(error as Error).message}`;
      throw new PoolError("POOL_REFUSED_AUTH", what, { cause: error });
    }
  }

  /** After a failover the old primary takes no writes: the name may lead to the new one by now. */
  #readOnly(error: DbPoolError): void {
    // 1792 is a transaction that was asked to be read-only.
    if (error.errno === 1792) return;
    this.#logger.warn(
      { err: error, pool: this.#options.pool.name },
      "the server is read-only, replacing all connections",
    );
    this.evict();
  }
}

/** Time for the other connections to say that they are lost, too. */
function othersToTell(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Longest wait for a connection of a replica: there is the primary to go to. */
const REPLICA_ACQUIRE_LIMIT_MS = 1_000;

function replicaPools(options: ResolvedDbPoolOptions): DbPool[] {
  const { pool } = options;
  const acquireTimeoutMs = Math.min(pool.acquireTimeoutMs, REPLICA_ACQUIRE_LIMIT_MS);
  const validationTimeoutMs = Math.max(1, Math.min(pool.validationTimeoutMs, acquireTimeoutMs - 1));
  return options.replicas.map((endpoint, n) => {
    const own = { ...pool, name: `${pool.name}:replica-${n + 1}`, min: 0, acquireTimeoutMs, validationTimeoutMs };
    return new DbPool({ ...options, pool: own, endpoint, replicas: [] });
  });
}
