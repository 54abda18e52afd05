import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

/** Runs a program against what is built, as a user's Node.js does. */
async function run(code: string): Promise<string> {
  const cwd = fileURLToPath(new URL("fixtures", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], { cwd });
  return stdout.trim();
}

describe("as built", () => {
  it("runs tasks on threads and survives their crash, and the process ends by itself", async () => {
    const output = await run(`
      import { createScheduler } from "@servertech/task-scheduler";
      import { shipped } from "./shipped.tasks.mjs";
      const scheduler = createScheduler({ cpu: { max: 1, idleMs: 600_000 } });
      const crash = await scheduler.run(shipped.exit, { args: [3] }).catch((error) => error.code + " " + error.exitCode);
      console.log(crash, await scheduler.run(shipped.add, { args: [1, 2] }));`);
    expect(output).toBe("WORKER_CRASHED 3 3");
  });

  it("is loaded by require", async () => {
    const output = await run(`
      import { createRequire } from "node:module";
      const { createScheduler } = createRequire(process.cwd() + "/x.js")("@servertech/task-scheduler");
      console.log(await createScheduler().run(() => "required"));`);
    expect(output).toBe("required");
  });
});
