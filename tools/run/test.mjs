import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { runShown } from "./child.mjs";
import { root } from "./root.mjs";
import { ensureServers } from "./servers.mjs";
import { throwIfStopping } from "./stop.mjs";

const VITEST = join(root, "node_modules/vitest/vitest.mjs");

/** Projects of vitest.config.ts. */
const WITHOUT_SERVERS = new Set(["unit", "built"]);

/** `npm test`: everything, or what the arguments select (they are vitest's). The counts are the last line. */
export async function testMode(args) {
  await build();
  if (wantsServers(args)) await ensureServers({ browser: true });
  const folder = mkdtempSync(join(tmpdir(), "servertech-test-"));
  try {
    const counts = join(folder, "counts.json");
    const exitCode = await runShown([VITEST, "run", ...args], { SERVERTECH_COUNTS: counts });
    throwIfStopping();
    const line = countsLine(counts);
    process.stdout.write(`${line.text}\n`);
    return exitCode === 0 && line.failed > 0 ? 1 : exitCode;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether the projects that the arguments select, all without a selection, have any but those without servers. */
function wantsServers(args) {
  const projects = args.flatMap((arg, index) => {
    if (arg.startsWith("--project=")) return [arg.slice("--project=".length)];
    return arg === "--project" ? [args[index + 1]] : [];
  });
  return projects.length === 0 || !projects.every((project) => WITHOUT_SERVERS.has(project));
}

/** A run that left no counts is one failure. */
function countsLine(file) {
  let counts = { passed: 0, failed: 1, skipped: 0 };
  try {
    counts = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const { passed, failed, skipped } = counts;
  return { failed, text: `${passed} passed, ${failed} failed, ${skipped} skipped` };
}
