import type { CloseOptions } from "@servertech/core";
import type { PoolCloseReport, PoolStats } from "@servertech/resource-pool";
import type { Shape } from "./call.ts";
import type { DbPool } from "./db-pool.ts";
import { DbPoolError } from "./errors.ts";
import { optionProblem } from "./option-problem.ts";
import type { Statement } from "./parameters.ts";
import { type OpenStream, QueryMethods, type QueryOptions } from "./query-methods.ts";
import { LagQuestion } from "./replica-lag.ts";

/** One server to read from, at one moment. */
export interface ReplicaStats {
  /** - `unknown`: not asked yet. `lagging`: too far behind, or not replicating. `down`: it cannot be reached. */
  readonly state: ReplicaState;
  /** How far it was behind when asked last, in milliseconds; 0 for a server that does not replicate. */
  readonly lagMs: number | undefined;
  readonly pool: PoolStats;
}

/** What is known of a replica: only one that is `up` is read from. */
export type ReplicaState = "unknown" | "up" | "lagging" | "down";

/** How often each replica is asked how far it is behind, and how long that may take. */
const PROBE_EVERY_MS = 1_000;
const PROBE_LIMIT_MS = 1_000;

/** One replica and what is known of it. */
class Replica {
  readonly pool: DbPool;
  state: ReplicaState = "unknown";
  lagMs: number | undefined;
  inFlight = 0;
  readonly #question = new LagQuestion();
  #probing: Promise<void> | undefined;

  constructor(pool: DbPool) {
    this.pool = pool;
  }

  probe(maxLagMs: number): Promise<void> {
    this.#probing ??= this.#probe(maxLagMs).finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #probe(maxLagMs: number): Promise<void> {
    try {
      this.lagMs = await this.#question.lagMs((sql) => this.pool.query(sql, [], { timeoutMs: PROBE_LIMIT_MS }));
      this.state = this.lagMs !== undefined && this.lagMs <= maxLagMs ? "up" : "lagging";
    } catch (error) {
      this.lagMs = undefined;
      // Not allowed to ask: it answers, and that is all there is to know.
      this.state = error instanceof DbPoolError && error.code === "QUERY_FAILED" ? "up" : "down";
    }
  }
}

/**
 * Reads from the replica with the least to do; from the primary when none is up and near enough, and when one fails
 * under a read.
 */
export class DbReader extends QueryMethods {
  readonly #primary: DbPool;
  readonly #replicas: readonly Replica[];
  readonly #maxLagMs: number;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @internal */
  constructor(primary: DbPool, replicas: readonly DbPool[], maxLagMs: number) {
    super();
    this.#primary = primary;
    this.#replicas = replicas.map((pool) => new Replica(pool));
    this.#maxLagMs = maxLagMs;
  }

  /** @internal */
  get pool(): DbPool {
    return this.#primary;
  }

  /** A snapshot of each replica, in the order of the options. */
  stats(): readonly ReplicaStats[] {
    return Object.freeze(
      this.#replicas.map(({ state, lagMs, pool }) => Object.freeze({ state, lagMs, pool: pool.stats() })),
    );
  }

  /** @internal */
  async close(options: CloseOptions | undefined): Promise<PoolCloseReport> {
    this.#closed = true;
    clearInterval(this.#timer);
    const reports = await Promise.all(this.#replicas.map(({ pool }) => pool.close(options)));
    return { leaked: reports.reduce((sum, { leaked }) => sum + leaked, 0) };
  }

  /** @internal */
  override async openStream(ready: Statement, options: QueryOptions, highWaterMark: number): Promise<OpenStream> {
    const replica = this.#choose(ready);
    if (replica === undefined) return this.#primary.openStream(ready, options, highWaterMark);
    replica.inFlight += 1;
    try {
      const open = await replica.pool.openStream(ready, options, highWaterMark);
      const end = (): void => {
        replica.inFlight -= 1;
        open.end();
      };
      return { ...open, end };
    } catch (error) {
      replica.inFlight -= 1;
      if (!failedOver(error)) throw error;
      replica.state = "down";
      return this.#primary.openStream(ready, options, highWaterMark);
    }
  }

  /** @internal */
  override async execute<T>(ready: Statement, options: QueryOptions | undefined, shape: Shape<T>): Promise<T> {
    const replica = this.#choose(ready);
    if (replica === undefined) return this.#primary.execute(ready, options, shape);
    replica.inFlight += 1;
    try {
      return await replica.pool.execute(ready, options, shape);
    } catch (error) {
      if (!failedOver(error)) throw error;
      replica.state = "down";
      return await this.#primary.execute(ready, options, shape);
    } finally {
      replica.inFlight -= 1;
    }
  }

  #choose(ready: Statement): Replica | undefined {
    if (!ready.read) throw optionProblem("sql", "must only read", "a statement that may write or lock");
    this.#watch();
    let best: Replica | undefined;
    for (const replica of this.#replicas)
      if (replica.state === "up" && (best === undefined || replica.inFlight < best.inFlight)) best = replica;
    return best;
  }

  /** From the first read on. What is not known to be up is not waited for. */
  #watch(): void {
    if (this.#timer !== undefined || this.#closed || this.#replicas.length === 0) return;
    const probe = (): void => {
      for (const replica of this.#replicas) void replica.probe(this.#maxLagMs);
    };
    this.#timer = setInterval(probe, PROBE_EVERY_MS).unref();
    probe();
  }
}

/** The replica is the reason, not the statement. */
function failedOver(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "CONNECTION_LOST" || (typeof code === "string" && code.startsWith("POOL_"));
}
