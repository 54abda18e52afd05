import { reasonOf } from "../errors.ts";

/** Deeper values are replaced by a note, where the plain way has failed. */
const MAX_DEPTH = 200;

/** What is hidden: the value of every key of one of these names, at any depth. */
export interface Redaction {
  readonly keys: ReadonlySet<string>;
  readonly censor: string;
}

/** JSON of any value, never throwing; undefined for what JSON leaves out. */
export type ToJson = (value: unknown) => string | undefined;

/** JSON as `JSON.stringify` writes it, with what that refuses (cycles, BigInt, getters that throw) put into words. */
export function jsonWriter(redaction: Redaction | undefined): ToJson {
  // A `toJSON` may give back any kind of value, and undefined.
  const hide =
    redaction === undefined
      ? undefined
      : (key: string, value: unknown) => (value !== undefined && redaction.keys.has(key) ? redaction.censor : value);
  return (value) => {
    try {
      return JSON.stringify(value, hide);
    } catch {
      // The careful way says per key what is wrong.
      return carefully(value, redaction, []);
    }
  };
}

/** What is written in place of a value whose reading threw. */
export function threwNote(thrown: unknown): string {
  return JSON.stringify(`[threw: ${reasonOf(thrown)}]`);
}

function carefully(value: unknown, redaction: Redaction | undefined, parents: readonly unknown[]): string | undefined {
  try {
    if (typeof value === "bigint" || Object.prototype.toString.call(value) === "[object BigInt]")
      return `"${String(value)}"`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    if (parents.includes(value)) return '"[Circular]"';
    if (parents.length >= MAX_DEPTH) return '"[too deep]"';
    const { toJSON } = value as { toJSON?: unknown };
    const inside = [...parents, value];
    if (typeof toJSON === "function") return carefully(toJSON.call(value, ""), redaction, inside);
    if (isBoxed(value)) return JSON.stringify(value);
    if (Array.isArray(value)) {
      return `[${Array.from(value, (one: unknown) => carefully(one, redaction, inside) ?? "null").join(",")}]`;
    }
    return objectCarefully(value, redaction, inside);
  } catch (thrown) {
    return threwNote(thrown);
  }
}

/** `new String("a")` and its kin are written as what is in them. */
function isBoxed(value: object): boolean {
  return ["[object String]", "[object Number]", "[object Boolean]"].includes(Object.prototype.toString.call(value));
}

function objectCarefully(value: object, redaction: Redaction | undefined, parents: readonly unknown[]): string {
  const fields: string[] = [];
  for (const key of Object.keys(value)) {
    const json = redaction?.keys.has(key)
      ? JSON.stringify(redaction.censor)
      : fieldCarefully(value, key, redaction, parents);
    if (json !== undefined) fields.push(`${JSON.stringify(key)}:${json}`);
  }
  return `{${fields.join(",")}}`;
}

function fieldCarefully(
  value: object,
  key: string,
  redaction: Redaction | undefined,
  parents: readonly unknown[],
): string | undefined {
  try {
    return carefully((value as Record<string, unknown>)[key], redaction, parents);
  } catch (thrown) {
    return threwNote(thrown);
  }
}
