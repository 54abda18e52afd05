/** An error on its way between threads: plain data. */
export interface ErrorRecord {
  /** The built-in class it is made of again. */
  readonly type: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own enumerable properties that can be cloned, `code` among them. */
  readonly props: Readonly<Record<string, unknown>>;
  /** Absent when there is none, or deeper than five levels. */
  readonly cause?: ReasonRecord;
}

/** Anything that was thrown, aborted with or given as a cause. */
export type ReasonRecord = { readonly error: ErrorRecord } | { readonly value: unknown };

const CAUSE_LEVELS = 5;
const CLASSES = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
const OWN = new Set(["name", "message", "stack", "cause"]);

/** Describes whatever was thrown. Never throws. */
export function encodeError(thrown: unknown, levels: number = CAUSE_LEVELS): ErrorRecord {
  return thrown instanceof Error ? describe(thrown, levels) : describeOther(thrown);
}

function describe(error: Error, levels: number): ErrorRecord {
  const props: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    const value = cloneable(() => (error as unknown as Record<string, unknown>)[key]);
    if (!OWN.has(key) && value !== undefined) props[key] = value.value;
  }
  const record = {
    type: CLASSES.find((one) => error instanceof one)?.name ?? "Error",
    name: text(() => error.name, "Error"),
    message: text(() => error.message, ""),
    stack: text(() => error.stack, undefined),
    props,
  };
  if (levels === 0 || !Object.hasOwn(error, "cause")) return record;
  return { ...record, cause: encodeReason(error.cause, levels - 1) };
}

/** Describes a reason: errors as such, all else by value if it can be cloned. Never throws. */
export function encodeReason(reason: unknown, levels: number = CAUSE_LEVELS): ReasonRecord {
  if (reason instanceof Error) return { error: describe(reason, levels) };
  return cloneable(() => reason) ?? { error: describeOther(reason) };
}

function describeOther(thrown: unknown): ErrorRecord {
  const shown = text(
    () => `a task threw ${typeof thrown === "string" ? JSON.stringify(thrown) : String(thrown)}, which is no error`,
    "a task threw no error",
  );
  const value = cloneable(() => thrown);
  const record = { type: "Error", name: "Error", message: shown, stack: undefined, props: {} };
  return value === undefined ? record : { ...record, cause: value };
}

function text<T>(read: () => unknown, fallback: T): string | T {
  try {
    const value = read();
    return typeof value === "string" ? value : fallback;
  } catch {
    // A getter that throws, or a value without a text: the error is told without it.
    return fallback;
  }
}

function cloneable(read: () => unknown): { readonly value: unknown } | undefined {
  try {
    return { value: structuredClone(read()) };
  } catch {
    // Functions, symbols and the like are left out; what else the error says gets through.
    return undefined;
  }
}

function hidden(value: unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true };
}

/** Makes an error of its description. */
export function decodeError(record: ErrorRecord): Error {
  const make = CLASSES.find((one) => one.name === record.type) ?? Error;
  const { cause } = record;
  const error = new make(record.message, cause === undefined ? undefined : { cause: decodeReason(cause) });
  if (error.name !== record.name) Object.defineProperty(error, "name", hidden(record.name));
  Object.defineProperty(error, "stack", hidden(record.stack ?? `${record.name}: ${record.message}`));
  for (const [key, value] of Object.entries(record.props))
    Object.defineProperty(error, key, { ...hidden(value), enumerable: true });
  return error;
}

/** Makes a reason of its description. */
export function decodeReason(record: ReasonRecord): unknown {
  return "error" in record ? decodeError(record.error) : record.value;
}
