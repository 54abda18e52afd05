import { jsonString } from "./json-string.ts";

/** Deeper values are left to `JSON.stringify`, which sees cycles. */
const MAX_DEPTH = 8;
const MAX_KEYS = 4_096;
// oxlint-disable-next-line typescript/unbound-method -- it is always called with a receiver
const hasOwn = Object.prototype.hasOwnProperty;
const keys = new Map<string, string>();

/**
 * What `JSON.stringify(value)` gives, faster for objects and arrays without conversions of their own; everything else is
 * left to it. Throws what it throws.
 */
export function plainJson(value: unknown, depth = 0): string | undefined {
  switch (typeof value) {
    case "string":
      return jsonString(value);
    case "number":
      return Number.isFinite(value) ? String(value) : "null";
    case "boolean":
      return value ? "true" : "false";
    case "object": {
      if (value === null) return "null";
      const isPlain = depth < MAX_DEPTH && (value as { toJSON?: unknown }).toJSON === undefined;
      if (!isPlain) return JSON.stringify(value);
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype) return objectJson(value as Record<string, unknown>, depth + 1);
      return prototype === Array.prototype && Array.isArray(value)
        ? arrayJson(value, depth + 1)
        : JSON.stringify(value);
    }
    default:
      return JSON.stringify(value);
  }
}

function objectJson(value: Record<string, unknown>, depth: number): string {
  let out = "{";
  let comma = "";
  for (const key in value) {
    // Object.hasOwn is several times slower in this place.
    if (!hasOwn.call(value, key)) continue;
    const json = plainJson(value[key], depth);
    if (json === undefined) continue;
    out += comma + keyText(key) + json;
    comma = ",";
  }
  return `${out}}`;
}

function arrayJson(value: readonly unknown[], depth: number): string {
  const { length } = value;
  if (length === 0) return "[]";
  let out = `[${plainJson(value[0], depth) ?? "null"}`;
  for (let i = 1; i < length; i++) out += `,${plainJson(value[i], depth) ?? "null"}`;
  return `${out}]`;
}

/** `"key":` */
function keyText(key: string): string {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const text = `${jsonString(key)}:`;
  if (keys.size < MAX_KEYS) keys.set(key, text);
  return text;
}
