import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Workspace } from "./workspace.ts";

const SCRIPT = fileURLToPath(new URL("../../../.ci/run", import.meta.url));

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
  cpSync(SCRIPT, join(workspace.folder, ".ci/run"));
  workspace.program("sudo", "exit 1");
  workspace.program("npm", "true");
  workspace.write("tools/run.mjs", "");
  counts({ passed: 3, failed: 0, skipped: 1 });
});
afterEach(() => workspace[Symbol.dispose]());

/** What each run of vitest counts. */
function counts(counted: object): void {
  const code = `import { writeFileSync } from "node:fs";
    writeFileSync(process.env.SERVERTECH_COUNTS, ${JSON.stringify(JSON.stringify(counted))});`;
  workspace.write("node_modules/vitest/vitest.mjs", code);
}

function run(): Promise<{ exitCode: unknown; lines: readonly string[] }> {
  return new Promise((resolve) => {
    execFile("bash", [join(workspace.folder, ".ci/run")], { env: workspace.environment() }, (error, stdout) =>
      resolve({ exitCode: error === null ? 0 : error.code, lines: stdout.trimEnd().split("\n") }),
    );
  });
}

// It needs `timeout` of GNU.
describe.skipIf(process.platform !== "linux")(".ci/run", () => {
  it("ends with the sum of tests and stages", async () => {
    const { exitCode, lines } = await run();
    const stages = lines.filter((line) => line.startsWith("ok "));
    expect(stages.map((line) => line.split(/\s+/)[1])).toEqual(
      "install build system format lint types dead-code exports size errors api tests browser start bench consumer".split(
        " ",
      ),
    );
    expect(lines.at(-1)).toBe(`${stages.length + 2 * 3} passed, 0 failed, 2 skipped`);
    expect(exitCode).toBe(0);
  });

  it("goes on after a stage that fails, whose output it shows", async () => {
    workspace.program("npm", 'if [ "$3" = check:lint ]; then echo "unused: a.ts"; exit 3; fi');
    const { exitCode, lines } = await run();
    expect(lines.find((line) => line.startsWith("FAILED"))).toMatch(/^FAILED {2}lint \(exit 3, /);
    expect(lines).toContain("        unused: a.ts");
    expect(lines.at(-2)).toMatch(/^ok +consumer /);
    expect(lines.at(-1)).toBe("21 passed, 1 failed, 2 skipped");
    expect(exitCode).toBe(1);
  });

  it("counts tests that fail, whatever vitest itself says", async () => {
    counts({ passed: 2, failed: 1, skipped: 0 });
    const { exitCode, lines } = await run();
    expect(lines.at(-1)).toBe("20 passed, 2 failed, 0 skipped");
    expect(exitCode).toBe(1);
  });

  it("counts a run that leaves no counts as one failure", async () => {
    workspace.write("node_modules/vitest/vitest.mjs", "");
    const { exitCode, lines } = await run();
    expect(lines.at(-1)).toBe("16 passed, 2 failed, 0 skipped");
    expect(exitCode).toBe(1);
  });

  it("ends where nothing can be installed", async () => {
    workspace.write("tools/run.mjs", 'if (process.argv[2] === "install") process.exit(1);');
    const { exitCode, lines } = await run();
    expect(lines).toEqual([expect.stringMatching(/^FAILED {2}install /), "0 passed, 1 failed, 0 skipped"]);
    expect(exitCode).toBe(1);
  });
});
