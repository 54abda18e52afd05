/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from google/protobuf/timestamp.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type WireReader as $WireReader,
  checkMessage as $checkMessage,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  writeInt32 as $writeInt32,
  writeInt64 as $writeInt64,
} from "../../../codec/runtime.ts";

/** A moment, without a time zone: from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z. */
export interface Timestamp {
  /** Since 1970-01-01T00:00:00Z; from -62135596800 to 253402300799. */
  seconds: bigint;
  /** Counted forward from the second, also before 1970; from 0 to 999999999. */
  nanos: number;
}

export const Timestamp: $MessageType<Timestamp> = $generatedMessage<Timestamp>({
  typeName: "google.protobuf.Timestamp",
  empty: empty$Timestamp,
  write: write$Timestamp,
  read: read$Timestamp,
  fields: () => [
    { name: "seconds", type: "int64" },
    { name: "nanos", type: "int32" },
  ],
});

function empty$Timestamp(): Timestamp {
  return {
    seconds: 0n,
    nanos: 0,
  };
}

function write$Timestamp(m: $MessageInit<Timestamp>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.Timestamp");
  let p = position;
  const $1 = m.seconds;
  if ($1 != null && $1 !== 0n) { b[p++] = 8; p = $writeInt64(b, p, $1, "google.protobuf.Timestamp.seconds"); }
  const $2 = m.nanos;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeInt32(b, p, $2, "google.protobuf.Timestamp.nanos"); }
  return p;
}

function read$Timestamp(r: $WireReader, m: Timestamp): Timestamp {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.seconds = r.int64(); break;
      case 16: m.nanos = r.int32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("google/protobuf/timestamp.proto", "Ch9nb29nbGUvcHJvdG9idWYvdGltZXN0YW1wLnByb3RvEg9nb29nbGUucHJvdG9idWYiOwoJVGltZXN0YW1wEhgKB3NlY29uZHMYASABKANSB3NlY29uZHMSFAoFbmFub3MYAiABKAVSBW5hbm9zYgZwcm90bzM=");
