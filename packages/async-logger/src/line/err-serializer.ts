import { errorHead } from "./error-head.ts";
import { jsonString } from "./json-string.ts";

/** What counts as an error: anything with a `message` text, also across realms and libraries. */
interface ErrorLike {
  readonly message: string;
  readonly name?: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === "object" && value !== null && typeof (value as ErrorLike).message === "string";
}

/**
 * The standard `err` serializer: `type`, `message` and `stack`, both with those of the causes, `aggregateErrors`, then
 * the error's own fields such as `code`. What is no error comes back as it is.
 */
export function serializeError(value: unknown): unknown {
  return isErrorLike(value) ? serialize(value, new Set()) : value;
}

/**
 * The JSON of what {@link serializeError} makes of an error with nothing but its texts and flat fields, by far the most
 * frequent kind; undefined for every other value.
 */
export function errorJson(value: unknown): string | undefined {
  if (!(value instanceof Error) || value.cause !== undefined) return undefined;
  if (Array.isArray((value as AggregateError).errors)) return undefined;
  const { constructor, message, stack } = value;
  if (typeof constructor !== "function" || typeof message !== "string" || typeof stack !== "string") return undefined;
  // A class may have a static `name` of another kind.
  const type: unknown = constructor.name;
  if (typeof type !== "string") return undefined;
  let out = errorHead(type, message, stack);
  // oxlint-disable-next-line guard-for-in -- inherited fields count, too: classes may declare them on the prototype
  for (const key in value) {
    const field = (value as unknown as Record<string, unknown>)[key];
    if (key in PLAIN_NAMES) continue;
    if (typeof field === "string") out += `,${jsonString(key)}:${jsonString(field)}`;
    else if (typeof field === "number" && Number.isFinite(field)) out += `,${jsonString(key)}:${field}`;
    else if (typeof field === "boolean") out += `,${jsonString(key)}:${field}`;
    else return undefined;
  }
  return `${out}}`;
}

/** Names that are taken in the object that {@link serializeError} makes. */
const PLAIN_NAMES = { type: "", message: "", stack: "", raw: "" };

function serialize(error: ErrorLike, parents: Set<unknown>): unknown {
  parents.add(error);
  const { constructor } = error as { constructor?: unknown };
  const type = typeof constructor === "function" ? constructor.name : error.name;
  const out: Record<string, unknown> = { type, message: messageOf(error), stack: stackOf(error) };
  if (Array.isArray(error.errors)) {
    out.aggregateErrors = error.errors.map((one: unknown) => {
      if (parents.has(one)) return "[Circular]";
      return isErrorLike(one) ? serialize(one, parents) : one;
    });
  }
  // oxlint-disable-next-line guard-for-in -- inherited fields count, too: classes may declare them on the prototype
  for (const key in error) {
    // A name that is taken, also by Object.prototype, stays what it is.
    if (key === "raw" || out[key] !== undefined) continue;
    const field = (error as unknown as Record<string, unknown>)[key];
    if (!isErrorLike(field)) out[key] = field;
    else if (key !== "cause" && !parents.has(field)) out[key] = serialize(field, parents);
  }
  parents.delete(error);
  return out;
}

/** The cause, if it is an error; VError and its kin have a method of that name. */
function causeOf(error: ErrorLike): { cause: ErrorLike; byMethod: boolean } | undefined {
  const byMethod = typeof error.cause === "function";
  const cause: unknown = byMethod ? (error as unknown as { cause(): unknown }).cause() : error.cause;
  return isErrorLike(cause) ? { cause, byMethod } : undefined;
}

function stackOf(error: ErrorLike): string {
  const seen = new Set<unknown>();
  let text = "";
  let current = error;
  for (;;) {
    text += typeof current.stack === "string" ? current.stack : "";
    if (seen.has(current)) return `${text}\ncauses have become circular...`;
    const next = causeOf(current);
    if (next === undefined) return text;
    seen.add(current);
    text += "\ncaused by: ";
    current = next.cause;
  }
}

function messageOf(error: ErrorLike): string {
  const seen = new Set<unknown>();
  let text = "";
  let current = error;
  // A VError has the messages of its causes in its own.
  let skip = false;
  for (;;) {
    if (!skip) text += current.message;
    if (seen.has(current)) return `${text}: ...`;
    const next = causeOf(current);
    if (next === undefined) return text;
    seen.add(current);
    skip = next.byMethod;
    if (!skip) text += ": ";
    current = next.cause;
  }
}
