/** What mysql2 leaves to be done on the values of rows: BIGINT beyond 2^53 comes as text, and JSON does, too. */

/** What a row's values are told by. */
export interface Column {
  readonly name: string;
  /** The protocol's number of the type. */
  readonly columnType?: number | undefined;
  /** MariaDB's JSON is a text with this mark. */
  readonly extendedFormat?: string | undefined;
}

type Row = Record<string | number, unknown>;

/** https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const LONGLONG = 8;
const JSON_TYPE = 245;

type Finish = (value: unknown) => unknown;

/** Finishes the values of the columns that need it, in place. */
export function finishRows(rows: readonly Row[], columns: readonly Column[], asArrays: boolean): void {
  for (let n = 0; n < columns.length; n++) {
    const column = columns[n] as Column;
    const finish = finishOf(column);
    // Of two columns with one name the last has the value.
    if (finish === undefined || (!asArrays && isHidden(columns, n))) continue;
    const name = asArrays ? n : column.name;
    for (const row of rows) row[name] = finish(row[name]);
  }
}

function isHidden(columns: readonly Column[], n: number): boolean {
  const name = columns[n]?.name;
  for (let later = n + 1; later < columns.length; later++) if (columns[later]?.name === name) return true;
  return false;
}

function finishOf(column: Column): Finish | undefined {
  if (isBigint(column)) return finishBigint;
  return isJson(column) ? finishJson : undefined;
}

function isBigint({ columnType }: Column): boolean {
  return columnType === LONGLONG;
}

function isJson({ columnType, extendedFormat }: Column): boolean {
  return columnType === JSON_TYPE || extendedFormat === "json";
}

export function finishBigint(value: unknown): unknown {
  return typeof value === "string" ? BigInt(value) : value;
}

/** A text that is not JSON, as MariaDB lets it into a column whose check was dropped, stays a text. */
export function finishJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
