/** `google.protobuf.Struct`, `Value` and `ListValue`: plain JSON. */
import type { OneofValue, Properties } from "../codec/field-info.ts";
import { objectOf } from "../codec/json-reader.ts";
import type { JsonWalk } from "../codec/json-walk.ts";
import type { JsonForm } from "./json-form.ts";

export const structForm: JsonForm = {
  write: (_, message, walk) => objectOfStruct(message, walk),
  read(_, message, json, walk) {
    message.fields = fieldsOf(json, walk);
  },
};

export const listForm: JsonForm = {
  write: (_, message, walk) => arrayOfList(message, walk),
  read(_, message, json, walk) {
    if (!Array.isArray(json)) throw walk.refused("an array", json);
    message.values = valuesOf(json, walk);
  },
};

export const valueForm: JsonForm = {
  write: (_, message, walk) => jsonOfValue(message, walk),
  read(_, message, json, walk) {
    message.kind = kindOf(json, walk);
  },
};

function kindOf(json: unknown, walk: JsonWalk): OneofValue {
  switch (typeof json) {
    case "string":
      if (/\p{Surrogate}/u.test(json)) throw walk.error("half of a surrogate pair is no text");
      return { case: "stringValue", value: json };
    case "boolean":
      return { case: "boolValue", value: json };
    case "number":
      if (!Number.isFinite(json)) throw walk.refused("a finite number", json);
      return { case: "numberValue", value: json };
    default:
      if (json === null) return { case: "nullValue", value: 0 };
      return nestedKind(json, walk);
  }
}

function nestedKind(json: unknown, walk: JsonWalk): OneofValue {
  walk.enter();
  const kind = Array.isArray(json)
    ? { case: "listValue", value: { values: valuesOf(json, walk) } }
    : { case: "structValue", value: { fields: fieldsOf(json, walk) } };
  walk.leave();
  return kind;
}

function valuesOf(json: readonly unknown[], walk: JsonWalk): Properties[] {
  // Not `map`: it leaves holes as they are.
  return Array.from(json, (each, index) => {
    walk.index(index);
    const kind = kindOf(each, walk);
    walk.up();
    return { kind };
  });
}

function fieldsOf(json: unknown, walk: JsonWalk): Properties {
  if (!isPlainObject(json)) throw walk.refused("a plain JSON value", json);
  const fields = Object.create(null) as Properties;
  for (const [key, value] of Object.entries(json)) {
    // As JSON.stringify does it.
    if (value === undefined) continue;
    walk.key(key);
    fields[key] = { kind: kindOf(value, walk) };
    walk.up();
  }
  return fields;
}

function isPlainObject(json: unknown): json is Properties {
  if (typeof json !== "object" || json === null) return false;
  const prototype: unknown = Object.getPrototypeOf(json);
  // Of another realm, `Object.prototype` is another object.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function jsonOfValue({ kind }: Properties, walk: JsonWalk): unknown {
  const { case: set, value } = (kind ?? {}) as OneofValue;
  switch (set) {
    case "nullValue":
      return null;
    case "numberValue":
      if (typeof value !== "number" || !Number.isFinite(value)) throw walk.refused("a finite number", value);
      return value;
    case "stringValue":
      if (typeof value !== "string") throw walk.refused("a string", value);
      return value;
    case "boolValue":
      if (typeof value !== "boolean") throw walk.refused("true or false", value);
      return value;
    case "structValue":
      return nested(objectOfStruct, value, walk);
    case "listValue":
      return nested(arrayOfList, value, walk);
    default:
      throw walk.error("a value without a kind has no JSON form");
  }
}

function nested(form: (message: Properties, walk: JsonWalk) => unknown, value: unknown, walk: JsonWalk): unknown {
  walk.enter();
  const json = form((value ?? {}) as Properties, walk);
  walk.leave();
  return json;
}

function objectOfStruct({ fields }: Properties, walk: JsonWalk): Properties {
  // fromEntries defines its properties: a key `__proto__` stays one.
  const entries = Object.entries(objectOf(fields ?? {}, walk)).map(([key, value]) => {
    walk.key(key);
    const json = jsonOfValue((value ?? {}) as Properties, walk);
    walk.up();
    return [key, json] as const;
  });
  return Object.fromEntries(entries);
}

function arrayOfList({ values }: Properties, walk: JsonWalk): unknown[] {
  if (values === undefined) return [];
  if (!Array.isArray(values)) throw walk.refused("a list", values);
  return values.map((value: unknown, index) => {
    walk.index(index);
    const json = jsonOfValue((value ?? {}) as Properties, walk);
    walk.up();
    return json;
  });
}
