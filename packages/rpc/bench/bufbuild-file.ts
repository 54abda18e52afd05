/** A proto file for @bufbuild/protobuf, by the means that its generated code uses. */
import type { DescFile } from "@bufbuild/protobuf";
import { fileDesc } from "@bufbuild/protobuf/codegenv2";
import type { FileDescriptor } from "@servertech/rpc";

/** @param file `file$` of a module that `servertech-rpc gen` has made. */
export function bufbuildFile(file: FileDescriptor): DescFile {
  return fileDesc(Buffer.from(file.bytes).toString("base64"));
}
