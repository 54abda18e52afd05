/** Keys of maps are texts in a message, and scalars on the wire. */
import {
  writeBool,
  writeFixed32,
  writeFixed64,
  writeInt32,
  writeInt64,
  writeSfixed32,
  writeSfixed64,
  writeSint32,
  writeSint64,
  writeUint32,
  writeUint64,
  wrongValue,
} from "./wire-writer.ts";

type SmallType = "int32" | "uint32" | "sint32" | "fixed32" | "sfixed32";
type LargeType = "int64" | "uint64" | "sint64" | "fixed64" | "sfixed64";
type Writer<V> = (buffer: Buffer, position: number, value: V, name: string) => number;

/** Types of keys besides string. */
export type MapKeyType = "bool" | SmallType | LargeType;

const SMALL: Readonly<Record<SmallType, Writer<number>>> = {
  int32: writeInt32,
  uint32: writeUint32,
  sint32: writeSint32,
  fixed32: writeFixed32,
  sfixed32: writeSfixed32,
};
const LARGE: Readonly<Record<LargeType, Writer<bigint>>> = {
  int64: writeInt64,
  uint64: writeUint64,
  sint64: writeSint64,
  fixed64: writeFixed64,
  sfixed64: writeSfixed64,
};

/** Writes a key that is not a string on the wire. @throws {@link RpcError} when `key` is no text of such a scalar. */
export function writeMapKey(buffer: Buffer, position: number, type: MapKeyType, key: string, name: string): number {
  if (type === "bool") {
    if (key !== "true" && key !== "false") throw wrongValue(name, "keys true or false", key);
    return writeBool(buffer, position, key === "true", name);
  }
  if (!/^-?\d{1,20}$/.test(key)) throw wrongValue(name, `keys that are ${type}`, key);
  return isSmall(type)
    ? SMALL[type](buffer, position, Number(key), name)
    : LARGE[type](buffer, position, BigInt(key), name);
}

function isSmall(type: SmallType | LargeType): type is SmallType {
  return type in SMALL;
}
