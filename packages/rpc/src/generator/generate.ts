/** From proto files to TypeScript modules: one for each file, and for each that it imports. */
import { Enum } from "protobufjs";
import { descriptorText } from "./descriptor-text.ts";
import { enumText } from "./enum-text.ts";
import type { Int64Form, MessageOptions } from "./field-plan.ts";
import { messageText } from "./message-text.ts";
import { type ImportExtension, type ModuleFormat, ModuleNames } from "./module-names.ts";
import { typeName } from "./names.ts";
import { ProtoError } from "./proto-error.ts";
import { type ProtoFile, declarationsIn, importPath, loadProtoFiles, pathOf } from "./proto-files.ts";
import { serviceText } from "./service-text.ts";
import { WELL_KNOWN_FILES } from "./well-known-files.ts";

export interface GenerateOptions {
  /** Where imports are looked for, before the directory of the file that imports. @default [] */
  readonly includeDirs?: readonly string[] | undefined;
  /** What 64-bit integers are. @default "bigint" */
  readonly int64?: Int64Form | undefined;
  /** Whether fields that the proto file does not have are kept, and written back. @default false */
  readonly unknownFields?: boolean | undefined;
  /** TypeScript, or JavaScript with declarations beside it. @default "ts" */
  readonly target?: "ts" | "js" | undefined;
  /** How imports between generated files end; `js` where `target` is. @default "js" */
  readonly importExtension?: ImportExtension | undefined;
}

export interface GeneratedFile {
  /** Relative to the output directory, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** @throws {@link ProtoError} naming file, line and reason, when one of the files cannot be generated. */
export async function generate(
  protoFiles: readonly string[],
  { includeDirs = [], ...options }: GenerateOptions = {},
): Promise<GeneratedFile[]> {
  const files = await loadProtoFiles(protoFiles, includeDirs);
  const given = new Set(protoFiles.map((file) => importPath(file, includeDirs)));
  const generated = files.filter(({ path }) => given.has(path) || !WELL_KNOWN_FILES.has(path));
  return generateFiles(generated, files, options);
}

/** The modules of `files`, which import only what is in `all`. @throws {@link ProtoError} */
export function generateFiles(
  files: readonly ProtoFile[],
  all: readonly ProtoFile[],
  options: Omit<GenerateOptions, "includeDirs">,
): GeneratedFile[] {
  const { int64 = "bigint", unknownFields = false, target = "ts", importExtension = "js" } = options;
  if (target === "js" && importExtension !== "js") {
    throw new Error(`modules in JavaScript are imported with .js, not .${importExtension}`);
  }
  const generated = new Set(all.map(({ path }) => path).filter((path) => !WELL_KNOWN_FILES.has(path)));
  for (const { path } of files) generated.add(path);
  const pathOfDeclaration = new Map(all.flatMap((file) => [...declarationsIn(file)].map((each) => [each, file.path])));
  const formats: readonly ModuleFormat[] = target === "ts" ? ["ts"] : ["js", "d.ts"];
  return files.flatMap((file) =>
    formats.map((format) => ({
      path: `${file.path.replace(/\.proto$/, "")}.${format}`,
      text: moduleText(file, new ModuleNames(file, pathOfDeclaration, generated, importExtension, format), {
        int64,
        unknownFields,
      }),
    })),
  );
}

function moduleText(file: ProtoFile, names: ModuleNames, options: MessageOptions): string {
  refuseSameNames(file);
  const enums: string[] = [];
  const messages: string[] = [];
  for (const declaration of declarationsIn(file)) {
    if (declaration instanceof Enum) enums.push(enumText(declaration, file, names));
    else messages.push(messageText(declaration, file, names, options));
  }
  const services = file.services.map((service) => serviceText(service, file, names));
  const parts = [...enums, ...messages, descriptorText(file, names), ...services];
  const head = `/* eslint-disable -- made by a program */\n// Made by \`servertech-rpc gen\` from ${file.path}: change that file, not this one.\n`;
  return [head + names.importText(), ...parts].join("\n");
}

/** Nested declarations become top-level ones: `Outer.Inner` and `Outer_Inner` would meet. */
function refuseSameNames(file: ProtoFile): void {
  const seen = new Map<string, string>();
  for (const declaration of [...declarationsIn(file), ...file.services]) {
    const path = pathOf(declaration);
    const name = typeName(path);
    const same = seen.get(name);
    if (same !== undefined) {
      const reason = `${path.join(".")} has the same name in TypeScript as ${same}`;
      throw new ProtoError(file.file, file.lines.lineOfPath(path), reason);
    }
    seen.set(name, path.join("."));
  }
}
