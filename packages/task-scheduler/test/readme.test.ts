import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readmePrograms } from "../../../tools/readme-programs.ts";

const README = new URL("../README.md", import.meta.url);
const programs = await readmePrograms(README);

describe("README", () => {
  it.each(programs)("runs: $title", async ({ run }) => {
    await expect(run()).resolves.toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("runs the program of several files", async () => {
    // Inside of the package: it imports itself by its name.
    const folder = mkdtempSync(fileURLToPath(new URL("readme-", import.meta.url)));
    const files = [...readFileSync(README, "utf8").matchAll(/^```typescript\n\/\/ (\S+)\n(.*?)^```$/gms)];
    for (const [, name = "", code = ""] of files) writeFileSync(join(folder, name), code);
    const hook = new URL("../../../tools/ts-worker-hook.mjs", import.meta.url).href;
    const args = ["--import", hook, "--conditions", "@servertech/source", join(folder, "main.ts")];
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
      expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/), stderr: "" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
