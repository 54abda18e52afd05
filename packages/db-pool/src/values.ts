/** What mysql2 leaves to be done on the values of rows: BIGINT beyond 2^53 comes as text, and JSON does, too. */

/** What a row's values are told by. */
export interface Column {
  readonly name: string;
  /** The protocol's number of the type. */
  readonly columnType?: number | undefined;
  /** MariaDB's JSON is a text with this mark. */
  readonly extendedFormat?: string | undefined;
}

type Row = Record<string, unknown>;

/** https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const LONGLONG = 8;
const JSON_TYPE = 245;

/** Finishes the values of the columns that need it, in place. */
export function finishRows(rows: readonly Row[], columns: readonly Column[]): void {
  if (!columns.some((column) => isBigint(column) || isJson(column))) return;
  // Of two columns with one name the last has the value.
  for (const [name, column] of new Map(columns.map((one) => [one.name, one]))) {
    const finish = isBigint(column) ? finishBigint : isJson(column) ? finishJson : undefined;
    if (finish === undefined) continue;
    for (const row of rows) row[name] = finish(row[name]);
  }
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
