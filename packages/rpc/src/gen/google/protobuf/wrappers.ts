/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from google/protobuf/wrappers.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type WireReader as $WireReader,
  checkMessage as $checkMessage,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  writeBool as $writeBool,
  writeBytes as $writeBytes,
  writeDouble as $writeDouble,
  writeFloat as $writeFloat,
  writeInt32 as $writeInt32,
  writeInt64 as $writeInt64,
  writeString as $writeString,
  writeUint32 as $writeUint32,
  writeUint64 as $writeUint64,
} from "../../../codec/runtime.ts";

/** A `double` that may be absent. In JSON it is the bare number. */
export interface DoubleValue {
  value: number;
}

export const DoubleValue: $MessageType<DoubleValue> = $generatedMessage<DoubleValue>({
  typeName: "google.protobuf.DoubleValue",
  empty: empty$DoubleValue,
  write: write$DoubleValue,
  read: read$DoubleValue,
  fields: () => [
    { name: "value", type: "double" },
  ],
});

function empty$DoubleValue(): DoubleValue {
  return {
    value: 0,
  };
}

function write$DoubleValue(m: $MessageInit<DoubleValue>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.DoubleValue");
  let p = position;
  const $1 = m.value;
  if ($1 != null && !Object.is($1, 0)) { b[p++] = 9; p = $writeDouble(b, p, $1, "google.protobuf.DoubleValue.value"); }
  return p;
}

function read$DoubleValue(r: $WireReader, m: DoubleValue): DoubleValue {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 9: m.value = r.double(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** A `float` that may be absent. In JSON it is the bare number. */
export interface FloatValue {
  value: number;
}

export const FloatValue: $MessageType<FloatValue> = $generatedMessage<FloatValue>({
  typeName: "google.protobuf.FloatValue",
  empty: empty$FloatValue,
  write: write$FloatValue,
  read: read$FloatValue,
  fields: () => [
    { name: "value", type: "float" },
  ],
});

function empty$FloatValue(): FloatValue {
  return {
    value: 0,
  };
}

function write$FloatValue(m: $MessageInit<FloatValue>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.FloatValue");
  let p = position;
  const $1 = m.value;
  if ($1 != null && !Object.is($1, 0)) { b[p++] = 13; p = $writeFloat(b, p, $1, "google.protobuf.FloatValue.value"); }
  return p;
}

function read$FloatValue(r: $WireReader, m: FloatValue): FloatValue {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 13: m.value = r.float(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** An `int64` that may be absent. In JSON it is the text of the number. */
export interface Int64Value {
  value: bigint;
}

export const Int64Value: $MessageType<Int64Value> = $generatedMessage<Int64Value>({
  typeName: "google.protobuf.Int64Value",
  empty: empty$Int64Value,
  write: write$Int64Value,
  read: read$Int64Value,
  fields: () => [
    { name: "value", type: "int64" },
  ],
});

function empty$Int64Value(): Int64Value {
  return {
    value: 0n,
  };
}

function write$Int64Value(m: $MessageInit<Int64Value>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.Int64Value");
  let p = position;
  const $1 = m.value;
  if ($1 != null && $1 !== 0n) { b[p++] = 8; p = $writeInt64(b, p, $1, "google.protobuf.Int64Value.value"); }
  return p;
}

function read$Int64Value(r: $WireReader, m: Int64Value): Int64Value {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.value = r.int64(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** A `uint64` that may be absent. In JSON it is the text of the number. */
export interface UInt64Value {
  value: bigint;
}

export const UInt64Value: $MessageType<UInt64Value> = $generatedMessage<UInt64Value>({
  typeName: "google.protobuf.UInt64Value",
  empty: empty$UInt64Value,
  write: write$UInt64Value,
  read: read$UInt64Value,
  fields: () => [
    { name: "value", type: "uint64" },
  ],
});

function empty$UInt64Value(): UInt64Value {
  return {
    value: 0n,
  };
}

function write$UInt64Value(m: $MessageInit<UInt64Value>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.UInt64Value");
  let p = position;
  const $1 = m.value;
  if ($1 != null && $1 !== 0n) { b[p++] = 8; p = $writeUint64(b, p, $1, "google.protobuf.UInt64Value.value"); }
  return p;
}

function read$UInt64Value(r: $WireReader, m: UInt64Value): UInt64Value {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.value = r.uint64(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** An `int32` that may be absent. In JSON it is the bare number. */
export interface Int32Value {
  value: number;
}

export const Int32Value: $MessageType<Int32Value> = $generatedMessage<Int32Value>({
  typeName: "google.protobuf.Int32Value",
  empty: empty$Int32Value,
  write: write$Int32Value,
  read: read$Int32Value,
  fields: () => [
    { name: "value", type: "int32" },
  ],
});

function empty$Int32Value(): Int32Value {
  return {
    value: 0,
  };
}

function write$Int32Value(m: $MessageInit<Int32Value>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.Int32Value");
  let p = position;
  const $1 = m.value;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeInt32(b, p, $1, "google.protobuf.Int32Value.value"); }
  return p;
}

function read$Int32Value(r: $WireReader, m: Int32Value): Int32Value {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.value = r.int32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** A `uint32` that may be absent. In JSON it is the bare number. */
export interface UInt32Value {
  value: number;
}

export const UInt32Value: $MessageType<UInt32Value> = $generatedMessage<UInt32Value>({
  typeName: "google.protobuf.UInt32Value",
  empty: empty$UInt32Value,
  write: write$UInt32Value,
  read: read$UInt32Value,
  fields: () => [
    { name: "value", type: "uint32" },
  ],
});

function empty$UInt32Value(): UInt32Value {
  return {
    value: 0,
  };
}

function write$UInt32Value(m: $MessageInit<UInt32Value>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.UInt32Value");
  let p = position;
  const $1 = m.value;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeUint32(b, p, $1, "google.protobuf.UInt32Value.value"); }
  return p;
}

function read$UInt32Value(r: $WireReader, m: UInt32Value): UInt32Value {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.value = r.uint32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** A `bool` that may be absent. In JSON it is true or false. */
export interface BoolValue {
  value: boolean;
}

export const BoolValue: $MessageType<BoolValue> = $generatedMessage<BoolValue>({
  typeName: "google.protobuf.BoolValue",
  empty: empty$BoolValue,
  write: write$BoolValue,
  read: read$BoolValue,
  fields: () => [
    { name: "value", type: "bool" },
  ],
});

function empty$BoolValue(): BoolValue {
  return {
    value: false,
  };
}

function write$BoolValue(m: $MessageInit<BoolValue>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.BoolValue");
  let p = position;
  const $1 = m.value;
  if ($1 != null && $1 !== false) { b[p++] = 8; p = $writeBool(b, p, $1, "google.protobuf.BoolValue.value"); }
  return p;
}

function read$BoolValue(r: $WireReader, m: BoolValue): BoolValue {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.value = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** A `string` that may be absent. In JSON it is the bare text. */
export interface StringValue {
  value: string;
}

export const StringValue: $MessageType<StringValue> = $generatedMessage<StringValue>({
  typeName: "google.protobuf.StringValue",
  empty: empty$StringValue,
  write: write$StringValue,
  read: read$StringValue,
  fields: () => [
    { name: "value", type: "string" },
  ],
});

function empty$StringValue(): StringValue {
  return {
    value: "",
  };
}

function write$StringValue(m: $MessageInit<StringValue>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.StringValue");
  let p = position;
  const $1 = m.value;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.StringValue.value"); }
  return p;
}

function read$StringValue(r: $WireReader, m: StringValue): StringValue {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.value = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** `bytes` that may be absent. In JSON they are base64. */
export interface BytesValue {
  value: Uint8Array;
}

export const BytesValue: $MessageType<BytesValue> = $generatedMessage<BytesValue>({
  typeName: "google.protobuf.BytesValue",
  empty: empty$BytesValue,
  write: write$BytesValue,
  read: read$BytesValue,
  fields: () => [
    { name: "value", type: "bytes" },
  ],
});

function empty$BytesValue(): BytesValue {
  return {
    value: new Uint8Array(0),
  };
}

function write$BytesValue(m: $MessageInit<BytesValue>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.BytesValue");
  let p = position;
  const $1 = m.value;
  if ($1 != null && $1.length !== 0) { b[p++] = 10; p = $writeBytes(b, p, $1, "google.protobuf.BytesValue.value"); }
  return p;
}

function read$BytesValue(r: $WireReader, m: BytesValue): BytesValue {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.value = r.bytes(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("google/protobuf/wrappers.proto", "Ch5nb29nbGUvcHJvdG9idWYvd3JhcHBlcnMucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiIjCgtEb3VibGVWYWx1ZRIUCgV2YWx1ZRgBIAEoAVIFdmFsdWUiIgoKRmxvYXRWYWx1ZRIUCgV2YWx1ZRgBIAEoAlIFdmFsdWUiIgoKSW50NjRWYWx1ZRIUCgV2YWx1ZRgBIAEoA1IFdmFsdWUiIwoLVUludDY0VmFsdWUSFAoFdmFsdWUYASABKARSBXZhbHVlIiIKCkludDMyVmFsdWUSFAoFdmFsdWUYASABKAVSBXZhbHVlIiMKC1VJbnQzMlZhbHVlEhQKBXZhbHVlGAEgASgNUgV2YWx1ZSIhCglCb29sVmFsdWUSFAoFdmFsdWUYASABKAhSBXZhbHVlIiMKC1N0cmluZ1ZhbHVlEhQKBXZhbHVlGAEgASgJUgV2YWx1ZSIiCgpCeXRlc1ZhbHVlEhQKBXZhbHVlGAEgASgMUgV2YWx1ZWIGcHJvdG8z");
