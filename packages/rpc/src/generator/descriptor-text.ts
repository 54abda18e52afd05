import { fileDescriptorBytes } from "./file-descriptor.ts";
import { DESCRIPTOR_NAME, type ModuleNames } from "./module-names.ts";
import type { ProtoFile } from "./proto-files.ts";

export function descriptorText(file: ProtoFile, names: ModuleNames): string {
  const base64 = Buffer.from(fileDescriptorBytes(file)).toString("base64");
  const dependencies = file.imports.map((path) => `() => ${names.descriptorOf(path)}`);
  const last = dependencies.length === 0 ? "" : `, [${dependencies.join(", ")}]`;
  return `/** This file as reflection serves it. */
export const ${DESCRIPTOR_NAME}: ${names.runtimeType("FileDescriptor")} = ${names.runtime("fileDescriptor")}("${file.path}", "${base64}"${last});
`;
}
