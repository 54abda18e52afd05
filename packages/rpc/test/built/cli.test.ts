import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function run(...args: string[]): Promise<{ exitCode: number | string; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [at("../../bin/servertech-rpc.js"), ...args], (error, stdout) =>
      resolve({ exitCode: error === null ? 0 : (error.code ?? "killed"), stdout }),
    );
  });
}

describe("servertech-rpc as built", () => {
  it("generates the modules that the source does", async () => {
    const out = await mkdtemp(join(tmpdir(), "rpc-built-"));
    try {
      const result = await run("gen", at("../fixtures/proto/everything.proto"), "-o", out, "--import-extension=ts");
      expect(result.exitCode).toBe(0);
      const text = await readFile(join(out, "shared", "kinds.ts"), "utf8");
      expect(text).toBe(await readFile(at("../fixtures/gen/shared/kinds.ts"), "utf8"));
    } finally {
      await rm(out, { recursive: true });
    }
  });

  it("says what it can, and ends with 2 for wrong arguments", async () => {
    expect(await run("--help")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("servertech-rpc gen") });
    expect(await run("gen")).toEqual({ exitCode: 2, stdout: "" });
  });
});
