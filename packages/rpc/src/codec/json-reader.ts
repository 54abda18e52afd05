/** From the proto3 JSON form to a message: https://protobuf.dev/programming-guides/json/ */
import type { EnumValues, FieldInfo, OneofValue, Properties, ScalarType } from "./field-info.ts";
import { type JsonWalk, shown } from "./json-walk.ts";
import { is64BitInteger } from "./scalars.ts";

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

/** Fields by their names in JSON and in the proto. */
export type FieldsByName = ReadonlyMap<string, FieldInfo>;

export function fieldsByName(fields: readonly FieldInfo[]): FieldsByName {
  const byName = new Map<string, FieldInfo>();
  for (const field of fields) byName.set(field.protoName ?? field.name, field);
  for (const field of fields) byName.set(field.jsonName ?? field.name, field);
  return byName;
}

/** Fills `message`, which holds the defaults. Absent and null are the default; an unknown name is refused. */
export function messageFromJson(message: Properties, fields: FieldsByName, json: unknown, walk: JsonWalk): void {
  const seen = new Set<FieldInfo>();
  for (const [key, value] of Object.entries(objectOf(json, walk))) {
    const field = fields.get(key);
    if (field === undefined) throw walk.error(`it has no field ${shown(key)}`);
    walk.field(field.protoName ?? field.name);
    if (seen.has(field)) throw walk.error("given twice");
    seen.add(field);
    if (value !== null || takesNull(field)) setField(message, field, value, walk);
    walk.up();
  }
}

/** Null is a value of `Value` and of `NullValue`; of all else it says that the field is absent. */
function takesNull({ type, list, mapKey }: FieldInfo): boolean {
  if (typeof type !== "object" || list || mapKey !== undefined) return false;
  return "message" in type ? type.message.typeName === "google.protobuf.Value" : isNullValue(type.enum);
}

/** @internal Whether it is `google.protobuf.NullValue`: an enum is known by what it holds. */
export function isNullValue(values: EnumValues): boolean {
  return values.NULL_VALUE === 0 && Object.keys(values).length === 1;
}

function setField(message: Properties, field: FieldInfo, json: unknown, walk: JsonWalk): void {
  if (field.oneof === undefined) {
    message[field.name] = fieldFromJson(field, json, walk);
    return;
  }
  if ((message[field.oneof] as OneofValue).case !== undefined) {
    throw walk.error("another field of the same oneof is given too");
  }
  message[field.oneof] = { case: field.name, value: fieldFromJson(field, json, walk) };
}

function fieldFromJson(field: FieldInfo, json: unknown, walk: JsonWalk): unknown {
  if (field.list) {
    if (!Array.isArray(json)) throw walk.refused("an array", json);
    return json.map((each: unknown, index) => {
      walk.index(index);
      const value = singleFromJson(field, each, walk);
      walk.up();
      return value;
    });
  }
  if (field.mapKey === undefined) return singleFromJson(field, json, walk);
  const map = Object.create(null) as Properties;
  for (const [text, value] of Object.entries(objectOf(json, walk))) {
    const key = keyFromJson(field.mapKey, text, walk);
    walk.key(text);
    // `1` and `01` are one key.
    if (key in map) throw walk.error("given twice");
    map[key] = singleFromJson(field, value, walk);
    walk.up();
  }
  return map;
}

function keyFromJson(type: ScalarType, key: string, walk: JsonWalk): string {
  if (type === "string") return textFromJson(key, walk);
  if (type !== "bool") return String(integerFromJson(type, key, walk));
  if (key !== "true" && key !== "false") throw walk.refused("keys true or false", key);
  return key;
}

/** @internal One value: of a field, of a list's element, of a map's value. */
export function singleFromJson({ type, asNumber, asString }: FieldInfo, json: unknown, walk: JsonWalk): unknown {
  if (typeof type === "object") {
    return "message" in type ? type.message.fromJSON(json, walk) : enumFromJson(type.enum, json, walk);
  }
  switch (type) {
    case "string":
      return textFromJson(json, walk);
    case "bool":
      if (typeof json !== "boolean") throw walk.refused("true or false", json);
      return json;
    case "bytes":
      return bytesFromJson(json, walk);
    case "float":
    case "double":
      return floatFromJson(type, json, walk);
    default: {
      const value = integerFromJson(type, json, walk);
      if (!is64BitInteger(type)) return Number(value);
      if (asString) return String(value);
      if (!asNumber) return value;
      if (!Number.isSafeInteger(Number(value))) throw walk.refused(`${type} within ±(2^53 - 1)`, json);
      return Number(value);
    }
  }
}

function textFromJson(json: unknown, walk: JsonWalk): string {
  if (typeof json !== "string") throw walk.refused("a string", json);
  if (/\p{Surrogate}/u.test(json)) throw walk.error("half of a surrogate pair is no text");
  return json;
}

function integerFromJson(type: ScalarType, json: unknown, walk: JsonWalk): bigint {
  const value = integerOf(json);
  if (value === undefined || !fits(type, value)) throw walk.refused(type, json);
  return value;
}

/** @internal Whether an integer is in the range of `type`. */
export function fits(type: ScalarType, value: bigint | number): boolean {
  const range = INTEGERS[type];
  return range !== undefined && value >= range[0] && value <= range[1];
}

/** A number, or the text of one; with a fraction or an exponent when it is a whole number all the same. */
function integerOf(json: unknown): bigint | undefined {
  if (typeof json === "string" && /^-?\d{1,30}$/.test(json)) return BigInt(json);
  const value = typeof json === "string" ? numberOf(json) : json;
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
}

function floatFromJson(type: "float" | "double", json: unknown, walk: JsonWalk): number {
  const special = typeof json === "string" ? SPECIAL.get(json) : undefined;
  if (special !== undefined) return special;
  const value = typeof json === "string" ? numberOf(json) : json;
  if (typeof value !== "number" || !Number.isFinite(value)) throw walk.refused(type, json);
  const near = type === "float" ? Math.fround(value) : value;
  if (!Number.isFinite(near)) throw walk.refused(type, json);
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

function enumFromJson(values: EnumValues, json: unknown, walk: JsonWalk): number {
  if (typeof json === "string" && Object.hasOwn(values, json)) return values[json] as number;
  if (typeof json === "number" && (json | 0) === json) return json;
  if (json === null && isNullValue(values)) return 0;
  throw walk.refused("an enum's name or number", json);
}

/** Standard and URL-safe base64, with padding or without. */
function bytesFromJson(json: unknown, walk: JsonWalk): Uint8Array {
  if (typeof json !== "string" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(json)) throw walk.refused("base64", json);
  if (json.replace(/=+$/, "").length % 4 === 1) throw walk.refused("base64", json);
  return Buffer.from(json, "base64");
}

/** @internal */
export function objectOf(json: unknown, walk: JsonWalk): Properties {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw walk.refused("an object", json);
  return json as Properties;
}
