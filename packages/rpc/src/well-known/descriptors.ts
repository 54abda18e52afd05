/** The descriptors of the well-known types' files, as generated code imports them. */
export { file$ as anyProto } from "../gen/google/protobuf/any.ts";
export { file$ as durationProto } from "../gen/google/protobuf/duration.ts";
export { file$ as emptyProto } from "../gen/google/protobuf/empty.ts";
export { file$ as fieldMaskProto } from "../gen/google/protobuf/field_mask.ts";
export { file$ as structProto } from "../gen/google/protobuf/struct.ts";
export { file$ as timestampProto } from "../gen/google/protobuf/timestamp.ts";
export { file$ as wrappersProto } from "../gen/google/protobuf/wrappers.ts";
