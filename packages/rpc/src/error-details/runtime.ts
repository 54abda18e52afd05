/** What the generated module of the error details is made of: what a module of a user takes from the main entry. */
export * from "../codec/runtime.ts";
export { Duration, file$ as durationProto } from "../gen/google/protobuf/duration.ts";
