/** The README's way from a .proto file to a stream, walked as a reader would: its files, its commands, its program. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { expect, it } from "vitest";
import { generate } from "../src/generator/generate.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

function block(language: string): string {
  const section = readme.slice(readme.indexOf("## From a .proto file to a stream"));
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(section)?.[1];
  if (found === undefined) throw new Error(`the README has no ${language} block`);
  return found;
}

it("goes from chat.proto to streams", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rpc-quick-start-"));
  try {
    await mkdir(join(folder, "node_modules/@servertech"), { recursive: true });
    for (const name of ["rpc", "core"])
      await symlink(join(root, "packages", name), join(folder, "node_modules/@servertech", name));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(join(folder, "chat.proto"), block("proto"));
    const command = block("sh").trim();
    expect(command).toBe("npx servertech-rpc gen chat.proto -o src/gen");
    await mkdir(join(folder, "src/gen"), { recursive: true });
    for (const { path, text } of await generate([join(folder, "chat.proto")]))
      await writeFile(join(folder, "src/gen", path), text);
    await writeFile(join(folder, "src/main.ts"), block("typescript"));
    // As any build would.
    for (const file of ["main.ts", ...(await readdir(join(folder, "src/gen"))).map((name) => join("gen", name))]) {
      const source = await readFile(join(folder, "src", file), "utf8");
      const { code } = await transform(source, { loader: "ts", format: "esm", target: "node20" });
      await writeFile(join(folder, "src", file.replace(/\.ts$/, ".js")), code);
    }
    const hook = new URL("../../../tools/ts-worker-hook.mjs", import.meta.url).href;
    const args = ["--import", hook, "--conditions", "@servertech/source", join(folder, "src/main.js")];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n")).toEqual(["1n hello", "LOUDER", "RPC_INVALID_ARGUMENT empty text"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
