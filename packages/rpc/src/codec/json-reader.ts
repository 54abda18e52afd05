/** From the proto3 JSON form to a message: https://protobuf.dev/programming-guides/json/ */
import { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import type { EnumValues, FieldInfo, OneofValue, Properties, ScalarType } from "./field-info.ts";
import { described } from "./wire-writer.ts";

const MAX_DEPTH = 100;

const INTEGERS: Partial<Record<ScalarType, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
};

// Messages are read without a wait in between, so the depth of the one in hand is that of the module.
let depth = 0;

/** Fills `message`, which holds the defaults. Absent and null are the default; an unknown name is refused. */
export function messageFromJson(
  message: Properties,
  fields: readonly FieldInfo[],
  json: unknown,
  typeName: string,
): Properties {
  if (depth > MAX_DEPTH) throw refused(typeName, `at most ${MAX_DEPTH} messages inside each other`, json);
  depth += 1;
  try {
    const object = objectOf(json, typeName);
    const seen = new Set<FieldInfo>();
    for (const [key, value] of Object.entries(object)) {
      const field = fields.find(({ name, jsonName = name, protoName = name }) => key === jsonName || key === protoName);
      if (field === undefined)
        throw new RpcError(Status.InvalidArgument, `${typeName}: it has no field ${JSON.stringify(key.slice(0, 64))}`);
      const path = `${typeName}.${field.protoName ?? field.name}`;
      if (seen.has(field)) throw new RpcError(Status.InvalidArgument, `${path}: given twice`);
      seen.add(field);
      if (value !== null) setField(message, field, value, path);
    }
    return message;
  } finally {
    depth -= 1;
  }
}

function setField(message: Properties, field: FieldInfo, json: unknown, path: string): void {
  if (field.oneof === undefined) {
    message[field.name] = fieldFromJson(field, json, path);
    return;
  }
  if ((message[field.oneof] as OneofValue).case !== undefined) {
    throw new RpcError(Status.InvalidArgument, `${path}: another field of the same oneof is given too`);
  }
  message[field.oneof] = { case: field.name, value: fieldFromJson(field, json, path) };
}

function fieldFromJson(field: FieldInfo, json: unknown, path: string): unknown {
  if (field.list) {
    if (!Array.isArray(json)) throw refused(path, "an array", json);
    return json.map((each: unknown) => valueFromJson(field, each, path));
  }
  if (field.mapKey === undefined) return valueFromJson(field, json, path);
  const map = Object.create(null) as Properties;
  for (const [key, value] of Object.entries(objectOf(json, path))) {
    map[keyFromJson(field.mapKey, key, path)] = valueFromJson(field, value, path);
  }
  return map;
}

function keyFromJson(type: ScalarType, key: string, path: string): string {
  if (type === "string") return key;
  if (type === "bool") {
    if (key !== "true" && key !== "false") throw refused(path, "keys true or false", key);
    return key;
  }
  return String(integerFromJson(type, key, path));
}

function valueFromJson({ type, asNumber }: FieldInfo, json: unknown, path: string): unknown {
  if (typeof type === "object") {
    return "message" in type ? type.message.fromJSON(json) : enumFromJson(type.enum, json, path);
  }
  switch (type) {
    case "string":
      if (typeof json !== "string") throw refused(path, "a string", json);
      return json;
    case "bool":
      if (typeof json !== "boolean") throw refused(path, "true or false", json);
      return json;
    case "bytes":
      return bytesFromJson(json, path);
    case "float":
    case "double":
      return floatFromJson(type, json, path);
    default: {
      const value = integerFromJson(type, json, path);
      if (!type.endsWith("64")) return Number(value);
      if (!asNumber) return value;
      if (!Number.isSafeInteger(Number(value))) throw refused(path, `${type} within ±(2^53 - 1)`, json);
      return Number(value);
    }
  }
}

function integerFromJson(type: ScalarType, json: unknown, path: string): bigint {
  const value = integerOf(json);
  const range = INTEGERS[type];
  if (value === undefined || range === undefined || value < range[0] || value > range[1])
    throw refused(path, type, json);
  return value;
}

/** A number, or the text of one; with a fraction or an exponent when it is a whole number all the same. */
function integerOf(json: unknown): bigint | undefined {
  if (typeof json === "string" && /^-?\d{1,30}$/.test(json)) return BigInt(json);
  const value = typeof json === "string" ? numberOf(json) : json;
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
}

function floatFromJson(type: "float" | "double", json: unknown, path: string): number {
  const value = typeof json === "string" ? (SPECIAL.get(json) ?? numberOf(json)) : json;
  if (typeof value !== "number") throw refused(path, type, json);
  if (type === "double") {
    if (Number.isFinite(value) || typeof json === "string") return value;
    throw refused(path, type, json);
  }
  const near = Math.fround(value);
  if (Number.isFinite(value) && !Number.isFinite(near)) throw refused(path, type, json);
  return near;
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function numberOf(text: string): number | undefined {
  if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function enumFromJson(values: EnumValues, json: unknown, path: string): number {
  if (typeof json === "string" && Object.hasOwn(values, json)) return values[json] as number;
  if (typeof json === "number" && (json | 0) === json) return json;
  throw refused(path, "an enum's name or number", json);
}

/** Standard and URL-safe base64, with padding or without. */
function bytesFromJson(json: unknown, path: string): Uint8Array {
  if (typeof json !== "string" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(json)) throw refused(path, "base64", json);
  if (json.replace(/=+$/, "").length % 4 === 1) throw refused(path, "base64", json);
  return Buffer.from(json, "base64");
}

function objectOf(json: unknown, path: string): Properties {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw refused(path, "an object", json);
  return json as Properties;
}

function refused(path: string, expected: string, json: unknown): RpcError {
  return new RpcError(Status.InvalidArgument, `${path}: expected ${expected}, got ${described(json)}`);
}
