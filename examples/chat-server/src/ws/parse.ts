/** Reads what clients send. Nothing here throws anything but {@link BadEvent}. */

/** A client's event is not as it must be. */
export class BadEvent extends Error {
  override readonly name = "BadEvent";
}

export interface ClientEnvelope {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The client's own number for its event, 1 to 2^31-1; the reply carries it. */
  readonly ref: number | undefined;
}

const MAX_REF = 2 ** 31 - 1;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @throws BadEvent when the frame is no JSON object with `type` and `payload`. */
export function parseEnvelope(frame: Buffer): ClientEnvelope {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(frame));
  } catch {
    throw new BadEvent("not JSON");
  }
  const { type, payload, ref } = record(value);
  if (typeof type !== "string") throw new BadEvent("type: must be a string");
  const hasRef = typeof ref === "number" && Number.isInteger(ref) && ref >= 1 && ref <= MAX_REF;
  return { type, payload: record(payload), ref: hasRef ? ref : undefined };
}

/** An object, as a record of its own members only. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new BadEvent("must be an object");
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

export function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw new BadEvent(`${name}: must be a string`);
  return value;
}

export function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, name);
}

export function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new BadEvent(`${name}: must be an array`);
  return value;
}

/** A whole number within the range; `fallback` when it is absent. */
export function count(value: unknown, name: string, min: number, max: number, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
    throw new BadEvent(`${name}: must be an integer from ${min} to ${max}`);
  return value;
}

const NONCE = /^[A-Za-z0-9_-]{1,64}$/;

export function nonce(value: unknown): string {
  const given = text(value, "nonce");
  if (!NONCE.test(given)) throw new BadEvent("nonce: must be 1 to 64 of A-Z a-z 0-9 _ -");
  return given;
}

export const MAX_MESSAGE_CHARS = 4_000;
export const MAX_MESSAGES_PER_EVENT = 50;
export const MAX_FRAME_BYTES = 65_536;

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Whether a text has half of a surrogate pair: it could not be stored and returned unchanged. */
export function hasLoneSurrogate(content: string): boolean {
  return LONE_SURROGATE.test(content);
}
