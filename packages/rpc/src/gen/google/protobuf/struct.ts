/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from google/protobuf/struct.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type WireReader as $WireReader,
  checkList as $checkList,
  checkMessage as $checkMessage,
  emptyMap as $emptyMap,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  mapKeys as $mapKeys,
  writeBool as $writeBool,
  writeDouble as $writeDouble,
  writeInt32 as $writeInt32,
  writeLength as $writeLength,
  writeString as $writeString,
} from "../../../codec/runtime.ts";

/** JSON's null. */
export const NullValue = {
  NULL_VALUE: 0,
} as const;
export type NullValue = (typeof NullValue)[keyof typeof NullValue];

/** A JSON object. */
export interface Struct {
  fields: Record<string, Value>;
}

export const Struct: $MessageType<Struct> = $generatedMessage<Struct>({
  typeName: "google.protobuf.Struct",
  empty: empty$Struct,
  write: write$Struct,
  read: read$Struct,
  fields: () => [
    { name: "fields", type: { message: Value }, mapKey: "string" },
  ],
});

function empty$Struct(): Struct {
  return {
    fields: $emptyMap(),
  };
}

function write$Struct(m: $MessageInit<Struct>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.Struct");
  let p = position;
  const $1 = m.fields;
  if ($1 != null) {
    for (const k of $mapKeys($1, "google.protobuf.Struct.fields")) {
      const v = $1[k];
      if (v == null) continue;
      b[p++] = 10;
      const entry = ++p;
      b[p++] = 10; p = $writeString(b, p, k, "google.protobuf.Struct.fields");
      b[p++] = 18; { const start = p + 1; p = $writeLength(b, start, write$Value(v, b, start)); }
      p = $writeLength(b, entry, p);
    }
  }
  return p;
}

function read$Struct(r: $WireReader, m: Struct): Struct {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: {
        const end = r.enter();
        let k = "";
        let v = empty$Value();
        while (r.more()) {
          const t = r.tag();
          if (t === 10) k = r.string();
          else if (t === 18) { const inner = r.enter(); v = read$Value(r, v); r.leave(inner); }
          else r.skip(t);
        }
        r.leave(end);
        m.fields[k] = v;
        break;
      }
      default: r.skip(tag);
    }
  }
  return m;
}

/** A JSON value. One without a kind cannot be written as JSON. */
export interface Value {
  kind:
    | { case: "nullValue"; value: NullValue }
    /** Neither NaN nor an infinity. */
    | { case: "numberValue"; value: number }
    | { case: "stringValue"; value: string }
    | { case: "boolValue"; value: boolean }
    | { case: "structValue"; value: Struct }
    | { case: "listValue"; value: ListValue }
    | { case: undefined; value?: undefined };
}

export const Value: $MessageType<Value> = $generatedMessage<Value>({
  typeName: "google.protobuf.Value",
  empty: empty$Value,
  write: write$Value,
  read: read$Value,
  fields: () => [
    { name: "nullValue", protoName: "null_value", type: { enum: NullValue }, oneof: "kind" },
    { name: "numberValue", protoName: "number_value", type: "double", oneof: "kind" },
    { name: "stringValue", protoName: "string_value", type: "string", oneof: "kind" },
    { name: "boolValue", protoName: "bool_value", type: "bool", oneof: "kind" },
    { name: "structValue", protoName: "struct_value", type: { message: Struct }, oneof: "kind" },
    { name: "listValue", protoName: "list_value", type: { message: ListValue }, oneof: "kind" },
  ],
});

function empty$Value(): Value {
  return {
    kind: { case: undefined },
  };
}

function write$Value(m: $MessageInit<Value>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.Value");
  let p = position;
  if (m.kind?.case === "nullValue") {
    const $1 = m.kind.value;
    b[p++] = 8; p = $writeInt32(b, p, $1, "google.protobuf.Value.null_value");
  }
  if (m.kind?.case === "numberValue") {
    const $2 = m.kind.value;
    b[p++] = 17; p = $writeDouble(b, p, $2, "google.protobuf.Value.number_value");
  }
  if (m.kind?.case === "stringValue") {
    const $3 = m.kind.value;
    b[p++] = 26; p = $writeString(b, p, $3, "google.protobuf.Value.string_value");
  }
  if (m.kind?.case === "boolValue") {
    const $4 = m.kind.value;
    b[p++] = 32; p = $writeBool(b, p, $4, "google.protobuf.Value.bool_value");
  }
  if (m.kind?.case === "structValue") {
    const $5 = m.kind.value;
    b[p++] = 42; { const start = p + 1; p = $writeLength(b, start, write$Struct($5, b, start)); }
  }
  if (m.kind?.case === "listValue") {
    const $6 = m.kind.value;
    b[p++] = 50; { const start = p + 1; p = $writeLength(b, start, write$ListValue($6, b, start)); }
  }
  return p;
}

function read$Value(r: $WireReader, m: Value): Value {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.kind = { case: "nullValue", value: r.int32() as NullValue }; break;
      case 17: m.kind = { case: "numberValue", value: r.double() }; break;
      case 26: m.kind = { case: "stringValue", value: r.string() }; break;
      case 32: m.kind = { case: "boolValue", value: r.bool() }; break;
      case 42: { const end = r.enter(); m.kind = { case: "structValue", value: read$Struct(r, m.kind.case === "structValue" ? m.kind.value : empty$Struct()) }; r.leave(end); break; }
      case 50: { const end = r.enter(); m.kind = { case: "listValue", value: read$ListValue(r, m.kind.case === "listValue" ? m.kind.value : empty$ListValue()) }; r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

/** A JSON array. */
export interface ListValue {
  values: Value[];
}

export const ListValue: $MessageType<ListValue> = $generatedMessage<ListValue>({
  typeName: "google.protobuf.ListValue",
  empty: empty$ListValue,
  write: write$ListValue,
  read: read$ListValue,
  fields: () => [
    { name: "values", type: { message: Value }, list: true },
  ],
});

function empty$ListValue(): ListValue {
  return {
    values: [],
  };
}

function write$ListValue(m: $MessageInit<ListValue>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.ListValue");
  let p = position;
  const $1 = m.values;
  if ($1 != null) {
    $checkList($1, "google.protobuf.ListValue.values");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$Value(v, b, start)); } }
  }
  return p;
}

function read$ListValue(r: $WireReader, m: ListValue): ListValue {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.values.push(read$Value(r, empty$Value())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("google/protobuf/struct.proto", "Chxnb29nbGUvcHJvdG9idWYvc3RydWN0LnByb3RvEg9nb29nbGUucHJvdG9idWYimAEKBlN0cnVjdBI7CgZmaWVsZHMYASADKAsyIy5nb29nbGUucHJvdG9idWYuU3RydWN0LkZpZWxkc0VudHJ5UgZmaWVsZHMaUQoLRmllbGRzRW50cnkSEAoDa2V5GAEgASgJUgNrZXkSLAoFdmFsdWUYAiABKAsyFi5nb29nbGUucHJvdG9idWYuVmFsdWVSBXZhbHVlOgI4ASKyAgoFVmFsdWUSOwoKbnVsbF92YWx1ZRgBIAEoDjIaLmdvb2dsZS5wcm90b2J1Zi5OdWxsVmFsdWVIAFIJbnVsbFZhbHVlEiMKDG51bWJlcl92YWx1ZRgCIAEoAUgAUgtudW1iZXJWYWx1ZRIjCgxzdHJpbmdfdmFsdWUYAyABKAlIAFILc3RyaW5nVmFsdWUSHwoKYm9vbF92YWx1ZRgEIAEoCEgAUglib29sVmFsdWUSPAoMc3RydWN0X3ZhbHVlGAUgASgLMhcuZ29vZ2xlLnByb3RvYnVmLlN0cnVjdEgAUgtzdHJ1Y3RWYWx1ZRI7CgpsaXN0X3ZhbHVlGAYgASgLMhouZ29vZ2xlLnByb3RvYnVmLkxpc3RWYWx1ZUgAUglsaXN0VmFsdWVCBgoEa2luZCI7CglMaXN0VmFsdWUSLgoGdmFsdWVzGAEgAygLMhYuZ29vZ2xlLnByb3RvYnVmLlZhbHVlUgZ2YWx1ZXMqGwoJTnVsbFZhbHVlEg4KCk5VTExfVkFMVUUQAGIGcHJvdG8z");
