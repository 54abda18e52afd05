/** The files of protobuf whose types the runtime has. */
import { file$ as any } from "../gen/google/protobuf/any.ts";
import { file$ as duration } from "../gen/google/protobuf/duration.ts";
import { file$ as empty } from "../gen/google/protobuf/empty.ts";
import { file$ as fieldMask } from "../gen/google/protobuf/field_mask.ts";
import { file$ as struct } from "../gen/google/protobuf/struct.ts";
import { file$ as timestamp } from "../gen/google/protobuf/timestamp.ts";
import { file$ as wrappers } from "../gen/google/protobuf/wrappers.ts";
import type { FileDescriptor } from "../service.ts";

export interface WellKnownFile {
  readonly descriptor: FileDescriptor;
  /** What the runtime exports the descriptor as. */
  readonly exportName: string;
}

/** By their paths. */
export const WELL_KNOWN_FILES: ReadonlyMap<string, WellKnownFile> = new Map(
  [
    { descriptor: any, exportName: "anyProto" },
    { descriptor: duration, exportName: "durationProto" },
    { descriptor: empty, exportName: "emptyProto" },
    { descriptor: fieldMask, exportName: "fieldMaskProto" },
    { descriptor: struct, exportName: "structProto" },
    { descriptor: timestamp, exportName: "timestampProto" },
    { descriptor: wrappers, exportName: "wrappersProto" },
  ].map((file) => [file.descriptor.name, file]),
);
