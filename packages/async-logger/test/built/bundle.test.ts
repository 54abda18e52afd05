import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const PROGRAM = `
  import { createLogger, fileSink } from "@servertech/async-logger";
  const log = createLogger({ sinks: [fileSink({ path: process.argv[2] })] });
  process.on("exit", () => log.info("last"));
  for (let i = 0; i < 1_000; i++) log.info({ i }, "line");
  process.exit(0);`;

describe("as built", () => {
  it.each(["esm", "cjs"] as const)("logs and flushes at the exit when bundled to one file: %s", async (format) => {
    const folder = mkdtempSync(join(tmpdir(), "async-logger-"));
    const outfile = join(folder, format === "esm" ? "bundle.mjs" : "bundle.cjs");
    // A CommonJS dependency in an ES module asks for `require`.
    const js = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
    await build({
      stdin: { contents: PROGRAM, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true,
      platform: "node",
      target: "node20",
      format,
      outfile,
      ...(format === "esm" ? { banner: { js } } : {}),
    });
    const path = join(folder, "app.log");
    execFileSync(process.execPath, [outfile, path]);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(1_002);
  });

  it("is loaded by require", () => {
    const code = `
      const { createLogger, stdoutSink } = require("@servertech/async-logger");
      createLogger({ base: null, time: false, sinks: [stdoutSink()] }).info("required");`;
    const cwd = fileURLToPath(new URL(".", import.meta.url));
    expect(String(execFileSync(process.execPath, ["--eval", code], { cwd }))).toBe('{"level":30,"msg":"required"}\n');
  });
});
