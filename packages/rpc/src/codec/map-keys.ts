/** Keys of maps are texts in a message, and scalars on the wire. */
import type { ScalarType } from "./field-info.ts";
import { is64BitInteger, scalarOf } from "./scalars.ts";
import { wrongValue } from "./wrong-value.ts";

/** Types of keys besides string. */
export type MapKeyType = Exclude<ScalarType, "string" | "bytes" | "float" | "double">;

/** Writes a key that is not a string on the wire. @throws {@link RpcError} when `key` is no text of such a scalar. */
export function writeMapKey(buffer: Buffer, position: number, type: MapKeyType, key: string, name: string): number {
  return scalarOf(type).write(buffer, position, valueOf(type, key, name) as never, name);
}

function valueOf(type: MapKeyType, key: string, name: string): boolean | number | bigint {
  if (type === "bool") {
    if (key !== "true" && key !== "false") throw wrongValue(name, "keys true or false", key);
    return key === "true";
  }
  if (!/^-?\d{1,20}$/.test(key)) throw wrongValue(name, `keys that are ${type}`, key);
  return is64BitInteger(type) ? BigInt(key) : Number(key);
}
