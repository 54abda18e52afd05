import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";

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

  // From Node.js 22.18 on threads load TypeScript by themselves.
  const loadsTypeScript = Boolean((process.features as { readonly typescript?: unknown }).typescript);
  it.skipIf(loadsTypeScript)(
    "runs a task file in TypeScript with the project's esbuild, or says what is missing",
    async () => {
      const project = mkdtempSync(join(tmpdir(), "typed-tasks-"));
      onTestFinished(() => rmSync(project, { recursive: true }));
      const write = (name: string, text: string) => writeFileSync(join(project, name), text);
      write("package.json", "{}");
      write("twice.ts", "export const twice = (n: number): number => 2 * n;");
      write(
        "typed.tasks.ts",
        `import { defineTasks } from "@servertech/task-scheduler";
       import { twice } from "./twice.ts";
       export const typed = defineTasks(import.meta, { double: (n: number): number => twice(n) });`,
      );
      // What a compiler makes of a program that imports the tasks.
      write(
        "main.mjs",
        `import { createScheduler, defineTasks } from "@servertech/task-scheduler";
       const url = new URL("typed.tasks.ts", import.meta.url).href;
       const { double } = defineTasks({ url }, { double: (n) => n });
       const scheduler = createScheduler({ cpu: { max: 1 } });
       console.log(await scheduler.run(double, { args: [21] }).catch((error) => error.code));
       await scheduler.close();`,
      );
      const output = async () =>
        (await promisify(execFile)(process.execPath, [join(project, "main.mjs")])).stdout.trim();
      const link = (name: string, to: string) => {
        mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
        symlinkSync(to, join(project, "node_modules", name));
      };
      link("@servertech/task-scheduler", fileURLToPath(new URL("../..", import.meta.url)));
      expect(await output()).toBe("TASKS_TYPESCRIPT");
      link("esbuild", dirname(createRequire(import.meta.url).resolve("esbuild/package.json")));
      expect(await output()).toBe("42");
    },
  );

  it("is loaded by require", async () => {
    const output = await run(`
      import { createRequire } from "node:module";
      const { createScheduler } = createRequire(process.cwd() + "/x.js")("@servertech/task-scheduler");
      console.log(await createScheduler().run(() => "required"));`);
    expect(output).toBe("required");
  });
});
