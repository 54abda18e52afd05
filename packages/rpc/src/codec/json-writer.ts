/** From a message to its proto3 JSON form: https://protobuf.dev/programming-guides/json/ */
import type { FieldInfo, OneofValue, Properties } from "./field-info.ts";
import { checkList, checkMessage, mapKeys, wrongValue } from "./wire-writer.ts";

/** What has its default and does not tell it apart from absent is left out. */
export function messageToJson(fields: readonly FieldInfo[], message: Properties, typeName: string): Properties {
  checkMessage(message, typeName);
  const json: Properties = {};
  for (const field of fields) {
    const value = valueOf(field, message);
    if (value === undefined || value === null) continue;
    const path = `${typeName}.${field.protoName ?? field.name}`;
    const form = fieldToJson(field, value, path);
    if (form !== undefined) json[field.jsonName ?? field.name] = form;
  }
  return json;
}

function valueOf(field: FieldInfo, message: Properties): unknown {
  if (field.oneof === undefined) return message[field.name];
  const { case: set, value } = (message[field.oneof] ?? {}) as OneofValue;
  return set === field.name ? value : undefined;
}

/** @returns undefined for what is left out. */
function fieldToJson(field: FieldInfo, value: unknown, path: string): unknown {
  if (field.list) {
    const list = value as readonly unknown[];
    checkList(list, path);
    return list.length === 0 ? undefined : list.map((each) => valueToJson(field, each, path));
  }
  if (field.mapKey !== undefined) {
    const map = value as Properties;
    const keys = mapKeys(map, path);
    // fromEntries defines its properties: a key `__proto__` stays one.
    const entries = keys.map((key) => [key, valueToJson(field, map[key], path)] as const);
    return keys.length === 0 ? undefined : Object.fromEntries(entries);
  }
  if (field.oneof === undefined && !field.optional && isDefault(value)) return undefined;
  return valueToJson(field, value, path);
}

function isDefault(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === "" || value === false || value === 0n || Object.is(value, 0);
}

function valueToJson({ type }: FieldInfo, value: unknown, path: string): unknown {
  if (typeof type === "object") {
    if ("message" in type) return type.message.toJSON(value);
    const name = Object.keys(type.enum).find((each) => type.enum[each] === value);
    if (name !== undefined) return name;
    if (typeof value !== "number" || (value | 0) !== value) throw wrongValue(path, "an enum's number", value);
    return value;
  }
  switch (type) {
    case "bytes":
      if (!(value instanceof Uint8Array)) throw wrongValue(path, "bytes (a Uint8Array)", value);
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw wrongValue(path, type, value);
      return String(value);
    case "float":
    case "double":
      if (typeof value !== "number") throw wrongValue(path, type, value);
      return Number.isFinite(value) ? value : String(value);
    case "bool":
      if (typeof value !== "boolean") throw wrongValue(path, type, value);
      return value;
    case "string":
      if (typeof value !== "string") throw wrongValue(path, type, value);
      return value;
    default:
      if (!Number.isInteger(value)) throw wrongValue(path, type, value);
      return value;
  }
}
