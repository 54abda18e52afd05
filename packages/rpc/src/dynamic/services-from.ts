/** Services from proto files and from descriptors. Loads the parser: `load-proto.ts` does so on first use only. */
import type { MessageOptions } from "../generator/field-plan.ts";
import { filesFromDescriptors } from "../generator/from-descriptors.ts";
import { loadProtoFiles } from "../generator/proto-files.ts";
import { type DynamicService, dynamicServices } from "./dynamic-services.ts";

export async function servicesFromFile(
  file: string,
  includeDirs: readonly string[],
  options: MessageOptions,
): Promise<Record<string, DynamicService>> {
  return dynamicServices(await loadProtoFiles([file], includeDirs), options);
}

/**
 * @param files encoded FileDescriptorProtos: every file with all that it imports, in any order.
 * @returns the services of all files by their full names.
 * @throws ProtoError when one of them is refused; RpcError INTERNAL when bytes are no descriptor.
 */
export function servicesFromDescriptors(files: readonly Uint8Array[]): Record<string, DynamicService> {
  return dynamicServices(filesFromDescriptors(files), { int64: "bigint", unknownFields: false });
}
