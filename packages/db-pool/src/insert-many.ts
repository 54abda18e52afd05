import { optionChecks } from "@servertech/core";
import { optionProblem } from "./option-problem.ts";
import { type SqlValue, type Statement, encodable } from "./parameters.ts";
import type { QueryOptions, RunResult } from "./query-methods.ts";
import { quoted } from "./sql-template.ts";

/** Options of `insertMany`. */
export interface InsertManyOptions extends QueryOptions {
  /**
   * What happens to a row whose key is there already: `"update"` sets all given columns, `"ignore"` leaves the old row (and
   * other errors of a row become warnings, as INSERT IGNORE does). @default it fails with `DUPLICATE_KEY`
   */
  onDuplicate?: "update" | "ignore" | undefined;
}

/** Values of one row: in the order of the columns, or by their names. */
export type InsertRow = readonly SqlValue[] | { readonly [column: string]: SqlValue };

/** The protocol's limit of `?` in a statement. */
const MOST_PARAMETERS = 65_535;
const MOST_ROWS = 1_024;
/** A row's and a value's share of a packet, besides the bytes of texts and buffers. */
const VALUE_BYTES = 16;
/** Left free in a packet, for the statement's own fields. */
const RESERVED_BYTES = 1_024;

/**
 * Statements that insert rows, many with each: as few as the server's largest packet and the number of parameters allow.
 * Numbers of rows are powers of two, so that few different statements are prepared.
 *
 * @throws OptionError on wrong names, rows, or values.
 */
export function insertStatements(
  table: string,
  columns: readonly string[],
  rows: readonly InsertRow[],
  onDuplicate: InsertManyOptions["onDuplicate"],
  maxPacketBytes: number,
): Statement[] {
  const budget = maxPacketBytes - RESERVED_BYTES;
  const most = Math.min(MOST_ROWS, Math.floor(MOST_PARAMETERS / columns.length));
  const texts = new InsertTexts(table, columns, onDuplicate);
  const statements: Statement[] = [];
  let chunk: SqlValue[][] = [];
  let bytes = 0;
  const flush = (): void => {
    for (let from = 0; from < chunk.length; ) {
      const count = 2 ** Math.floor(Math.log2(chunk.length - from));
      const values = chunk.slice(from, from + count).flat();
      statements.push({ sql: texts.of(count), values, plain: true, read: false, movesDatabase: false });
      from += count;
    }
    chunk = [];
    bytes = 0;
  };
  rows.forEach((row, n) => {
    const values = rowValues(columns, row, n);
    const size = values.reduce<number>((sum, value) => sum + VALUE_BYTES + sizeOf(value), 0);
    if (chunk.length === most || (chunk.length > 0 && bytes + size > budget)) flush();
    chunk.push(values);
    bytes += size;
  });
  flush();
  return statements;
}

/** Checks what `insertMany` gets besides its rows. @throws OptionError */
export function checkInsert(
  columns: readonly string[],
  rows: readonly InsertRow[],
  { onDuplicate, ...others }: InsertManyOptions,
): QueryOptions {
  if (onDuplicate !== undefined) {
    const check = optionChecks({ onDuplicate }, ["onDuplicate"]);
    check.oneOf("onDuplicate", onDuplicate, ["update", "ignore"]);
    check.done(undefined);
  }
  if (!Array.isArray(columns) || columns.length === 0 || columns.length > 4_096)
    throw optionProblem("columns", "must be an array of 1 to 4,096 names", typeof columns);
  if (!Array.isArray(rows)) throw optionProblem("rows", "must be an array", typeof rows);
  return others;
}

/** What several inserts have done together. */
export function together(results: readonly RunResult[]): RunResult {
  return {
    insertId: results.find(({ insertId }) => insertId !== 0)?.insertId ?? 0,
    affectedRows: results.reduce((sum, { affectedRows }) => sum + affectedRows, 0),
  };
}

class InsertTexts {
  readonly #start: string;
  readonly #row: string;
  readonly #end: string;
  readonly #texts = new Map<number, string>();

  constructor(table: string, columns: readonly string[], onDuplicate: InsertManyOptions["onDuplicate"]) {
    const into = quoted("table", typeof table === "string" ? table.split(".") : [table]);
    const names = columns.map((column) => quoted("columns", [column]));
    this.#start = `INSERT ${onDuplicate === "ignore" ? "IGNORE " : ""}INTO ${into} (${names.join(", ")}) VALUES `;
    this.#row = `(${columns.map(() => "?").join(", ")})`;
    const updates = names.map((name) => `${name} = VALUES(${name})`);
    this.#end = onDuplicate === "update" ? ` ON DUPLICATE KEY UPDATE ${updates.join(", ")}` : "";
  }

  of(rows: number): string {
    let text = this.#texts.get(rows);
    if (text === undefined) {
      text = this.#start + Array.from({ length: rows }, () => this.#row).join(", ") + this.#end;
      this.#texts.set(rows, text);
    }
    return text;
  }
}

function rowValues(columns: readonly string[], row: InsertRow, n: number): SqlValue[] {
  const name = `rows[${n}]`;
  if (Array.isArray(row)) {
    if (row.length !== columns.length) throw optionProblem(name, `must have ${columns.length} values`, row.length);
    return row.map((value: SqlValue, at) => encodable(`rows[${n}][${at}]`, value));
  }
  if (typeof row !== "object" || row === null) throw optionProblem(name, "must be an array or an object", typeof row);
  const named = row as { readonly [column: string]: SqlValue };
  return columns.map((column) => encodable(`rows[${n}].${column}`, named[column]));
}

function sizeOf(value: SqlValue): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value === "object" && value !== null && !(value instanceof Date))
    return Buffer.byteLength(JSON.stringify(value));
  return 0;
}
