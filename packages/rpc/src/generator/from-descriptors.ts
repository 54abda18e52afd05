/** From descriptors, as protoc and reflection give them, to the same proto files that the parser makes. */
import { Root } from "protobufjs";
import { FileDescriptorProto } from "../gen/descriptor.ts";
import { addFile } from "./file-builder.ts";
import { type ProtoFile, protoFilesOf } from "./proto-files.ts";
import { WELL_KNOWN_FILES } from "./well-known-files.ts";

/**
 * @param files encoded FileDescriptorProtos: every file with all that it imports, in any order; the well-known ones may
 * be left out.
 * @throws {@link ProtoError}
 * @throws {@link RpcError} when the bytes are no descriptor.
 */
export function filesFromDescriptors(files: readonly Uint8Array[]): ProtoFile[] {
  return filesFromDecoded(files.map((bytes) => FileDescriptorProto.decode(bytes)));
}

export function filesFromDecoded(files: readonly FileDescriptorProto[]): ProtoFile[] {
  const root = new Root();
  const own = files.filter(({ name }) => !WELL_KNOWN_FILES.has(name));
  // None of them imports another.
  const wellKnown = [...new Set(own.flatMap(({ dependency }) => dependency))].flatMap((path) => {
    const known = WELL_KNOWN_FILES.get(path);
    return known === undefined ? [] : [FileDescriptorProto.decode(known.descriptor.bytes)];
  });
  return protoFilesOf(
    root,
    [...own, ...wellKnown].map((file) => addFile(root, file)),
  );
}
