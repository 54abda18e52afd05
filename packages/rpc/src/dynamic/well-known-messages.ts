/** The well-known types as the runtime has them, with their JSON forms. */
import type { Properties } from "../codec/field-info.ts";
import type { MessageType } from "../codec/message-type.ts";
import { Any } from "../gen/google/protobuf/any.ts";
import { Duration } from "../gen/google/protobuf/duration.ts";
import { Empty } from "../gen/google/protobuf/empty.ts";
import { FieldMask } from "../gen/google/protobuf/field_mask.ts";
import { ListValue, Struct, Value } from "../gen/google/protobuf/struct.ts";
import { Timestamp } from "../gen/google/protobuf/timestamp.ts";
import {
  BoolValue,
  BytesValue,
  DoubleValue,
  FloatValue,
  Int32Value,
  Int64Value,
  StringValue,
  UInt32Value,
  UInt64Value,
} from "../gen/google/protobuf/wrappers.ts";

const ALL: readonly object[] = [
  Any,
  BoolValue,
  BytesValue,
  DoubleValue,
  Duration,
  Empty,
  FieldMask,
  FloatValue,
  Int32Value,
  Int64Value,
  ListValue,
  StringValue,
  Struct,
  Timestamp,
  UInt32Value,
  UInt64Value,
  Value,
];

/** By their names. */
export const WELL_KNOWN_MESSAGES: ReadonlyMap<string, MessageType<Properties>> = new Map(
  (ALL as readonly MessageType<Properties>[]).map((type) => [type.typeName.slice("google.protobuf.".length), type]),
);
