import { isTraced, optionChecks } from "@servertech/core";
import type { Shape } from "./call.ts";
import type { Reply } from "./connection-factory.ts";
import { DbPoolError } from "./errors.ts";
import { MAX_TIMER_MS } from "./options.ts";
import { type Sql, type SqlParams, type Statement, statement } from "./parameters.ts";
import type { RowStream } from "./row-stream.ts";
import type { Session } from "./session.ts";
import { type DbQueryContext, type TracedPool, queryChannel } from "./tracing.ts";
import { type SqlPart, sqlFragment } from "./sql-template.ts";

/** Options of one statement. */
export interface QueryOptions {
  /** Ends the wait, and the statement on the server; the call rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Longest time of the statement, in milliseconds. 0 = no limit. @default the pool's `queryTimeoutMs` */
  timeoutMs?: number | undefined;
}

/** Options of `stream`. */
export interface StreamOptions extends QueryOptions {
  /** Rows kept ahead of the reader. From 1 to 65,536. @default 256 */
  highWaterMark?: number | undefined;
}

/** @internal Rows on their way. */
export interface OpenStream {
  readonly rows: RowStream;
  readonly session: Session;
  readonly timeoutMs: number;
  /** To be called once, at the end of the loop. */
  readonly end: () => void;
}

/** What a statement that writes has done. */
export interface RunResult {
  /** The number that AUTO_INCREMENT gave to the first new row, 0 where there is none. A bigint beyond 2^53. */
  readonly insertId: number | bigint;
  /** Rows inserted, deleted, or found by an UPDATE. */
  readonly affectedRows: number;
}

/**
 * The ways to send a statement. Parameters are an array for `?` or an object for `:name`; a statement that has some is
 * prepared. To give options without parameters pass `[]`.
 *
 * All reject with a DbPoolError or PoolError, with the signal's reason once it aborts, with an OptionError when
 * parameters or options are wrong.
 */
export abstract class QueryMethods {
  /** The rows. Of a CALL those of its first result. */
  query<Row = Record<string, unknown>>(sql: Sql, params?: SqlParams, options?: QueryOptions): Promise<Row[]> {
    return this.#send(sql, params, options, rowsOf) as Promise<Row[]>;
  }

  /** The one row. @throws DbPoolError `ROW_COUNT` when there are none or several. */
  one<Row = Record<string, unknown>>(sql: Sql, params?: SqlParams, options?: QueryOptions): Promise<Row> {
    return this.#send(sql, params, options, oneOf) as Promise<Row>;
  }

  /** The row, if there is one. @throws DbPoolError `ROW_COUNT` when there are several. */
  maybeOne<Row = Record<string, unknown>>(
    sql: Sql,
    params?: SqlParams,
    options?: QueryOptions,
  ): Promise<Row | undefined> {
    return this.#send(sql, params, options, maybeOneOf) as Promise<Row | undefined>;
  }

  /** The first value of the one row. @throws DbPoolError `ROW_COUNT` when there are no or several rows. */
  value<Value = unknown>(sql: Sql, params?: SqlParams, options?: QueryOptions): Promise<Value> {
    return this.#send(sql, params, options, valueOf) as Promise<Value>;
  }

  /** Sends a statement that writes. */
  run(sql: Sql, params?: SqlParams, options?: QueryOptions): Promise<RunResult> {
    return this.#send(sql, params, options, resultOf);
  }

  /**
   * Runs a template: each value becomes a parameter, a list `(?, ?, …)`, a fragment made with {@link sql} its text and
   * values. Resolves to the rows.
   *
   * @throws as `query` does, as a rejection.
   */
  sql<Row = Record<string, unknown>>(text: TemplateStringsArray, ...values: SqlPart[]): Promise<Row[]> {
    try {
      return this.#send(sqlFragment(text, values), undefined, undefined, rowsOf) as Promise<Row[]>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Reads rows one by one, with about `highWaterMark` of them in memory. `timeoutMs` limits each wait for rows.
   *
   * Leaving the loop early ends the statement on the server and drops the rest of the rows: the pool's connection is
   * closed, one on loan stays.
   *
   * @throws as `query` does, when the next row is asked for.
   */
  async *stream<Row = Record<string, unknown>>(
    sql: Sql,
    params?: SqlParams,
    options: StreamOptions = {},
  ): AsyncGenerator<Row, void, void> {
    const highWaterMark = checkStreamOptions(options);
    const ready = statement(sql, params);
    options.signal?.throwIfAborted();
    const { rows, session, timeoutMs, end } = await this.openStream(ready, options, highWaterMark);
    const late = (): void => session.lateStream(rows, timeoutMs);
    try {
      for (;;) {
        const some = await rows.take(timeoutMs, late);
        if (some === undefined) return;
        for (const row of some) yield row as Row;
      }
    } finally {
      end();
    }
  }

  #send<T>(sql: Sql, params: SqlParams | undefined, options: QueryOptions | undefined, shape: Shape<T>): Promise<T> {
    try {
      if (options !== undefined) checkQueryOptions(options);
      const ready = statement(sql, params);
      options?.signal?.throwIfAborted();
      if (isTraced(queryChannel)) return this.#traced(ready, options, shape);
      return this.execute(ready, options, shape);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #traced<T>(ready: Statement, options: QueryOptions | undefined, shape: Shape<T>): Promise<T> {
    const owner = this.pool;
    const context: DbQueryContext = { target: this, owner, pool: owner.name, sql: ready.sql };
    return queryChannel.tracePromise(() => this.execute(ready, options, shape), context);
  }

  /** @internal Whose connections are used. */
  abstract get pool(): TracedPool;

  /** @internal */
  abstract openStream(ready: Statement, options: QueryOptions, highWaterMark: number): Promise<OpenStream>;

  /** @internal */
  abstract execute<T>(ready: Statement, options: QueryOptions | undefined, shape: Shape<T>): Promise<T>;
}

function rowsOf({ rows }: Reply): readonly object[] {
  return rows;
}

function oneOf({ rows }: Reply): object | undefined {
  if (rows.length !== 1) throw rowCount("one row", rows.length);
  return rows[0];
}

function maybeOneOf({ rows }: Reply): object | undefined {
  if (rows.length > 1) throw rowCount("at most one row", rows.length);
  return rows[0];
}

function valueOf(reply: Reply): unknown {
  const row = oneOf(reply) as Record<string | number, unknown>;
  return reply.firstColumn === undefined ? undefined : row[reply.firstColumn];
}

export function resultOf({ insertId, affectedRows }: Reply): RunResult {
  return { insertId, affectedRows };
}

function checkStreamOptions(options: StreamOptions): number {
  const { highWaterMark = 256, ...others } = options;
  const check = optionChecks(options, ["signal", "timeoutMs", "highWaterMark"]);
  check.done(check.integer("highWaterMark", highWaterMark, { min: 1, max: 65_536 }));
  checkQueryOptions(others);
  return highWaterMark;
}

function checkQueryOptions(options: QueryOptions): void {
  const check = optionChecks(options, ["signal", "timeoutMs"]);
  const { signal, timeoutMs } = options;
  if (signal !== undefined) check.object("signal", signal, ["addEventListener"]);
  if (timeoutMs !== undefined) check.duration("timeoutMs", timeoutMs, { max: MAX_TIMER_MS });
  check.done(undefined);
}

function rowCount(expected: string, got: number): DbPoolError {
  return new DbPoolError("ROW_COUNT", `expected ${expected}, got ${got}`);
}
