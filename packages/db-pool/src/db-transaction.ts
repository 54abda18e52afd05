import { abortable, isServertechError } from "@servertech/core";
import { type Lease, PoolError } from "@servertech/resource-pool";
import { type Limits, type Shape, nothing } from "./call.ts";
import { DbPoolError } from "./errors.ts";
import { together } from "./insert-many.ts";
import type { IsolationLevel } from "./options.ts";
import { type Statement, control } from "./parameters.ts";
import { type OpenStream, QueryMethods, type QueryOptions, type RunResult, resultOf } from "./query-methods.ts";
import { type Session, streamOn } from "./session.ts";
import type { TracedPool } from "./tracing.ts";

export interface AttemptOptions {
  readonly pool: TracedPool;
  readonly isolation: IsolationLevel | undefined;
  readonly readOnly: boolean;
  readonly queryTimeoutMs: number;
  /** Ends the transaction. */
  readonly signal: AbortSignal | undefined;
}

/** For COMMIT and ROLLBACK where statements have no limit: no wait is unbounded. */
const END_LIMIT_MS = 30_000;

/** A transaction at work. It ends with the callback that got it; a call after that is refused. */
export class DbTransaction extends QueryMethods {
  readonly #session: Session;
  readonly #options: AttemptOptions;
  #savepoints = 0;
  #conflict: DbPoolError | undefined;
  #ended = false;

  /** @internal */
  constructor(session: Session, options: AttemptOptions) {
    super();
    this.#session = session;
    this.#options = options;
  }

  /** @internal */
  get pool(): TracedPool {
    return this.#options.pool;
  }

  /** The server's number of this connection. */
  get threadId(): number {
    return this.#session.threadId;
  }

  /** @internal Set once the server has ended the transaction, or part of it, in favour of another one. */
  get conflict(): DbPoolError | undefined {
    return this.#conflict;
  }

  /**
   * Runs `body` within a SAVEPOINT: what it throws takes back its own statements only. Never retried by itself.
   *
   * @throws what `body` throws.
   */
  async transaction<T>(body: (tx: DbTransaction) => T | PromiseLike<T>): Promise<T> {
    this.#savepoints += 1;
    const name = `servertech_${this.#savepoints}`;
    await this.execute(control(`SAVEPOINT ${name}`), undefined, nothing);
    try {
      const result = await body(this);
      await this.execute(control(`RELEASE SAVEPOINT ${name}`), undefined, nothing);
      return result;
    } catch (error) {
      // After a conflict, a loss or an abort there is no savepoint any more, and the whole is rolled back.
      if (this.#conflict === undefined && !this.#ended && !isServertechError(error, "CONNECTION_LOST"))
        await this.execute(control(`ROLLBACK TO SAVEPOINT ${name}`), undefined, nothing);
      throw error;
    }
  }

  /** @internal */
  override async openStream(ready: Statement, options: QueryOptions, highWaterMark: number): Promise<OpenStream> {
    this.#checkUsable();
    return streamOn(this.#session, ready, this.#limits(options), highWaterMark);
  }

  /** @internal */
  override async execute<T>(ready: Statement, options: QueryOptions | undefined, shape: Shape<T>): Promise<T> {
    this.#checkUsable();
    try {
      return await this.#session.run(ready, this.#limits(options), shape);
    } catch (error) {
      if (error instanceof DbPoolError && (error.code === "DEADLOCK" || error.code === "LOCK_TIMEOUT"))
        this.#conflict = error;
      throw error;
    }
  }

  /** @internal */
  async insertAll(statements: readonly Statement[], options: QueryOptions): Promise<RunResult> {
    const results: RunResult[] = [];
    for (const one of statements) results.push(await this.execute(one, options, resultOf));
    return together(results);
  }

  #checkUsable(): void {
    if (this.#ended) throw new PoolError("POOL_LEASE_RELEASED", "the transaction was used after it had ended");
    // After a deadlock the server would carry statements out on their own, outside of any transaction.
    if (this.#conflict !== undefined) throw this.#conflict;
  }

  #limits(options: QueryOptions | undefined): Limits {
    const timeoutMs = options?.timeoutMs ?? this.#options.queryTimeoutMs;
    return { timeoutMs, signal: options?.signal, outerSignal: this.#options.signal };
  }

  /** @internal */
  async begin(): Promise<void> {
    const { isolation, readOnly } = this.#options;
    if (isolation !== undefined) await this.#begin(`SET TRANSACTION ISOLATION LEVEL ${isolation}`);
    await this.#begin(readOnly ? "START TRANSACTION READ ONLY" : "START TRANSACTION");
  }

  /** What it changes goes with its connection: one that was lost may be sent again on another. */
  async #begin(sql: string): Promise<void> {
    await this.execute({ ...control(sql), read: true }, undefined, nothing);
  }

  /** @internal No abort from here on: the answer decides. */
  async commit(): Promise<void> {
    this.#ended = true;
    try {
      await this.#end("COMMIT");
    } catch (error) {
      // It was not even sent.
      if (isServertechError(error, "CONNECTION_LOST") && !error.maybeExecuted) throw error;
      const what = "COMMIT failed or was not answered: whether the transaction took place is not known";
      throw new DbPoolError("COMMIT_UNKNOWN", what, { cause: error, maybeExecuted: true });
    }
  }

  /** @internal */
  async rollback(): Promise<void> {
    this.#ended = true;
    await this.#end("ROLLBACK");
  }

  async #end(sql: "COMMIT" | "ROLLBACK"): Promise<void> {
    const timeoutMs = this.#options.queryTimeoutMs || END_LIMIT_MS;
    await this.#session.run(control(sql), { timeoutMs, signal: undefined }, nothing);
  }
}

/** How one attempt at a transaction ended. */
export type Outcome<T> =
  | { readonly done: true; readonly result: T }
  | {
      readonly done: false;
      readonly error: unknown;
      /** - `conflict`: rolled back, another attempt may succeed. `unbegun`: the connection was lost before the body was called. */
      readonly again: "conflict" | "unbegun" | undefined;
    };

/** Begins, runs `body`, commits or rolls back, and ends the lease. Never rejects. */
export async function attempt<T>(
  lease: Lease<Session>,
  body: (tx: DbTransaction) => T | PromiseLike<T>,
  options: AttemptOptions,
): Promise<Outcome<T>> {
  const tx = new DbTransaction(lease.resource, options);
  let begun = false;
  let result: T;
  try {
    await tx.begin();
    begun = true;
    result = await abortable((async () => body(tx))(), options.signal);
    // A body that passed over it believes in statements that are undone.
    if (tx.conflict !== undefined) throw tx.conflict;
  } catch (error) {
    const undone = tx.rollback().then(
      () => lease.release(),
      (reason: unknown) => lease.destroy(reason),
    );
    // Whoever aborts does not wait; the lease ends all the same.
    if (options.signal?.aborted !== true) await undone;
    if (!begun && isServertechError(error, "CONNECTION_LOST")) return { done: false, error, again: "unbegun" };
    return { done: false, error, again: tx.conflict === undefined ? undefined : "conflict" };
  }
  try {
    await tx.commit();
  } catch (error) {
    lease.destroy(error);
    return { done: false, error, again: undefined };
  }
  lease.release();
  return { done: true, result };
}
