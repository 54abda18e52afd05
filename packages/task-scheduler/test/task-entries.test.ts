import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { taskEntries } from "@servertech/task-scheduler/esbuild";
import { build } from "esbuild";
import { describe, expect, it, onTestFinished } from "vitest";

/** A program with tasks, bundled; resolves to what it prints. */
async function bundled(plugins: boolean): Promise<string> {
  // Inside of the package: it imports itself by its name.
  const folder = mkdtempSync(fileURLToPath(new URL("bundle-", import.meta.url)));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "src"));
  writeFileSync(
    join(folder, "src/sum.tasks.ts"),
    `import { defineTasks } from "@servertech/task-scheduler";
     export const tasks = defineTasks(import.meta, { sum: (a: number, b: number): number => a + b });`,
  );
  writeFileSync(
    join(folder, "src/main.ts"),
    `import { createScheduler } from "@servertech/task-scheduler";
     import { tasks } from "./sum.tasks.ts";
     console.log("main");
     const scheduler = createScheduler({ cpu: { max: 1 } });
     console.log(await scheduler.run(tasks.sum, { args: [1, 2] }));
     await scheduler.close();`,
  );
  await build({
    absWorkingDir: folder,
    entryPoints: ["src/main.ts"],
    outdir: join(folder, "dist"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    conditions: ["@servertech/source"],
    external: ["croner"],
    logLevel: "silent",
    plugins: plugins ? [taskEntries()] : [],
  });
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "dist/main.mjs")]);
  return stdout;
}

describe("taskEntries", () => {
  it("makes threads find the tasks of a bundle, whose program runs once", async () => {
    expect(await bundled(true)).toBe("main\n3\n");
  }, 30_000);

  it("is what a bundle without it lacks: the error says so", async () => {
    await expect(bundled(false)).rejects.toThrow("TASKS_IN_ENTRY");
  }, 30_000);
});
