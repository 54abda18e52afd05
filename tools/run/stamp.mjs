/** Remembers what a step was last done for, so that it is skipped when nothing it reads has changed. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./root.mjs";

const FOLDER = join(root, "node_modules/.cache/servertech");
const NO_INPUT = new Set([
  "node_modules",
  "dist",
  "dist-web",
  "test",
  "bench",
  "benchmarks",
  "docs",
  "coverage",
  ".env",
  ".git",
  ".github",
  ".data",
  ".ci",
]);

/** A hash of this Node's version, the files (paths relative to the workspace) and their contents. */
export function hashOf(files) {
  const hash = createHash("sha256").update(process.version);
  for (const file of files) hash.update(`\n${relative(root, file)}\n`).update(readFileSync(file));
  return hash.digest("hex");
}

/** The files below a folder that a build reads, in a fixed order. */
export function inputsBelow(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (NO_INPUT.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return inputsBelow(path);
    return entry.isFile() && !entry.name.endsWith(".md") ? [path] : [];
  });
}

export function isStamped(name, hash) {
  const file = join(FOLDER, name);
  return existsSync(file) && readFileSync(file, "utf8") === hash;
}

/** Written only after success: a step that was cut off is done again. */
export function writeStamp(name, hash) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, name), hash);
}

export function removeStamp(name) {
  rmSync(join(FOLDER, name), { force: true });
}
