/** The files of protobuf whose types the runtime has. */
import { file$ as anyFile } from "../gen/google/protobuf/any.ts";
import { file$ as durationFile } from "../gen/google/protobuf/duration.ts";
import { file$ as emptyFile } from "../gen/google/protobuf/empty.ts";
import { file$ as fieldMaskFile } from "../gen/google/protobuf/field_mask.ts";
import { file$ as structFile } from "../gen/google/protobuf/struct.ts";
import { file$ as timestampFile } from "../gen/google/protobuf/timestamp.ts";
import { file$ as wrappersFile } from "../gen/google/protobuf/wrappers.ts";
import type { FileDescriptor } from "../service.ts";

export interface WellKnownFile {
  readonly descriptor: FileDescriptor;
  /** What the runtime exports the descriptor as. */
  readonly exportName: string;
}

/** By their paths. */
export const WELL_KNOWN_FILES: ReadonlyMap<string, WellKnownFile> = new Map(
  [
    { descriptor: anyFile, exportName: "anyProto" },
    { descriptor: durationFile, exportName: "durationProto" },
    { descriptor: emptyFile, exportName: "emptyProto" },
    { descriptor: fieldMaskFile, exportName: "fieldMaskProto" },
    { descriptor: structFile, exportName: "structProto" },
    { descriptor: timestampFile, exportName: "timestampProto" },
    { descriptor: wrappersFile, exportName: "wrappersProto" },
  ].map((file) => [file.descriptor.name, file]),
);
