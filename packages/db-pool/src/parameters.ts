import { optionProblem as problem } from "./option-problem.ts";
import { SqlFragment } from "./sql-template.ts";
import { sqlText } from "./sql-text.ts";

/**
 * What a parameter may be: numbers finite, dates valid, bytes as `Buffer` or `Uint8Array`; arrays and plain objects are
 * sent as JSON.
 */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly unknown[]
  | { readonly [name: string]: unknown };

/** An array: one value for each `?`. An object: the values of `:name`, each name as often as it is used. */
export type SqlParams = readonly SqlValue[] | { readonly [name: string]: SqlValue };

/** A statement's text, or a template with its values. */
export type Sql = string | SqlFragment;

/** A statement ready to be sent. */
export interface Statement {
  readonly sql: string;
  /** Undefined: it is sent as text, else prepared. */
  readonly values: readonly SqlValue[] | undefined;
  readonly plain: boolean;
  readonly read: boolean;
  readonly movesDatabase: boolean;
}

/** A statement of ours that changes nothing that a lease may leave behind. */
export function control(sql: string): Statement {
  return { sql, values: undefined, plain: true, read: false, movesDatabase: false };
}

/** @throws OptionError when text and parameters do not fit, or a parameter is not a {@link SqlValue}. */
export function statement(sql: Sql, params: SqlParams | undefined): Statement {
  if (sql instanceof SqlFragment) return templated(sql, params);
  if (typeof sql !== "string" || sql === "") throw problem("sql", "must be a statement", typeof sql);
  const text = sqlText(sql);
  const { plain, read, movesDatabase } = text;
  if (params === undefined) return { sql, values: undefined, plain, read, movesDatabase };
  if (Array.isArray(params)) {
    const values = positional(params as readonly SqlValue[], text.positional);
    return { sql, values, plain, read, movesDatabase };
  }
  if (typeof params !== "object" || params === null)
    throw problem("params", "must be an array or an object", params === null ? "null" : typeof params);
  const { names } = text.named;
  if (text.positional > 0)
    throw problem("params", "must be an array, as the statement has `?`", "an object of named parameters");
  if (names.length === 0) return { sql, values: undefined, plain, read, movesDatabase };
  const named = params as { readonly [name: string]: SqlValue };
  const values = names.map((name) => {
    if (!Object.hasOwn(named, name)) throw problem(nameOf(name), "must be given", undefined);
    return encodable(name, named[name]);
  });
  return { sql: text.named.sql, values, plain, read, movesDatabase };
}

function positional(params: readonly SqlValue[], expected: number): readonly SqlValue[] | undefined {
  // Without parameters a `?` is the server's to refuse.
  if (params.length === 0) return undefined;
  if (params.length !== expected)
    throw problem("params", `must have ${expected} values, one for each \`?\``, params.length);
  const values: SqlValue[] = [];
  for (let n = 0; n < expected; n++) values.push(encodable(n, params[n]));
  return values;
}

function templated({ text, values }: SqlFragment, params: SqlParams | undefined): Statement {
  if (params !== undefined && !(Array.isArray(params) && params.length === 0))
    throw problem("params", "must be [] beside a template, which has its values", typeof params);
  const { positional: expected, plain, read, movesDatabase } = sqlText(text);
  if (expected !== values.length)
    throw problem("sql", `must have its ${values.length} values outside of quotes, and no \`?\` of its own`, expected);
  return { sql: text, values: positional(values, expected), plain, read, movesDatabase };
}

/** The value as the driver takes it. @param at the index or the name of the parameter. */
export function encodable(at: number | string, value: SqlValue | undefined): SqlValue {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw problem(nameOf(at), "must be a finite number", value);
    case "object":
      return encodableObject(at, value);
    default:
      throw problem(nameOf(at), "must be a value (null for NULL)", typeof value);
  }
}

function encodableObject(at: number | string, value: object | null): SqlValue {
  if (value === null || Buffer.isBuffer(value)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) {
    if (!Number.isNaN(value.getTime())) return value;
    throw problem(nameOf(at), "must be a valid date", "Invalid Date");
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null)
    throw problem(nameOf(at), "must be a value, an array or a plain object", value.constructor.name);
  checkJson(at, value);
  return Array.isArray(value) ? (value as SqlValue) : { ...value };
}

/** The driver would find out in the midst of sending. */
function checkJson(at: number | string, value: object): void {
  try {
    JSON.stringify(value);
  } catch {
    throw problem(nameOf(at), "must have a JSON form", Array.isArray(value) ? "an array" : "an object");
  }
}

function nameOf(at: number | string): string {
  return typeof at === "number" ? `params[${at}]` : `params.${at}`;
}
