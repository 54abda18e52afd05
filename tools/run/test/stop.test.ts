import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isAlive } from "../../services/src/process-state.ts";
import { Workspace } from "./workspace.ts";

let workspace: Workspace;
let shell: ChildProcess | undefined;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => {
  for (const pid of pids()) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  if (shell?.exitCode === null) shell.kill("SIGKILL");
  shell = undefined;
  workspace[Symbol.dispose]();
});

/** A tool that starts another and waits for it, as pnpm does; each notes its process id. `first` is run in both. */
function nested(first = ""): string {
  const note = `echo $$ >>"${workspace.folder}/pids"`;
  workspace.program("grandchild", `${first}\n${note}\nwhile true; do sleep 1; done`);
  return `${first}\n${note}\n"${workspace.folder}/bin/grandchild"\nwait`;
}

/** The processes that the tools have noted. */
function pids(): number[] {
  return workspace.read("pids").split("\n").filter(Boolean).map(Number);
}

/** Starts a mode and waits until its tool and the tool's own child run. */
async function started(mode: string): Promise<{ runner: number; output: () => string; ended: Promise<unknown[]> }> {
  const child = (shell = workspace.start(mode));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data: Buffer) => (output += data.toString()));
  const ended = once(child, "close");
  await vi.waitUntil(() => pids().length === 2, { timeout: 15_000 });
  return { runner: childOf(child.pid ?? 0), output: () => output, ended };
}

/** The only child of a process (Linux). */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}

async function untilGone(runner: number): Promise<void> {
  await vi.waitUntil(() => ![runner, ...pids()].some((pid) => isAlive(pid)), { timeout: 15_000 });
}

// The tests find processes by /proc.
describe.runIf(process.platform === "linux")(
  "a run that is told to stop while it installs",
  { timeout: 30_000 },
  () => {
    it.each([
      ["SIGTERM", 143],
      ["SIGINT", 130],
      ["SIGHUP", 129],
    ] as const)("by %s ends with status %d and leaves nothing running", async (signal, status) => {
      workspace.pnpm(nested());
      const { runner, output, ended } = await started("build");
      process.kill(runner, signal);
      process.kill(runner, signal);
      expect(await ended).toEqual([status, null]);
      await untilGone(runner);
      expect(output()).toContain(`stopped (${signal})`);
      expect(workspace.calls).toEqual(["install --frozen-lockfile --prefer-offline"]);
    });

    it("by the end of the npm above it leaves nothing running", async () => {
      workspace.pnpm(nested());
      const { runner, output } = await started("build");
      shell?.kill("SIGKILL");
      await untilGone(runner);
      expect(output()).toContain("stopped (the parent is gone)");
    });

    it("kills what does not listen", async () => {
      workspace.pnpm(nested("trap '' TERM INT HUP"));
      const { runner, ended } = await started("install");
      process.kill(runner, "SIGTERM");
      expect(await ended).toEqual([143, null]);
      await untilGone(runner);
    });

    it("counts as not done: the next run installs", async () => {
      workspace.pnpm(nested());
      const { runner, ended } = await started("install");
      process.kill(runner, "SIGINT");
      await ended;
      workspace.pnpm("true");
      expect((await workspace.run(["install"])).exitCode).toBe(0);
      expect(workspace.calls).toHaveLength(2);
    });
  },
);

describe.runIf(process.platform === "linux")("a run that is told to stop while it tests", { timeout: 30_000 }, () => {
  beforeEach(() => {
    workspace.pnpm("true");
    workspace.write("node_modules/typescript/bin/tsc", "");
    workspace.write(
      "tools/services/dist/index.js",
      `export class Watchdog { watch() {} async close() {} }
       export const ensurePackages = async () => ({ installed: [], missing: [] });`,
    );
    workspace.program("tool", nested());
    workspace.write(
      "node_modules/vitest/vitest.mjs",
      `import { execFileSync } from "node:child_process"; execFileSync("tool", { stdio: "inherit" });`,
    );
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("by %s ends with status %d and leaves nothing running", async (signal, status) => {
    const { runner, ended, output } = await started("test");
    process.kill(runner, signal);
    expect(await ended).toEqual([status, null]);
    await untilGone(runner);
    expect(output()).not.toContain("passed");
  });

  it("by the end of the npm above it leaves nothing running", async () => {
    const { runner, output } = await started("test");
    shell?.kill("SIGTERM");
    await untilGone(runner);
    expect(output()).toContain("stopped (the parent is gone)");
  });
});
