/** The files of protobuf whose types the runtime has. */
import type { FileDescriptor } from "../service.ts";
import * as descriptors from "../well-known/descriptors.ts";

export interface WellKnownFile {
  readonly descriptor: FileDescriptor;
  /** What the runtime exports the descriptor as. */
  readonly exportName: string;
}

/** By their paths. */
export const WELL_KNOWN_FILES: ReadonlyMap<string, WellKnownFile> = new Map(
  Object.entries(descriptors).map(([exportName, descriptor]) => [descriptor.name, { descriptor, exportName }]),
);
