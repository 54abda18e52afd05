/** The generator as a plugin of protoc: https://protobuf.dev/reference/other/#plugins */
import { CodeGeneratorRequest, CodeGeneratorResponse } from "../gen/descriptor.ts";
import { filesFromDecoded } from "./from-descriptors.ts";
import { type GenerateOptions, type GeneratedFile, generateFiles } from "./generate.ts";

const FEATURE_PROTO3_OPTIONAL = 1n;

/**
 * @param request an encoded CodeGeneratorRequest.
 * @returns an encoded CodeGeneratorResponse: files, or the reason why there are none.
 */
export function answerPlugin(request: Uint8Array): Uint8Array {
  try {
    const { fileToGenerate, parameter, protoFile } = CodeGeneratorRequest.decode(request);
    const files = filesFromDecoded(protoFile);
    const wanted = files.filter(({ path }) => fileToGenerate.includes(path));
    return response(generateFiles(wanted, files, pluginOptions(parameter)));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return CodeGeneratorResponse.encode({ error: text, supportedFeatures: FEATURE_PROTO3_OPTIONAL });
  }
}

function response(files: readonly GeneratedFile[]): Uint8Array {
  return CodeGeneratorResponse.encode({
    supportedFeatures: FEATURE_PROTO3_OPTIONAL,
    file: files.map(({ path, text }) => ({ name: path, content: text })),
  });
}

type PluginOptions = Omit<GenerateOptions, "includeDirs">;

/** What a parameter such as `int64=number` sets. */
const PARAMETERS: ReadonlyMap<string, PluginOptions> = new Map<string, PluginOptions>([
  ["int64=bigint", { int64: "bigint" }],
  ["int64=number", { int64: "number" }],
  ["unknown-fields", { unknownFields: true }],
  ["unknown-fields=true", { unknownFields: true }],
  ["unknown-fields=false", { unknownFields: false }],
  ["target=ts", { target: "ts" }],
  ["target=js", { target: "js" }],
  ["import-extension=js", { importExtension: "js" }],
  ["import-extension=ts", { importExtension: "ts" }],
]);

/** As they are written: `int64=number`. */
export const PLUGIN_PARAMETERS: readonly string[] = [...PARAMETERS.keys()];

/** `int64=number,import-extension=ts` */
function pluginOptions(parameter: string): PluginOptions {
  let options: PluginOptions = {};
  for (const part of parameter === "" ? [] : parameter.split(",")) {
    const set = PARAMETERS.get(part);
    if (set === undefined) throw new Error(`parameter ${part}: there are ${PLUGIN_PARAMETERS.join(", ")}`);
    options = { ...options, ...set };
  }
  return options;
}
