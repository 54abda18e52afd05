import { optionChecks } from "@servertech/core";
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

/** A statement ready to be sent. */
export interface Statement {
  readonly sql: string;
  /** Undefined: it is sent as text, else prepared. */
  readonly values: readonly SqlValue[] | undefined;
  readonly plain: boolean;
  readonly read: boolean;
  readonly movesDatabase: boolean;
}

/** @throws OptionError when text and parameters do not fit, or a parameter is not a {@link SqlValue}. */
export function statement(sql: string, params: SqlParams | undefined): Statement {
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
    if (!Object.hasOwn(named, name)) throw problem(`params.${name}`, "must be given", undefined);
    return encodable(`params.${name}`, named[name]);
  });
  return { sql: text.named.sql, values, plain, read, movesDatabase };
}

function positional(params: readonly SqlValue[], expected: number): readonly SqlValue[] | undefined {
  // Without parameters a `?` is the server's to refuse.
  if (params.length === 0) return undefined;
  if (params.length !== expected)
    throw problem("params", `must have ${expected} values, one for each \`?\``, params.length);
  return params.map((value, index) => encodable(`params[${index}]`, value));
}

/** The value as the driver takes it. */
function encodable(name: string, value: SqlValue | undefined): SqlValue {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw problem(name, "must be a finite number", value);
    case "object":
      return encodableObject(name, value);
    default:
      throw problem(name, "must be a value (null for NULL)", typeof value);
  }
}

function encodableObject(name: string, value: object | null): SqlValue {
  if (value === null || Array.isArray(value) || Buffer.isBuffer(value)) return value as SqlValue;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) {
    if (!Number.isNaN(value.getTime())) return value;
    throw problem(name, "must be a valid date", "Invalid Date");
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return { ...value };
  throw problem(name, "must be a value, an array or a plain object", value.constructor.name);
}

/** Parameters may be secrets: only their kind is shown. */
function problem(name: string, range: string, shown: unknown): unknown {
  const check = optionChecks({}, []);
  check.problem(name, range, shown);
  try {
    return check.done(undefined);
  } catch (error) {
    return error;
  }
}
