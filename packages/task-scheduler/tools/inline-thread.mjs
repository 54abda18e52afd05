/**
 * Bundles the program of a pool's thread into the text of a function: `node tools/inline-thread.mjs` writes src/gen/thread-source.ts;
 * with `--check` it only says by its exit status whether that is up to date.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = new URL("../src/", import.meta.url);
const threadSourceFile = new URL("gen/thread-source.ts", folder);

async function threadSourceModule() {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("thread/thread-entry.ts", folder))],
    bundle: true,
    write: false,
    format: "iife",
    banner: { js: "(importFile => {" },
    footer: { js: "})" },
    platform: "node",
    target: "node20",
    minify: true,
    charset: "ascii",
    legalComments: "none",
  });
  const [{ text }] = bundle.outputFiles;
  return (
    "// Made of src/thread by `node tools/inline-thread.mjs`. Not to be edited.\n" +
    `export const threadSource: string = ${JSON.stringify(text.trim())};\n`
  );
}

const text = await threadSourceModule();
if (!process.argv.includes("--check")) await writeFile(threadSourceFile, text);
else if ((await readFile(threadSourceFile, "utf8")) !== text) process.exitCode = 1;
