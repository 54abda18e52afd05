/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from google/protobuf/field_mask.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type WireReader as $WireReader,
  checkList as $checkList,
  checkMessage as $checkMessage,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  writeString as $writeString,
} from "../../../codec/runtime.ts";

/** Which fields are meant, of a message that is read or changed. In JSON it is one text: `user.displayName,photo`. */
export interface FieldMask {
  /** Names as in the proto, nested ones with dots: `user.display_name`. */
  paths: string[];
}

export const FieldMask: $MessageType<FieldMask> = $generatedMessage<FieldMask>({
  typeName: "google.protobuf.FieldMask",
  empty: empty$FieldMask,
  write: write$FieldMask,
  read: read$FieldMask,
  fields: () => [
    { name: "paths", type: "string", list: true },
  ],
});

function empty$FieldMask(): FieldMask {
  return {
    paths: [],
  };
}

function write$FieldMask(m: $MessageInit<FieldMask>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.FieldMask");
  let p = position;
  const $1 = m.paths;
  if ($1 != null) {
    $checkList($1, "google.protobuf.FieldMask.paths");
    for (const v of $1) { b[p++] = 10; p = $writeString(b, p, v, "google.protobuf.FieldMask.paths"); }
  }
  return p;
}

function read$FieldMask(r: $WireReader, m: FieldMask): FieldMask {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.paths.push(r.string()); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("google/protobuf/field_mask.proto", "CiBnb29nbGUvcHJvdG9idWYvZmllbGRfbWFzay5wcm90bxIPZ29vZ2xlLnByb3RvYnVmIiEKCUZpZWxkTWFzaxIUCgVwYXRocxgBIAMoCVIFcGF0aHNiBnByb3RvMw==");
