/** Services from a proto file. Loads the parser: `load-proto.ts` does so on first use only. */
import type { MessageOptions } from "../generator/field-plan.ts";
import { loadProtoFiles } from "../generator/proto-files.ts";
import { type DynamicService, dynamicServices } from "./dynamic-services.ts";

export async function servicesFromFile(
  file: string,
  includeDirs: readonly string[],
  options: MessageOptions,
): Promise<Record<string, DynamicService>> {
  return dynamicServices(await loadProtoFiles([file], includeDirs), options);
}
