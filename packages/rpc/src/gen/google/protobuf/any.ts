/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from google/protobuf/any.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type WireReader as $WireReader,
  checkMessage as $checkMessage,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  writeBytes as $writeBytes,
  writeString as $writeString,
} from "../../../codec/runtime.ts";

/** A message of any type, together with its type. */
export interface Any {
  /** What stands behind the last `/` is the full name of the type: `type.googleapis.com/package.Message`. */
  typeUrl: string;
  /** The encoded message. */
  value: Uint8Array;
}

export const Any: $MessageType<Any> = $generatedMessage<Any>({
  typeName: "google.protobuf.Any",
  empty: empty$Any,
  write: write$Any,
  read: read$Any,
  fields: () => [
    { name: "typeUrl", protoName: "type_url", type: "string" },
    { name: "value", type: "bytes" },
  ],
});

function empty$Any(): Any {
  return {
    typeUrl: "",
    value: new Uint8Array(0),
  };
}

function write$Any(m: $MessageInit<Any>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.Any");
  let p = position;
  const $1 = m.typeUrl;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.Any.type_url"); }
  const $2 = m.value;
  if ($2 != null && $2.length !== 0) { b[p++] = 18; p = $writeBytes(b, p, $2, "google.protobuf.Any.value"); }
  return p;
}

function read$Any(r: $WireReader, m: Any): Any {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.typeUrl = r.string(); break;
      case 18: m.value = r.bytes(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("google/protobuf/any.proto", "Chlnb29nbGUvcHJvdG9idWYvYW55LnByb3RvEg9nb29nbGUucHJvdG9idWYiNgoDQW55EhkKCHR5cGVfdXJsGAEgASgJUgd0eXBlVXJsEhQKBXZhbHVlGAIgASgMUgV2YWx1ZWIGcHJvdG8z");
