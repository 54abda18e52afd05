import { fileDescriptorBytes } from "./file-descriptor.ts";
import { DESCRIPTOR_NAME, type ModuleNames } from "./module-names.ts";
import type { ProtoFile } from "./proto-files.ts";

export function descriptorText(file: ProtoFile, names: ModuleNames): string {
  const comment = "/** This file as reflection serves it. */\n";
  const typed = names.typed(() => names.runtimeType("FileDescriptor"));
  if (names.format === "d.ts") return `${comment}export declare const ${DESCRIPTOR_NAME}${typed};\n`;
  const base64 = Buffer.from(fileDescriptorBytes(file)).toString("base64");
  const dependencies = file.imports.map((path) => `() => ${names.descriptorOf(path)}`);
  const last = dependencies.length === 0 ? "" : `, [${dependencies.join(", ")}]`;
  return `${comment}export const ${DESCRIPTOR_NAME}${typed} = ${names.runtime("fileDescriptor")}("${file.path}", "${base64}"${last});
`;
}
