import { reasonOf } from "../errors.ts";
import { isRequest, isResponse } from "./http-serializers.ts";
import { jsonString } from "./json-string.ts";
import { type Redaction, type ToJson, jsonWriter, threwNote } from "./json-value.ts";
import { type ArgumentText, formatMessage } from "./message-format.ts";
import type { Timestamp } from "./timestamp.ts";

/** Turns the value of one field into what is written. */
export type Serializer = (value: unknown) => unknown;

export type Serializers = Readonly<Record<string, Serializer>>;

/** Names that pino keeps for itself among bindings. */
const NOT_BINDINGS = new Set(["level", "serializers", "formatters", "customLevels"]);
const MAX_CACHED_KEYS = 4_096;

/** Writes log lines: one JSON object and a line feed each, whatever the values, never throwing. */
export class LineFormat {
  readonly #timestamp: Timestamp;
  readonly #redaction: Redaction | undefined;
  readonly #json: ToJson;
  readonly #show: ArgumentText;
  readonly #keys = new Map<string, string>();
  readonly #heads: string[] = [];
  #headMs = NaN;

  constructor(timestamp: Timestamp, redaction: Redaction | undefined) {
    this.#timestamp = timestamp;
    this.#redaction = redaction;
    this.#json = jsonWriter(redaction);
    this.#show = { json: this.#json, text: textOf };
  }

  /** A line from the arguments of a log call. */
  line(
    level: number,
    bindings: string,
    serializers: Serializers,
    first: unknown,
    message: unknown,
    args: readonly unknown[],
  ): string {
    try {
      return this.#head(level) + bindings + this.#body(serializers, first, message, args);
    } catch (thrown) {
      // What threw is outside of the fields: a Proxy that is revoked or traps, for instance.
      const text = typeof first === "string" ? first : message;
      const msg = jsonString(typeof text === "string" ? text : `[threw: ${reasonOf(thrown)}]`);
      return `${this.#head(level)}${bindings},"msg":${msg}}\n`;
    }
  }

  /** Bindings as they stand in each line: every one with its leading comma. */
  bindings(bindings: object, serializers: Serializers): string {
    let out = "";
    try {
      for (const key of Object.keys(bindings)) {
        if (!NOT_BINDINGS.has(key)) out += this.#fieldCarefully(bindings, key, serializers);
      }
    } catch (thrown) {
      out += `,"bindings":${threwNote(thrown)}`;
    }
    return out;
  }

  /** The clock is read once a line, the head is written once a level and millisecond. */
  #head(level: number): string {
    const ms = Date.now();
    if (ms !== this.#headMs) {
      this.#headMs = ms;
      this.#heads.length = 0;
    }
    return (this.#heads[level] ??= `{"level":${level}${this.#timestamp(ms)}`);
  }

  #body(serializers: Serializers, first: unknown, message: unknown, args: readonly unknown[]): string {
    if (typeof first === "string") {
      if (message === undefined && args.length === 0) return `,"msg":${jsonString(first)}}\n`;
      if (message instanceof Error && args.length === 0 && !first.includes("%")) {
        return `${this.#fields({ err: message }, serializers)}${this.#message(first, serializers)}}\n`;
      }
    }
    if (typeof first !== "object") {
      if (first === undefined) return `${this.#message(formatMessage(message, args, this.#show), serializers)}}\n`;
      const all = message === undefined && args.length === 0 ? args : [message, ...args];
      return `${this.#message(formatMessage(first, all, this.#show), serializers)}}\n`;
    }
    if (first === null) {
      const text = message === undefined && args.length === 0 ? null : formatMessage(message, args, this.#show);
      return `${this.#message(text, serializers)}}\n`;
    }
    let text = args.length === 0 ? message : formatMessage(message, args, this.#show);
    const fields = this.#fieldsOf(first);
    if (text === undefined) text = impliedMessage(first);
    return `${this.#fields(fields, serializers)}${this.#message(text, serializers)}}\n`;
  }

  #fieldsOf(first: object): object {
    if (first instanceof Error) return { err: first };
    try {
      if (isRequest(first)) return { req: first };
      if (isResponse(first)) return { res: first };
    } catch {
      // A getter of these names threw: the field itself will say so.
    }
    return first;
  }

  #fields(fields: object, serializers: Serializers): string {
    let out = "";
    try {
      for (const key in fields) {
        if (!Object.hasOwn(fields, key)) continue;
        out += this.#field(key, (fields as Record<string, unknown>)[key], serializers);
      }
      return out;
    } catch {
      // Once more, with a guard around each field.
      out = "";
      for (const key of Object.keys(fields)) out += this.#fieldCarefully(fields, key, serializers);
      return out;
    }
  }

  #fieldCarefully(fields: object, key: string, serializers: Serializers): string {
    try {
      return this.#field(key, (fields as Record<string, unknown>)[key], serializers);
    } catch (thrown) {
      return this.#key(key) + threwNote(thrown);
    }
  }

  #field(key: string, raw: unknown, serializers: Serializers): string {
    if (raw === undefined) return "";
    if (this.#redaction?.keys.has(key)) return this.#key(key) + jsonString(this.#redaction.censor);
    const value = Object.hasOwn(serializers, key) ? serializers[key]?.(raw) : raw;
    switch (typeof value) {
      case "string":
        return this.#key(key) + jsonString(value);
      case "number":
        return this.#key(key) + (Number.isFinite(value) ? value : "null");
      case "boolean":
        return this.#key(key) + value;
      default: {
        const json = this.#json(value);
        return json === undefined ? "" : this.#key(key) + json;
      }
    }
  }

  #key(key: string): string {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const written = `,${jsonString(key)}:`;
    if (this.#keys.size < MAX_CACHED_KEYS) this.#keys.set(key, written);
    return written;
  }

  #message(raw: unknown, serializers: Serializers): string {
    const { msg } = serializers;
    let value = raw;
    if (raw !== undefined && msg !== undefined) {
      try {
        value = msg(raw);
      } catch (thrown) {
        return `,"msg":${threwNote(thrown)}`;
      }
    }
    if (typeof value === "string") return `,"msg":${jsonString(value)}`;
    if (typeof value === "symbol") return `,"msg":${jsonString(String(value))}`;
    const json = this.#json(value);
    return json === undefined ? "" : `,"msg":${json}`;
  }
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
