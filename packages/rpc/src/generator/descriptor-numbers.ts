/** Numbers in descriptors: https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto */
export const LABEL = { optional: 1, required: 2, repeated: 3 } as const;

export const FIELD_TYPES: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  group: 10,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};

/** By their numbers. */
export const JS_TYPES: readonly string[] = ["JS_NORMAL", "JS_STRING", "JS_NUMBER"];
export const IDEMPOTENCY_LEVELS: readonly string[] = ["IDEMPOTENCY_UNKNOWN", "NO_SIDE_EFFECTS", "IDEMPOTENT"];
