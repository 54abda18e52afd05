import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

interface Report {
  readonly code: string;
  readonly tookMs: number;
}

/** Commits a fault in a process of its own. */
async function commit(fault: string): Promise<Report> {
  const hook = new URL("../../../tools/ts-worker-hook.mjs", import.meta.url).href;
  const child = fileURLToPath(new URL("fixtures/fault-child.ts", import.meta.url));
  const args = ["--import", hook, "--conditions", "@servertech/source", child, fault];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Report;
}

describe("a fault of one task among 200, in a process of its own", () => {
  it.each([
    ["exit", "WORKER_CRASHED"],
    ["memory", "WORKER_CRASHED"],
    ["loop", "TASK_TIMEOUT"],
    ["never", "TASK_TIMEOUT"],
    ["abort", "aborted"],
    ["unhandled", "WORKER_CRASHED"],
    ["uncaught", "WORKER_CRASHED"],
    ["argument", "TASK_NOT_CLONEABLE"],
    ["result", "TASK_NOT_CLONEABLE"],
    ["load", "WORKER_START"],
  ])(
    "%s: that one gets %s, the others their results, and work goes on",
    async (fault, code) => {
      const report = await commit(fault);
      expect(report).toMatchObject({ code, bystanders: true, done: 203, failed: 1, queued: 0 });
      if (code === "TASK_TIMEOUT") expect(report.tookMs).toBeGreaterThanOrEqual(199);
    },
    30_000,
  );
});
