/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from google/protobuf/empty.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type WireReader as $WireReader,
  checkMessage as $checkMessage,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
} from "../../../codec/runtime.ts";

/** Nothing: the request or the reply of a method that has none. */
export interface Empty {}

export const Empty: $MessageType<Empty> = $generatedMessage<Empty>({
  typeName: "google.protobuf.Empty",
  empty: empty$Empty,
  write: write$Empty,
  read: read$Empty,
  fields: () => [],
});

function empty$Empty(): Empty {
  return {};
}

function write$Empty(m: $MessageInit<Empty>, _b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.Empty");
  let p = position;
  return p;
}

function read$Empty(r: $WireReader, m: Empty): Empty {
  while (r.more()) r.skip(r.tag());
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("google/protobuf/empty.proto", "Chtnb29nbGUvcHJvdG9idWYvZW1wdHkucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiIHCgVFbXB0eWIGcHJvdG8z");
