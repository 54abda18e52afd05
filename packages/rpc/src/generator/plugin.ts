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

/** `int64=number,import-extension=ts` */
function pluginOptions(parameter: string): Pick<GenerateOptions, "int64" | "importExtension"> {
  let options: Pick<GenerateOptions, "int64" | "importExtension"> = {};
  for (const part of parameter === "" ? [] : parameter.split(",")) {
    const [name, value] = part.split("=", 2);
    if (name === "int64" && (value === "bigint" || value === "number")) options = { ...options, int64: value };
    else if (name === "import-extension" && (value === "js" || value === "ts")) {
      options = { ...options, importExtension: value };
    } else throw new Error(`parameter ${part}: there are int64=bigint|number and import-extension=js|ts`);
  }
  return options;
}
