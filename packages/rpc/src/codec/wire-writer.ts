/**
 * Writes protobuf's wire format into a buffer: each function takes where to write and gives the position behind it.
 *
 * A write beyond the end does nothing, and the position goes on as if it had: the caller sees once, at the end, that the
 * message did not fit, and how long it is. A value of another type or range throws, with the `name` of its field.
 *
 * Generated code uses all that is exported here.
 */
import { wrongValue } from "./wrong-value.ts";

const TWO_32 = 2 ** 32;
const MAX_FLOAT = 2 ** 128 - 2 ** 103;
const SHORT_TEXT = 24;

/** Writes a uint32, for generated code. */
export function writeUint32(buffer: Buffer, position: number, value: number, name: string): number {
  if (typeof value !== "number" || value >>> 0 !== value) throw wrongValue(name, "uint32", value);
  return varint32(buffer, position, value);
}

/** Writes an int32, for generated code. */
export function writeInt32(buffer: Buffer, position: number, value: number, name: string): number {
  if (typeof value !== "number" || (value | 0) !== value) throw wrongValue(name, "int32", value);
  return value < 0 ? varint64(buffer, position, value >>> 0, 0xff_ff_ff_ff) : varint32(buffer, position, value);
}

/** Writes a sint32, for generated code. */
export function writeSint32(buffer: Buffer, position: number, value: number, name: string): number {
  if (typeof value !== "number" || (value | 0) !== value) throw wrongValue(name, "sint32", value);
  return varint32(buffer, position, ((value << 1) ^ (value >> 31)) >>> 0);
}

/** Writes a bool, for generated code. */
export function writeBool(buffer: Buffer, position: number, value: boolean, name: string): number {
  if (typeof value !== "boolean") throw wrongValue(name, "bool", value);
  buffer[position] = value ? 1 : 0;
  return position + 1;
}

/** Writes an int64, for generated code. */
export function writeInt64(buffer: Buffer, position: number, value: bigint, name: string): number {
  checkSigned(value, name, "int64");
  return bigVarint(buffer, position, value);
}

/** Writes a uint64, for generated code. */
export function writeUint64(buffer: Buffer, position: number, value: bigint, name: string): number {
  checkUnsigned(value, name, "uint64");
  return bigVarint(buffer, position, value);
}

/** Writes a sint64, for generated code. */
export function writeSint64(buffer: Buffer, position: number, value: bigint, name: string): number {
  checkSigned(value, name, "sint64");
  return bigVarint(buffer, position, (value << 1n) ^ (value >> 63n));
}

/** Writes an int64 that is a number, for generated code. */
export function writeInt64Number(buffer: Buffer, position: number, value: number, name: string): number {
  checkSafe(value, name, "int64");
  return varint64(buffer, position, value >>> 0, Math.floor(value / TWO_32) >>> 0);
}

/** Writes a uint64 that is a number, for generated code. */
export function writeUint64Number(buffer: Buffer, position: number, value: number, name: string): number {
  if (value < 0) throw wrongValue(name, "uint64", value);
  checkSafe(value, name, "uint64");
  return varint64(buffer, position, value >>> 0, Math.floor(value / TWO_32));
}

/** Writes a sint64 that is a number, for generated code. */
export function writeSint64Number(buffer: Buffer, position: number, value: number, name: string): number {
  checkSafe(value, name, "sint64");
  return writeSint64(buffer, position, BigInt(value), name);
}

/** Writes a fixed32, for generated code. */
export function writeFixed32(buffer: Buffer, position: number, value: number, name: string): number {
  if (typeof value !== "number" || value >>> 0 !== value) throw wrongValue(name, "fixed32", value);
  return fixed32(buffer, position, value);
}

/** Writes an sfixed32, for generated code. */
export function writeSfixed32(buffer: Buffer, position: number, value: number, name: string): number {
  if (typeof value !== "number" || (value | 0) !== value) throw wrongValue(name, "sfixed32", value);
  return fixed32(buffer, position, value);
}

/** Writes a fixed64, for generated code. */
export function writeFixed64(buffer: Buffer, position: number, value: bigint, name: string): number {
  checkUnsigned(value, name, "fixed64");
  return bigFixed(buffer, position, value);
}

/** Writes an sfixed64, for generated code. */
export function writeSfixed64(buffer: Buffer, position: number, value: bigint, name: string): number {
  checkSigned(value, name, "sfixed64");
  return bigFixed(buffer, position, value);
}

/** Writes a fixed64 that is a number, for generated code. */
export function writeFixed64Number(buffer: Buffer, position: number, value: number, name: string): number {
  if (value < 0) throw wrongValue(name, "fixed64", value);
  return writeSfixed64Number(buffer, position, value, name);
}

/** Writes an sfixed64 that is a number, for generated code. */
export function writeSfixed64Number(buffer: Buffer, position: number, value: number, name: string): number {
  checkSafe(value, name, "sfixed64");
  return fixed32(buffer, fixed32(buffer, position, value >>> 0), Math.floor(value / TWO_32));
}

/** Writes a float, for generated code. */
export function writeFloat(buffer: Buffer, position: number, value: number, name: string): number {
  if (typeof value !== "number" || (Math.abs(value) >= MAX_FLOAT && Number.isFinite(value))) {
    throw wrongValue(name, "float", value);
  }
  const end = position + 4;
  return end > buffer.length ? end : buffer.writeFloatLE(value, position);
}

/** Writes a double, for generated code. */
export function writeDouble(buffer: Buffer, position: number, value: number, name: string): number {
  if (typeof value !== "number") throw wrongValue(name, "double", value);
  const end = position + 8;
  return end > buffer.length ? end : buffer.writeDoubleLE(value, position);
}

/** A surrogate without its other half is written as U+FFFD. */
export function writeString(buffer: Buffer, position: number, value: string, name: string): number {
  if (typeof value !== "string") throw wrongValue(name, "string", value);
  const { length } = value;
  if (length <= SHORT_TEXT && position + length < buffer.length) {
    const start = position + 1;
    let index = 0;
    for (; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 127) break;
      buffer[start + index] = unit;
    }
    if (index === length) {
      buffer[position] = length;
      return start + length;
    }
  }
  return longString(buffer, position, value);
}

/** Writes bytes and, before them, their length, for generated code. */
export function writeBytes(buffer: Buffer, position: number, value: Uint8Array, name: string): number {
  if (!(value instanceof Uint8Array)) throw wrongValue(name, "bytes (a Uint8Array)", value);
  const start = varint32(buffer, position, value.length);
  const end = start + value.length;
  if (end <= buffer.length) buffer.set(value, start);
  return end;
}

/** Writes fields that {@link WireReader.keep} kept. */
export function writeUnknown(
  buffer: Buffer,
  position: number,
  fields: readonly Uint8Array[] | null | undefined,
  name: string,
): number {
  if (fields === undefined || fields === null) return position;
  checkList(fields, name);
  let at = position;
  for (const field of fields) {
    if (!(field instanceof Uint8Array)) throw wrongValue(name, "bytes (a Uint8Array)", field);
    const end = at + field.length;
    if (end <= buffer.length) buffer.set(field, at);
    at = end;
  }
  return at;
}

/**
 * Ends what has its length in front. Its body stands at `[start, end)`, one byte before it was left free; a longer length
 * moves the body.
 */
export function writeLength(buffer: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length < 128) {
    buffer[start - 1] = length;
    return end;
  }
  const shift = lengthSize(length) - 1;
  if (end + shift <= buffer.length) buffer.copyWithin(start + shift, start, end);
  varint32(buffer, start - 1, length);
  return end + shift;
}

/** @throws when `value` is not an object that can be read as a message. */
export function checkMessage(value: object, name: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongValue(name, "a message", value);
}

/** @throws when `value` is not an array. */
export function checkList(value: readonly unknown[], name: string): void {
  if (!Array.isArray(value)) throw wrongValue(name, "a list", value);
}

/** The integer that a decimal text is: of a 64-bit field with `[jstype = JS_STRING]`. @throws when it is none. */
export function bigintOf(value: string, name: string): bigint {
  if (typeof value !== "string" || !/^-?\d{1,20}$/.test(value)) throw wrongValue(name, "a decimal integer", value);
  return BigInt(value);
}

/** The own keys of a map field. A `Map` is refused: its entries are no keys, and would be lost. */
export function mapKeys(value: Readonly<Record<string, unknown>>, name: string): string[] {
  if (typeof value !== "object" || value instanceof Map) throw wrongValue(name, "a plain object", value);
  return Object.keys(value);
}

function varint32(buffer: Buffer, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest > 127) {
    buffer[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}

function varint64(buffer: Buffer, position: number, low: number, high: number): number {
  let at = position;
  let lower = low;
  let upper = high;
  while (upper > 0) {
    buffer[at++] = (lower & 127) | 128;
    lower = ((lower >>> 7) | (upper << 25)) >>> 0;
    upper >>>= 7;
  }
  return varint32(buffer, at, lower);
}

function bigVarint(buffer: Buffer, position: number, value: bigint): number {
  const near = Number(value);
  if (near >= 0 && near <= Number.MAX_SAFE_INTEGER) {
    return varint64(buffer, position, near >>> 0, Math.floor(near / TWO_32));
  }
  const bits = BigInt.asUintN(64, value);
  return varint64(buffer, position, Number(bits & 0xff_ff_ff_ffn), Number(bits >> 32n));
}

function fixed32(buffer: Buffer, position: number, value: number): number {
  buffer[position] = value;
  buffer[position + 1] = value >>> 8;
  buffer[position + 2] = value >>> 16;
  buffer[position + 3] = value >>> 24;
  return position + 4;
}

function bigFixed(buffer: Buffer, position: number, value: bigint): number {
  const bits = BigInt.asUintN(64, value);
  return fixed32(buffer, fixed32(buffer, position, Number(bits & 0xff_ff_ff_ffn)), Number(bits >> 32n));
}

function longString(buffer: Buffer, position: number, value: string): number {
  const { length } = value;
  // The guess is right for ASCII; a wrong one costs a move.
  const guess = lengthSize(length);
  if (position + 5 + length * 3 <= buffer.length) {
    const written = buffer.write(value, position + guess);
    const size = lengthSize(written);
    if (size !== guess) buffer.copyWithin(position + size, position + guess, position + guess + written);
    return varint32(buffer, position, written) + written;
  }
  const bytes = Buffer.byteLength(value);
  const start = varint32(buffer, position, bytes);
  if (start + bytes <= buffer.length) buffer.write(value, start);
  return start + bytes;
}

function lengthSize(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  if (length < 0x20_0000) return 3;
  return length < 0x1000_0000 ? 4 : 5;
}

function checkSigned(value: bigint, name: string, type: string): void {
  if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) throw wrongValue(name, type, value);
}

function checkUnsigned(value: bigint, name: string, type: string): void {
  if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) throw wrongValue(name, type, value);
}

function checkSafe(value: number, name: string, type: string): void {
  if (!Number.isSafeInteger(value)) throw wrongValue(name, `${type} within ±(2^53 - 1)`, value);
}
