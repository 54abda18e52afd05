/** SQL templates: the text is the programmer's, all values go as parameters. */
import { optionProblem } from "./option-problem.ts";
import type { SqlValue } from "./parameters.ts";

/** What may stand in a template: a value, a list of values, a fragment. */
export type SqlPart = SqlValue | SqlFragment;

/** A piece of SQL with its values; made by {@link sql} only, so that no text of strangers gets in. */
export class SqlFragment {
  /** With `?` for each value. */
  readonly text: string;
  readonly values: readonly SqlValue[];

  /** @internal */
  constructor(text: string, values: readonly SqlValue[]) {
    this.text = text;
    this.values = values;
  }
}

/** The tag of templates, with helpers for names and lists. */
export interface SqlTag {
  /**
   * A fragment: each value becomes a parameter, an array a list `(?, ?, …)`, a fragment its text and values. An empty list
   * matches nothing: `x IN ()` is false, `x NOT IN ()` true.
   */
  (text: TemplateStringsArray, ...values: SqlPart[]): SqlFragment;
  /** A name, quoted: `sql.id("users", "id")` is `` `users`.`id` ``. @throws OptionError when it is no name. */
  id(...parts: [string, ...string[]]): SqlFragment;
  /** Fragments or values with a separator between them: `", "` by default, ` AND ` and the like as a fragment. */
  join(parts: readonly SqlPart[], separator?: SqlFragment): SqlFragment;
  /** An array or object as one JSON parameter. */
  json(value: readonly unknown[] | { readonly [name: string]: unknown }): SqlFragment;
}

const EMPTY_LIST = "(SELECT NULL FROM DUAL WHERE 1 = 0)";
const COMMA = new SqlFragment(", ", []);
const LONGEST_NAME = 64;

/** Makes fragments for `query`, `one` and the others, and for templates within templates. */
export const sql: SqlTag = Object.assign(
  (text: TemplateStringsArray, ...values: SqlPart[]): SqlFragment => sqlFragment(text, values),
  { id: identifier, join, json },
);

export function sqlFragment(text: TemplateStringsArray, parts: readonly SqlPart[]): SqlFragment {
  if (!Array.isArray(text) || !Array.isArray(text.raw))
    throw optionProblem("sql", "must be used as a template's tag", typeof text);
  const values: SqlValue[] = [];
  let result = text[0] as string;
  for (let n = 0; n < parts.length; n++) result += add(parts[n] as SqlPart, values) + (text[n + 1] as string);
  return new SqlFragment(result, values);
}

/** @returns the text of a part, its values added. */
function add(part: SqlPart, values: SqlValue[]): string {
  if (part instanceof SqlFragment) {
    for (const value of part.values) values.push(value);
    return part.text;
  }
  if (!Array.isArray(part)) {
    values.push(part);
    return "?";
  }
  if (part.length === 0) return EMPTY_LIST;
  return `(${(part as SqlPart[]).map((one) => add(one, values)).join(", ")})`;
}

function identifier(...parts: string[]): SqlFragment {
  return new SqlFragment(quoted("sql.id", parts), []);
}

/** A name in backticks, its parts joined by dots. */
export function quoted(option: string, parts: readonly string[]): string {
  for (const part of parts)
    if (typeof part !== "string" || part === "" || part.length > LONGEST_NAME || part.includes("\0"))
      throw optionProblem(option, `must be names of 1 to ${LONGEST_NAME} characters`, part);
  if (parts.length === 0) throw optionProblem(option, "must have a name", undefined);
  return parts.map((part) => `\`${part.replaceAll("`", "``")}\``).join(".");
}

function join(parts: readonly SqlPart[], separator: SqlFragment = COMMA): SqlFragment {
  if (!Array.isArray(parts) || parts.length === 0)
    throw optionProblem("sql.join", "must have at least one part", parts);
  if (!(separator instanceof SqlFragment))
    throw optionProblem("sql.join", "must have a fragment as separator", typeof separator);
  const values: SqlValue[] = [];
  const text = (parts as readonly SqlPart[]).map(
    (part, n) => (n > 0 ? add(separator, values) : "") + add(part, values),
  );
  return new SqlFragment(text.join(""), values);
}

function json(value: readonly unknown[] | { readonly [name: string]: unknown }): SqlFragment {
  if (typeof value !== "object" || value === null)
    throw optionProblem("sql.json", "must be an array or object", typeof value);
  return new SqlFragment("?", [value]);
}
