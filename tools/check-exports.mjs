/** What a package promises in its package.json holds for those who install it: publint for files and conditions, attw for types. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./run/root.mjs";
import { pnpm } from "./run/pnpm.mjs";
import { runTool } from "./run/tool.mjs";

const BIN = join(root, "node_modules/.bin");
const folder = mkdtempSync(join(tmpdir(), "servertech-exports-"));
let failed = 0;
try {
  await pnpm("pack", ["--filter", "./packages/*", "-r", "pack", "--pack-destination", folder]);
  for (const tarball of readdirSync(folder).toSorted()) {
    await check(`publint ${tarball}`, "publint", ["--strict", join(folder, tarball)]);
    await check(`attw ${tarball}`, "attw", [join(folder, tarball), "--profile", "esm-only"]);
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed > 0 ? 1 : 0;

async function check(name, tool, args) {
  const file = join(BIN, tool);
  if (!existsSync(file)) throw new Error(`${tool} is not installed`);
  const { exitCode, output } = await runTool(file, args);
  process.stdout.write(`${exitCode === 0 ? "ok    " : "FAILED"} ${name}\n${exitCode === 0 ? "" : output}`);
  if (exitCode !== 0) failed += 1;
}
