/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from google/protobuf/duration.proto: change that file, not this one.
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

/** A signed span of time, at most 10000 years. */
export interface Duration {
  /** From -315576000000 to 315576000000. */
  seconds: bigint;
  /** From -999999999 to 999999999, with the sign of the seconds where these are not 0. */
  nanos: number;
}

export const Duration: $MessageType<Duration> = $generatedMessage<Duration>({
  typeName: "google.protobuf.Duration",
  empty: empty$Duration,
  write: write$Duration,
  read: read$Duration,
  fields: () => [
    { name: "seconds", type: "int64" },
    { name: "nanos", type: "int32" },
  ],
});

function empty$Duration(): Duration {
  return {
    seconds: 0n,
    nanos: 0,
  };
}

function write$Duration(m: $MessageInit<Duration>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.Duration");
  let p = position;
  const $1 = m.seconds;
  if ($1 != null && $1 !== 0n) { b[p++] = 8; p = $writeInt64(b, p, $1, "google.protobuf.Duration.seconds"); }
  const $2 = m.nanos;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeInt32(b, p, $2, "google.protobuf.Duration.nanos"); }
  return p;
}

function read$Duration(r: $WireReader, m: Duration): Duration {
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
export const file$: $FileDescriptor = $fileDescriptor("google/protobuf/duration.proto", "Ch5nb29nbGUvcHJvdG9idWYvZHVyYXRpb24ucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiI6CghEdXJhdGlvbhIYCgdzZWNvbmRzGAEgASgDUgdzZWNvbmRzEhQKBW5hbm9zGAIgASgFUgVuYW5vc2IGcHJvdG8z");
