/** Between `google.protobuf.Struct` or `Value` and plain objects. */
import { JsonWalk } from "../codec/json-walk.ts";
import { Struct, Value } from "../gen/google/protobuf/struct.ts";
import { Status } from "../status.ts";

/** What `JSON.parse` gives. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** What `JSON.parse` gives of an object. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/**
 * Members that are `undefined` are left out.
 *
 * @param object a plain one, of what JSON can hold. Decoders take about 33 objects inside each other: each counts three times.
 * @throws {@link RpcError} INVALID_ARGUMENT naming the path of what JSON cannot hold: NaN, an infinity, a bigint, a function, an
 * object of a class; and for more than 100 objects inside each other.
 */
export function structFromObject(object: object): Struct {
  return Struct.fromJSON(object, walkOf("structFromObject"));
}

/** @throws {@link RpcError} INVALID_ARGUMENT naming the path of what JSON cannot hold: NaN, an infinity, a value without a kind. */
export function structToObject(struct: Struct): JsonObject {
  return Struct.toJSON(struct, walkOf("structToObject")) as JsonObject;
}

/** @throws {@link RpcError} as {@link structFromObject}. */
export function valueFromJson(json: unknown): Value {
  return Value.fromJSON(json, walkOf("valueFromJson"));
}

/** @throws {@link RpcError} as {@link structToObject}. */
export function valueToJson(value: Value): JsonValue {
  return Value.toJSON(value, walkOf("valueToJson")) as JsonValue;
}

function walkOf(root: string): JsonWalk {
  return new JsonWalk(root, Status.InvalidArgument);
}
