import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const PACKAGES = new URL("../../../../packages/", import.meta.url);

interface Package {
  readonly name: string;
  readonly folder: string;
  /** As a user writes them. */
  readonly entries: readonly string[];
}

const packages = readdirSync(PACKAGES).map((folder): Package => {
  const manifest = JSON.parse(readFileSync(new URL(`${folder}/package.json`, PACKAGES), "utf8")) as {
    name: string;
    exports: Record<string, unknown>;
  };
  const entries = Object.keys(manifest.exports).filter((entry) => entry !== "./package.json");
  return {
    name: manifest.name,
    folder: fileURLToPath(new URL(folder, PACKAGES)),
    entries: entries.map((entry) => manifest.name + entry.slice(1)),
  };
});

// vitest hides what a CommonJS dependency does not export by name; only Node.js itself fails at it.
describe.each(packages)("$name as built", ({ folder, entries }) => {
  it.each(entries)("is imported: %s", async (entry) => {
    const code = `import * as all from ${JSON.stringify(entry)}; console.log(Object.keys(all).length)`;
    const args = ["--input-type=module", "--eval", code];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    expect(stderr).toBe("");
    expect(Number(stdout)).toBeGreaterThan(0);
  });
});
