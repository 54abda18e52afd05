/** Each scalar type with what writes and reads it, for what is known at run time only: fields of dynamic messages, keys of maps. */
import type { ScalarType } from "./field-info.ts";
import type { WireReader } from "./wire-reader.ts";
import * as wire from "./wire-writer.ts";

export interface Scalar {
  readonly wireType: 0 | 1 | 2 | 5;
  /** Checks the type of `value` itself. */
  readonly write: (buffer: Buffer, position: number, value: never, name: string) => number;
  readonly read: (reader: WireReader) => unknown;
  readonly empty: () => unknown;
}

type Integer64 = "int64" | "uint64" | "sint64" | "fixed64" | "sfixed64";

const number = () => 0;
const bigint = () => 0n;

const SCALARS: Readonly<Record<ScalarType, Scalar>> = {
  int32: { wireType: 0, write: wire.writeInt32, read: (r) => r.int32(), empty: number },
  uint32: { wireType: 0, write: wire.writeUint32, read: (r) => r.uint32(), empty: number },
  sint32: { wireType: 0, write: wire.writeSint32, read: (r) => r.sint32(), empty: number },
  fixed32: { wireType: 5, write: wire.writeFixed32, read: (r) => r.fixed32(), empty: number },
  sfixed32: { wireType: 5, write: wire.writeSfixed32, read: (r) => r.sfixed32(), empty: number },
  int64: { wireType: 0, write: wire.writeInt64, read: (r) => r.int64(), empty: bigint },
  uint64: { wireType: 0, write: wire.writeUint64, read: (r) => r.uint64(), empty: bigint },
  sint64: { wireType: 0, write: wire.writeSint64, read: (r) => r.sint64(), empty: bigint },
  fixed64: { wireType: 1, write: wire.writeFixed64, read: (r) => r.fixed64(), empty: bigint },
  sfixed64: { wireType: 1, write: wire.writeSfixed64, read: (r) => r.sfixed64(), empty: bigint },
  float: { wireType: 5, write: wire.writeFloat, read: (r) => r.float(), empty: number },
  double: { wireType: 1, write: wire.writeDouble, read: (r) => r.double(), empty: number },
  bool: { wireType: 0, write: wire.writeBool, read: (r) => r.bool(), empty: () => false },
  string: { wireType: 2, write: wire.writeString, read: (r) => r.string(), empty: () => "" },
  bytes: { wireType: 2, write: wire.writeBytes, read: (r) => r.bytes(), empty: () => new Uint8Array(0) },
};

/** The 64-bit ones as numbers. */
const NUMBERS: Readonly<Record<Integer64, Scalar>> = {
  int64: { wireType: 0, write: wire.writeInt64Number, read: (r) => r.int64Number(), empty: number },
  uint64: { wireType: 0, write: wire.writeUint64Number, read: (r) => r.uint64Number(), empty: number },
  sint64: { wireType: 0, write: wire.writeSint64Number, read: (r) => r.sint64Number(), empty: number },
  fixed64: { wireType: 1, write: wire.writeFixed64Number, read: (r) => r.fixed64Number(), empty: number },
  sfixed64: { wireType: 1, write: wire.writeSfixed64Number, read: (r) => r.sfixed64Number(), empty: number },
};

/** The 64-bit ones as decimal texts. */
const TEXTS: Readonly<Record<Integer64, Scalar>> = {
  int64: text("int64", wire.writeInt64),
  uint64: text("uint64", wire.writeUint64),
  sint64: text("sint64", wire.writeSint64),
  fixed64: text("fixed64", wire.writeFixed64),
  sfixed64: text("sfixed64", wire.writeSfixed64),
};

function text(type: Integer64, write: typeof wire.writeInt64): Scalar {
  const { wireType, read } = SCALARS[type];
  return {
    wireType,
    write: (buffer, position, value, name) => write(buffer, position, wire.bigintOf(value, name), name),
    read: (reader) => String(read(reader)),
    empty: () => "0",
  };
}

/** @param int64 what a 64-bit integer is. */
export function scalarOf(type: ScalarType, int64: "bigint" | "number" | "string" = "bigint"): Scalar {
  if (int64 === "bigint" || !is64BitInteger(type)) return SCALARS[type];
  return int64 === "number" ? NUMBERS[type] : TEXTS[type];
}

/** Whether a type is a 64-bit integer. @param type the name of any type. */
export function is64BitInteger(type: string): type is Integer64 {
  return Object.hasOwn(NUMBERS, type);
}
