import { reasonOf } from "../errors.ts";
import { errorJson, serializeError } from "./err-serializer.ts";
import { isRequest, isResponse } from "./http-serializers.ts";
import { flat, jsonString, needsEscape } from "./json-string.ts";
import type { FieldPlan, LineStyle } from "./line-style.ts";
import { formatMessage } from "./message-format.ts";
import { threwNote } from "./threw-note.ts";
import type { Timestamp } from "./timestamp.ts";

// oxlint-disable-next-line typescript/unbound-method -- it is always called with a receiver
const hasOwn = Object.prototype.hasOwnProperty;
/** Names that pino keeps for itself among bindings. */
const NOT_BINDINGS = new Set(["level", "serializers", "formatters", "customLevels"]);

/** Writes log lines: one JSON object and a line feed each, whatever the values, never throwing. */
export class LineFormat {
  readonly #timestamp: Timestamp;
  #startMs = NaN;
  #startLevel = NaN;
  #startBindings = "";
  #startText = "";

  constructor(timestamp: Timestamp) {
    this.#timestamp = timestamp;
  }

  /**
   * A line from the arguments of a log call.
   *
   * @param bindings what comes before the fields, each with its leading comma
   */
  line(
    level: number,
    bindings: string,
    style: LineStyle,
    first: unknown,
    message: unknown,
    args: readonly unknown[],
  ): string {
    try {
      return this.#start(level, bindings) + body(style, first, message, args);
    } catch (thrown) {
      // What threw is outside of the fields: a Proxy that is revoked or traps, for instance.
      const text = typeof first === "string" ? first : message;
      const msg = messageField(style, typeof text === "string" ? text : threwNote(thrown));
      return `${this.#start(level, bindings)}${msg}}\n`;
    }
  }

  /** The clock is read once a line; lines of one millisecond, level and logger begin with the same text. */
  #start(level: number, bindings: string): string {
    const ms = Date.now();
    if (ms !== this.#startMs || level !== this.#startLevel || bindings !== this.#startBindings) {
      this.#startMs = ms;
      this.#startLevel = level;
      this.#startBindings = bindings;
      this.#startText = `{"level":${level}${this.#timestamp(ms)}${bindings}`;
    }
    return this.#startText;
  }
}

/** Bindings as they stand in each line: every one with its leading comma. */
export function bindingsText(bindings: object, style: LineStyle): string {
  let out = "";
  try {
    for (const key of Object.keys(bindings)) {
      if (!NOT_BINDINGS.has(key)) out += fieldCarefully(bindings, style.plan(key), style);
    }
  } catch (thrown) {
    out += `,"bindings":${JSON.stringify(threwNote(thrown))}`;
  }
  return flat(out);
}

function body(style: LineStyle, first: unknown, message: unknown, args: readonly unknown[]): string {
  if (typeof first === "string") {
    if (message === undefined && args.length === 0) return messageEnd(style, prefixed(style, first));
    if (message instanceof Error && args.length === 0 && !first.includes("%")) {
      return `${fieldsText({ err: message }, style)}${messageEnd(style, prefixed(style, first))}`;
    }
  }
  if (typeof first === "object" && first !== null) {
    const fields = fieldsOf(first);
    const text = message === undefined && args.length === 0 ? impliedMessage(first) : messageText(style, message, args);
    return fieldsText(fields, style) + messageEnd(style, text);
  }
  if (first === null || first === undefined) {
    const none = first === null && message === undefined && args.length === 0;
    return messageEnd(style, none ? null : messageText(style, message, args));
  }
  const all = message === undefined && args.length === 0 ? args : [message, ...args];
  return messageEnd(style, messageText(style, first, all));
}

function messageText(style: LineStyle, raw: unknown, args: readonly unknown[]): unknown {
  return formatMessage(prefixed(style, raw), args, {
    json: (value) => style.json.json(value, style.redaction?.root),
    text: textOf,
  });
}

function prefixed(style: LineStyle, raw: unknown): unknown {
  if (style.messagePrefix === "" || raw === undefined || raw === null) return raw;
  return style.messagePrefix + textOf(raw);
}

function fieldsOf(first: object): object {
  if (first instanceof Error) return { err: first };
  try {
    if (isRequest(first)) return { req: first };
    if (isResponse(first)) return { res: first };
  } catch {
    // A getter of these names threw: the field itself will say so.
  }
  return first;
}

function fieldsText(fields: object, style: LineStyle): string {
  let out = "";
  try {
    for (const key in fields) {
      // Object.hasOwn is several times slower in this place.
      if (!hasOwn.call(fields, key)) continue;
      const value = (fields as Record<string, unknown>)[key];
      const plan = style.plan(key);
      if (plan.plain && typeof value === "string" && !needsEscape(value)) out += `${plan.quote}${value}"`;
      else out += fieldText(value, plan, style);
    }
    return out;
  } catch {
    // Once more, with a guard around each field.
    out = "";
    for (const key of Object.keys(fields)) out += fieldCarefully(fields, style.plan(key), style);
    return out;
  }
}

function fieldCarefully(fields: object, plan: FieldPlan, style: LineStyle): string {
  try {
    return fieldText((fields as Record<string, unknown>)[plan.key], plan, style);
  } catch (thrown) {
    return plan.text + JSON.stringify(threwNote(thrown));
  }
}

function fieldText(value: unknown, plan: FieldPlan, style: LineStyle): string {
  if (!plan.plain) return specialText(value, plan, style);
  switch (typeof value) {
    case "string":
      return plan.text + jsonString(value);
    case "number":
      return Number.isFinite(value) ? plan.text + value : `${plan.text}null`;
    case "boolean":
      return value ? `${plan.text}true` : `${plan.text}false`;
    default: {
      if (value === undefined) return "";
      const json = style.json.json(value);
      return json === undefined ? "" : plan.text + json;
    }
  }
}

/** A field that is serialized or hidden. */
function specialText(raw: unknown, { key, text, serializer, node, hidden }: FieldPlan, style: LineStyle): string {
  if (raw === undefined) return "";
  if (serializer === serializeError && style.redaction === undefined) {
    const json = errorJson(raw);
    if (json !== undefined) return text + json;
  }
  const value = serializer === undefined ? raw : serializer(raw);
  if (value === undefined || typeof value === "function") return "";
  // A censor is shown what would be written.
  const whole = typeof value === "number" && !Number.isFinite(value) ? null : value;
  const shown = hidden ? style.redaction?.censored(whole, [key]) : whole;
  if (typeof shown === "string") return text + jsonString(shown);
  const json = style.json.json(shown, hidden ? undefined : node, [key]);
  return json === undefined ? "" : text + json;
}

/** The message and the end of the line. */
function messageEnd(style: LineStyle, raw: unknown): string {
  if (style.message.plain && typeof raw === "string") return style.ends.of(raw);
  return `${messageField(style, raw)}}\n`;
}

function messageField(style: LineStyle, raw: unknown): string {
  const { serializer, node, hidden } = style.message;
  let value = raw;
  if (raw !== undefined && serializer !== undefined) {
    try {
      value = serializer(raw);
    } catch (thrown) {
      value = threwNote(thrown);
    }
  }
  if (typeof value === "symbol") value = String(value);
  if (hidden && value !== undefined && typeof value !== "function") value = style.redaction?.censored(value, ["msg"]);
  const json = style.json.json(value, hidden ? undefined : node, ["msg"]);
  return json === undefined ? "" : `,"msg":${json}`;
}

/** The message of an error that was logged without one. */
function impliedMessage(first: object): unknown {
  try {
    if (first instanceof Error) return first.message;
    const { msg, err } = first as { msg?: unknown; err?: unknown };
    return msg === undefined && err ? (err as { message?: unknown }).message : undefined;
  } catch {
    // The field whose getter threw says so itself.
    return undefined;
  }
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch (thrown) {
    return `[threw: ${reasonOf(thrown)}]`;
  }
}
