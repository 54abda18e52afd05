/** The well-known types, as they are exported and as dynamic messages hold them. */
export { Any } from "../gen/google/protobuf/any.ts";
export { Duration } from "../gen/google/protobuf/duration.ts";
export { Empty } from "../gen/google/protobuf/empty.ts";
export { FieldMask } from "../gen/google/protobuf/field_mask.ts";
export { ListValue, NullValue, Struct, Value } from "../gen/google/protobuf/struct.ts";
export { Timestamp } from "../gen/google/protobuf/timestamp.ts";
export {
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
