import { optionChecks } from "@servertech/core";
import type { Reply } from "./connection-factory.ts";
import { DbPoolError } from "./errors.ts";
import { MAX_TIMER_MS } from "./options.ts";
import { type SqlParams, type Statement, statement } from "./parameters.ts";

export interface QueryOptions {
  /** Ends the wait, and the statement on the server; the call rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Longest time of the statement, in milliseconds. 0 = no limit. @default the pool's `queryTimeoutMs` */
  timeoutMs?: number | undefined;
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
  async query<Row = Record<string, unknown>>(sql: string, params?: SqlParams, options?: QueryOptions): Promise<Row[]> {
    return (await this.#send(sql, params, options)).rows as Row[];
  }

  /** The one row. @throws DbPoolError `ROW_COUNT` when there are none or several. */
  async one<Row = Record<string, unknown>>(sql: string, params?: SqlParams, options?: QueryOptions): Promise<Row> {
    const { rows } = await this.#send(sql, params, options);
    if (rows.length !== 1) throw rowCount("one row", rows.length);
    return rows[0] as Row;
  }

  /** The row, if there is one. @throws DbPoolError `ROW_COUNT` when there are several. */
  async maybeOne<Row = Record<string, unknown>>(
    sql: string,
    params?: SqlParams,
    options?: QueryOptions,
  ): Promise<Row | undefined> {
    const { rows } = await this.#send(sql, params, options);
    if (rows.length > 1) throw rowCount("at most one row", rows.length);
    return rows[0] as Row | undefined;
  }

  /** The first value of the one row. @throws DbPoolError `ROW_COUNT` when there are no or several rows. */
  async value<Value = unknown>(sql: string, params?: SqlParams, options?: QueryOptions): Promise<Value> {
    const { rows } = await this.#send(sql, params, options);
    if (rows.length !== 1) throw rowCount("one row", rows.length);
    return Object.values(rows[0] as object)[0] as Value;
  }

  /** Sends a statement that writes. */
  async run(sql: string, params?: SqlParams, options?: QueryOptions): Promise<RunResult> {
    const { insertId, affectedRows } = await this.#send(sql, params, options);
    return { insertId, affectedRows };
  }

  #send(sql: string, params: SqlParams | undefined, options: QueryOptions | undefined): Promise<Reply> {
    if (options !== undefined) checkQueryOptions(options);
    const ready = statement(sql, params);
    options?.signal?.throwIfAborted();
    return this.execute(ready, options);
  }

  /** @internal */
  protected abstract execute(ready: Statement, options: QueryOptions | undefined): Promise<Reply>;
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
