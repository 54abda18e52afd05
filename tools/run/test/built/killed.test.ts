import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isAlive } from "../../../services/src/process-state.ts";
import { Workspace } from "../workspace.ts";

const SERVICES = new URL("../../../services/dist/index.js", import.meta.url);

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace[Symbol.dispose]());

describe("a run that is killed while it tests", () => {
  it("takes the tests with it", async () => {
    workspace.pnpm("true");
    workspace.write("node_modules/typescript/bin/tsc", "");
    workspace.write(
      "tools/services/dist/index.js",
      `export { Watchdog } from ${JSON.stringify(fileURLToPath(SERVICES))};
       export const ensurePackages = async () => ({ installed: [], missing: [] });`,
    );
    workspace.write(
      "node_modules/vitest/vitest.mjs",
      `import { writeFileSync } from "node:fs";
       writeFileSync(${JSON.stringify(`${workspace.folder}/pids`)}, process.pid + " " + process.ppid);
       setInterval(() => {}, 1_000);`,
    );
    workspace.start("test");
    await vi.waitUntil(() => workspace.read("pids") !== "", { timeout: 15_000 });
    const [tests = 0, runner = 0] = workspace.read("pids").split(" ").map(Number);
    expect(isAlive(tests)).toBe(true);
    process.kill(runner, "SIGKILL");
    await vi.waitUntil(() => !isAlive(tests), { timeout: 15_000 });
  });
});
