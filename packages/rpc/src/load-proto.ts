import { optionChecks } from "@servertech/core";
import type { DynamicService } from "./dynamic/dynamic-services.ts";

export type { DynamicService } from "./dynamic/dynamic-services.ts";

/** Options of {@link loadProto}. */
export interface LoadProtoOptions {
  /** Where imports are looked for, in this order, before the directory of the file that imports. @default [] */
  includeDirs?: readonly string[] | undefined;
  /** What 64-bit integers are; a number throws outside ±(2^53 - 1). @default "bigint" */
  int64?: "bigint" | "number" | undefined;
  /** Whether fields that the proto file does not have are kept, as `unknown$`, and written back. @default false */
  unknownFields?: boolean | undefined;
}

/**
 * The services of a proto file and of all that it imports, by their full names: `(await loadProto(file))["pkg.Chat"]`.
 * They are what generated code exports, but for the types: messages are objects of unknown properties.
 *
 * @throws Error naming file, line and reason, when the file cannot be read or is refused.
 * @throws OptionError
 */
export async function loadProto(file: string, options: LoadProtoOptions = {}): Promise<Record<string, DynamicService>> {
  const check = optionChecks(options, ["includeDirs", "int64", "unknownFields"]);
  const int64 = check.oneOf("int64", options.int64 ?? "bigint", ["bigint", "number"]);
  const unknownFields = check.boolean("unknownFields", options.unknownFields ?? false);
  const checked = check.done({ includeDirs: options.includeDirs ?? [], int64, unknownFields });
  // The parser is loaded by those who use it.
  const { servicesFromFile } = await import("./dynamic/services-from-file.ts");
  return servicesFromFile(file, checked.includeDirs, checked);
}
