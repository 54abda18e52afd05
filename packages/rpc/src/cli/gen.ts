/** `servertech-rpc gen`: writes a module for each proto file. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { generate } from "../generator/generate.ts";
import { UsageError } from "./usage-error.ts";

export const GEN_HELP = `servertech-rpc gen <file.proto...> -o <dir> [options]

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

/**
 * @returns what to print.
 * @throws {@link UsageError} for wrong arguments; ProtoError for a refused file.
 */
export async function gen(args: readonly string[]): Promise<string> {
  const { files, out, help, ...options } = parsed(args);
  if (help) return GEN_HELP;
  if (files.length === 0) throw new UsageError("gen: which proto file?");
  if (out === undefined) throw new UsageError("gen: -o <dir> is missing");
  const { target, importExtension } = options;
  if (target === "js" && importExtension === "ts") throw new UsageError("gen: --import-extension=ts needs --target=ts");
  const generated = await generate(files, options);
  for (const { path, text } of generated) {
    const file = join(out, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return generated.map(({ path }) => `${join(out, path)}\n`).join("");
}

function parsed(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: "string", short: "o" },
        include: { type: "string", short: "I", multiple: true, default: [] },
        int64: { type: "string", default: "bigint" },
        "unknown-fields": { type: "boolean", default: false },
        target: { type: "string", default: "ts" },
        "import-extension": { type: "string", default: "js" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return {
      files: positionals,
      out: values.out,
      includeDirs: values.include,
      int64: oneOf("int64", values.int64, ["bigint", "number"]),
      unknownFields: values["unknown-fields"],
      target: oneOf("target", values.target, ["ts", "js"]),
      importExtension: oneOf("import-extension", values["import-extension"], ["js", "ts"]),
      help: values.help,
    };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`gen: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function oneOf<const T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new UsageError(`gen: --${name} is ${allowed.join(" or ")}, not ${value}`);
  return found;
}
