/** From a message to its proto3 JSON form: https://protobuf.dev/programming-guides/json/ */
import type { FieldInfo, OneofValue, Properties, ScalarType } from "./field-info.ts";
import { fits, isNullValue, objectOf } from "./json-reader.ts";
import type { JsonWalk } from "./json-walk.ts";

/** What has its default and does not tell it apart from absent is left out. */
export function messageToJson(fields: readonly FieldInfo[], message: Properties, walk: JsonWalk): Properties {
  // fromEntries defines its properties: a name `__proto__` stays one.
  const entries: (readonly [string, unknown])[] = [];
  for (const field of fields) {
    const value = valueOf(field, message);
    if (value === undefined || value === null) continue;
    walk.field(field.protoName ?? field.name);
    const form = fieldToJson(field, value, walk);
    walk.up();
    if (form !== undefined) entries.push([field.jsonName ?? field.name, form]);
  }
  return Object.fromEntries(entries);
}

function valueOf(field: FieldInfo, message: Properties): unknown {
  if (field.oneof === undefined) return message[field.name];
  const { case: set, value } = (message[field.oneof] ?? {}) as OneofValue;
  return set === field.name ? value : undefined;
}

/** @returns undefined for what is left out. */
function fieldToJson(field: FieldInfo, value: unknown, walk: JsonWalk): unknown {
  if (field.list) {
    if (!Array.isArray(value)) throw walk.refused("a list", value);
    if (value.length === 0) return undefined;
    return value.map((each: unknown, index) => {
      walk.index(index);
      const form = singleToJson(field, each, walk);
      walk.up();
      return form;
    });
  }
  if (field.mapKey !== undefined) return mapToJson(field, value, walk);
  if (field.oneof === undefined && !field.optional && isDefault(field, value)) return undefined;
  return singleToJson(field, value, walk);
}

function mapToJson(field: FieldInfo, value: unknown, walk: JsonWalk): unknown {
  // The entries of a Map are no keys: they would be lost.
  if (value instanceof Map) throw walk.refused("a plain object", value);
  const entries: (readonly [string, unknown])[] = [];
  for (const [key, each] of Object.entries(objectOf(value, walk))) {
    // On the wire it is left out, too.
    if (each === undefined || each === null) continue;
    walk.key(key);
    entries.push([key, singleToJson(field, each, walk)]);
    walk.up();
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function isDefault({ asString }: FieldInfo, value: unknown): boolean {
  if (asString) return value === "0";
  if (value instanceof Uint8Array) return value.length === 0;
  return value === "" || value === false || value === 0n || Object.is(value, 0);
}

/** @internal One value: of a field, of a list's element, of a map's value. */
export function singleToJson({ type, asString }: FieldInfo, value: unknown, walk: JsonWalk): unknown {
  if (typeof type === "object") {
    if ("message" in type) return type.message.toJSON(value, walk);
    if (isNullValue(type.enum)) return null;
    const name = Object.keys(type.enum).find((each) => type.enum[each] === value);
    if (name !== undefined) return name;
    if (typeof value !== "number" || (value | 0) !== value) throw walk.refused("an enum's number", value);
    return value;
  }
  switch (type) {
    case "bytes":
      if (!(value instanceof Uint8Array)) throw walk.refused("bytes (a Uint8Array)", value);
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      if (asString) return largeToJson(type, value, walk);
      if (typeof value !== "bigint" && (typeof value !== "number" || !Number.isSafeInteger(value)))
        throw walk.refused(type, value);
      if (!fits(type, value)) throw walk.refused(type, value);
      return String(value);
    case "float":
    case "double":
      if (typeof value !== "number") throw walk.refused(type, value);
      if (!Number.isFinite(value)) return String(value);
      if (type === "float" && !Number.isFinite(Math.fround(value))) throw walk.refused(type, value);
      return value;
    case "bool":
      if (typeof value !== "boolean") throw walk.refused(type, value);
      return value;
    case "string":
      if (typeof value !== "string") throw walk.refused(type, value);
      return value;
    default:
      if (typeof value !== "number" || !Number.isInteger(value) || !fits(type, value)) throw walk.refused(type, value);
      return value;
  }
}

/** A 64-bit integer that is a decimal text in the message. */
function largeToJson(type: ScalarType, value: unknown, walk: JsonWalk): string {
  if (typeof value !== "string" || !/^-?\d{1,20}$/.test(value) || !fits(type, BigInt(value)))
    throw walk.refused(`${type} as a decimal text`, value);
  return String(BigInt(value));
}
