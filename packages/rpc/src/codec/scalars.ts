/** Each scalar type with what writes and reads it: for messages whose fields are known at run time only. */
import type { ScalarType } from "./field-info.ts";
import type { WireReader } from "./wire-reader.ts";
import {
  bigintOf,
  writeBool,
  writeBytes,
  writeDouble,
  writeFixed32,
  writeFixed64,
  writeFixed64Number,
  writeFloat,
  writeInt32,
  writeInt64,
  writeInt64Number,
  writeSfixed32,
  writeSfixed64,
  writeSfixed64Number,
  writeSint32,
  writeSint64,
  writeSint64Number,
  writeString,
  writeUint32,
  writeUint64,
  writeUint64Number,
} from "./wire-writer.ts";

export interface Scalar {
  readonly wireType: 0 | 1 | 2 | 5;
  /** Checks the type of `value` itself. */
  readonly write: (buffer: Buffer, position: number, value: never, name: string) => number;
  readonly read: (reader: WireReader) => unknown;
  readonly empty: () => unknown;
}

type LargeType = "int64" | "uint64" | "sint64" | "fixed64" | "sfixed64";

const number = () => 0;
const bigint = () => 0n;

const SCALARS: Readonly<Record<ScalarType, Scalar>> = {
  int32: { wireType: 0, write: writeInt32, read: (r) => r.int32(), empty: number },
  uint32: { wireType: 0, write: writeUint32, read: (r) => r.uint32(), empty: number },
  sint32: { wireType: 0, write: writeSint32, read: (r) => r.sint32(), empty: number },
  fixed32: { wireType: 5, write: writeFixed32, read: (r) => r.fixed32(), empty: number },
  sfixed32: { wireType: 5, write: writeSfixed32, read: (r) => r.sfixed32(), empty: number },
  int64: { wireType: 0, write: writeInt64, read: (r) => r.int64(), empty: bigint },
  uint64: { wireType: 0, write: writeUint64, read: (r) => r.uint64(), empty: bigint },
  sint64: { wireType: 0, write: writeSint64, read: (r) => r.sint64(), empty: bigint },
  fixed64: { wireType: 1, write: writeFixed64, read: (r) => r.fixed64(), empty: bigint },
  sfixed64: { wireType: 1, write: writeSfixed64, read: (r) => r.sfixed64(), empty: bigint },
  float: { wireType: 5, write: writeFloat, read: (r) => r.float(), empty: number },
  double: { wireType: 1, write: writeDouble, read: (r) => r.double(), empty: number },
  bool: { wireType: 0, write: writeBool, read: (r) => r.bool(), empty: () => false },
  string: { wireType: 2, write: writeString, read: (r) => r.string(), empty: () => "" },
  bytes: { wireType: 2, write: writeBytes, read: (r) => r.bytes(), empty: () => new Uint8Array(0) },
};

/** The 64-bit ones as numbers. */
const NUMBERS: Readonly<Record<LargeType, Scalar>> = {
  int64: { wireType: 0, write: writeInt64Number, read: (r) => r.int64Number(), empty: number },
  uint64: { wireType: 0, write: writeUint64Number, read: (r) => r.uint64Number(), empty: number },
  sint64: { wireType: 0, write: writeSint64Number, read: (r) => r.sint64Number(), empty: number },
  fixed64: { wireType: 1, write: writeFixed64Number, read: (r) => r.fixed64Number(), empty: number },
  sfixed64: { wireType: 1, write: writeSfixed64Number, read: (r) => r.sfixed64Number(), empty: number },
};

/** The 64-bit ones as decimal texts. */
const TEXTS: Readonly<Record<LargeType, Scalar>> = {
  int64: text("int64", writeInt64),
  uint64: text("uint64", writeUint64),
  sint64: text("sint64", writeSint64),
  fixed64: text("fixed64", writeFixed64),
  sfixed64: text("sfixed64", writeSfixed64),
};

function text(type: LargeType, write: typeof writeInt64): Scalar {
  const { wireType, read } = SCALARS[type];
  return {
    wireType,
    write: (buffer, position, value, name) => write(buffer, position, bigintOf(value, name), name),
    read: (reader) => String(read(reader)),
    empty: () => "0",
  };
}

/** @param int64 what a 64-bit integer is. */
export function scalarOf(type: ScalarType, int64: "bigint" | "number" | "string" = "bigint"): Scalar {
  if (int64 === "bigint" || !isLarge(type)) return SCALARS[type];
  return int64 === "number" ? NUMBERS[type] : TEXTS[type];
}

function isLarge(type: ScalarType): type is LargeType {
  return type in NUMBERS;
}
