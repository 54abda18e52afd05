import { optionChecks } from "@servertech/core";
import { DbPoolError } from "./errors.ts";
import { optionProblem } from "./option-problem.ts";
import type { QueryMethods, QueryOptions } from "./query-methods.ts";
import { quoted } from "./sql-template.ts";

/** Options of `loader`. */
export interface LoaderOptions {
  /** Most keys of one statement. From 1 to 16,384. @default 1_024 */
  maxBatch?: number | undefined;
  /** Columns to read, the key's among them or not. @default all */
  columns?: readonly string[] | undefined;
  /** Longest time of each statement, in milliseconds. 0 = no limit. @default the pool's `queryTimeoutMs` */
  timeoutMs?: number | undefined;
}

/** What a loader's column holds. */
export type LoaderKey = string | number | bigint;

interface Load {
  readonly resolve: (row: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Rows by the value of one column: keys that are asked for in the same turn of the event loop share one `IN (…)`. Nothing
 * is kept beyond that.
 *
 * The column must be unique, and texts must be asked for as they are stored, upper and lower case included.
 */
export class Loader<Row, Key extends LoaderKey> {
  readonly #db: QueryMethods;
  readonly #text: string;
  readonly #maxBatch: number;
  readonly #options: QueryOptions;
  /** By the key's text. */
  #batch = new Map<string, { readonly key: Key; readonly loads: Load[] }>();
  readonly #flush = (): void => {
    const batch = [...this.#batch.values()];
    this.#batch = new Map();
    for (let from = 0; from < batch.length; from += this.#maxBatch)
      void this.#read(batch.slice(from, from + this.#maxBatch));
  };

  /** @internal */
  constructor(db: QueryMethods, table: string, column: string, options: LoaderOptions) {
    const check = optionChecks(options, ["maxBatch", "columns", "timeoutMs"]);
    const { maxBatch = 1_024, columns, timeoutMs } = options;
    this.#maxBatch = check.done(check.integer("maxBatch", maxBatch, { min: 1, max: 16_384 }));
    if (columns !== undefined && (!Array.isArray(columns) || columns.length === 0))
      throw optionProblem("columns", "must be an array of names", typeof columns);
    const key = quoted("column", [column]);
    const list = columns === undefined ? "t.*" : columns.map((name) => `t.${quoted("columns", [name])}`).join(", ");
    const from = quoted("table", typeof table === "string" ? table.split(".") : [table]);
    this.#db = db;
    // The key has a name of its own, as the columns need not have it; a typed or renamed one would not be found again.
    this.#text = `SELECT ${list}, CAST(t.${key} AS CHAR) AS ${KEY_NAME} FROM ${from} AS t WHERE t.${key} IN `;
    this.#options = timeoutMs === undefined ? {} : { timeoutMs };
  }

  /**
   * The row with this key; undefined when there is none.
   *
   * @throws DbPoolError `ROW_COUNT` when there are several, else as `query`; OptionError on a wrong key. As rejections.
   */
  load(key: Key): Promise<Row | undefined> {
    return new Promise<Row | undefined>((resolve, reject) => {
      checkKey(key);
      // After all who go on in this turn have asked.
      if (this.#batch.size === 0) queueMicrotask(() => process.nextTick(this.#flush));
      const id = String(key);
      const same = this.#batch.get(id);
      if (same === undefined) this.#batch.set(id, { key, loads: [{ resolve, reject }] });
      else same.loads.push({ resolve, reject });
    });
  }

  async #read(batch: readonly { readonly key: Key; readonly loads: Load[] }[]): Promise<void> {
    try {
      const keys = padded(batch.map(({ key }) => key));
      const text = `${this.#text}(${keys.map(() => "?").join(", ")})`;
      const found = new Map<string, object[]>();
      for (const row of await this.#db.query<KeyedRow>(text, keys, this.#options)) {
        const id = takeKey(row);
        const rows = found.get(id);
        if (rows === undefined) found.set(id, [row]);
        else rows.push(row);
      }
      for (const { key, loads } of batch) settle(loads, found.get(String(key)) ?? []);
    } catch (error) {
      for (const { loads } of batch) for (const { reject } of loads) reject(error);
    }
  }
}

const KEY_NAME = "servertech_key";

/** With `rowsAsArray` it is the last value. */
type KeyedRow = unknown[] | { [KEY_NAME]?: unknown };

function takeKey(row: KeyedRow): string {
  if (Array.isArray(row)) return String(row.pop());
  const id = String(row[KEY_NAME]);
  delete row[KEY_NAME];
  return id;
}

/** To the next power of two by repeating the last one, so that few different statements are prepared. */
function padded<Key>(keys: readonly Key[]): Key[] {
  const last = keys.at(-1) as Key;
  return Array.from({ length: 2 ** Math.ceil(Math.log2(keys.length)) }, (_, n) => keys[n] ?? last);
}

function settle(loads: readonly Load[], rows: readonly object[]): void {
  for (const { resolve, reject } of loads)
    if (rows.length > 1) reject(new DbPoolError("ROW_COUNT", `expected at most one row, got ${rows.length}`));
    else resolve(rows[0] as never);
}

function checkKey(key: unknown): void {
  if (typeof key === "string" || typeof key === "bigint" || (typeof key === "number" && Number.isSafeInteger(key)))
    return;
  throw optionProblem(
    "key",
    "must be a string, a whole number or a bigint",
    typeof key === "number" ? key : typeof key,
  );
}
