/** `servertech-rpc gen`: writes a module for each proto file. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generate } from "../generator/generate.ts";
import { readArguments } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export const help: string = `servertech-rpc gen <file.proto...> -o <dir> [options]

Writes one module for each proto file, and for each file that it imports.
When one file is refused, nothing is written.

  -o, --out <dir>              where the modules go; made when missing
  -I, --include <dir>          where imports are looked for; may be given more than once
                               (default: the directory of the file that imports)
      --int64=bigint|number    what 64-bit integers are (default: bigint)
      --unknown-fields         keep fields that the proto file does not have, and write them back
      --target=ts|js           TypeScript, or JavaScript with .d.ts files (default: ts)
      --import-extension=js|ts how imports between the modules end; js with --target=js (default: js)
  -h, --help                   this text
`;

const OPTIONS = {
  out: { type: "string", short: "o" },
  include: { type: "string", short: "I", multiple: true },
  int64: { type: "string", default: "bigint" },
  "unknown-fields": { type: "boolean", default: false },
  target: { type: "string", default: "ts" },
  "import-extension": { type: "string", default: "js" },
  help: { type: "boolean", short: "h", default: false },
} as const;

export async function run(args: readonly string[], { out }: Terminal): Promise<0> {
  await out.write(await gen(args));
  return 0;
}

/**
 * @returns the paths of what was written, one a line.
 * @throws {@link UsageError} for wrong arguments; ProtoError for a refused file.
 */
export async function gen(args: readonly string[]): Promise<string> {
  const { values, positionals: files } = readArguments("gen", args, OPTIONS);
  const int64 = oneOf("int64", values.int64, ["bigint", "number"]);
  const target = oneOf("target", values.target, ["ts", "js"]);
  const importExtension = oneOf("import-extension", values["import-extension"], ["js", "ts"]);
  const { out, include: includeDirs = [], "unknown-fields": unknownFields } = values;
  if (files.length === 0) throw refused("which proto file?");
  if (out === undefined) throw refused("-o <dir> is missing");
  if (target === "js" && importExtension === "ts") throw refused("--import-extension=ts needs --target=ts");
  const generated = await generate(files, { includeDirs, int64, unknownFields, target, importExtension });
  for (const { path, text } of generated) {
    const file = join(out, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return generated.map(({ path }) => `${join(out, path)}\n`).join("");
}

function oneOf<const T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw refused(`--${name} is ${allowed.join(" or ")}, not ${value}`);
  return found;
}

function refused(text: string): UsageError {
  return new UsageError(`gen: ${text}`, "gen");
}
