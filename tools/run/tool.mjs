/** Runs the tools that a step is made of, quietly: their output is shown when they fail. */
import { spawn } from "node:child_process";
import { root } from "./root.mjs";
import { RunError } from "./run-error.mjs";

const TAIL_CHARACTERS = 3_000;

/**
 * Runs a program in the workspace's folder and waits for its end.
 *
 * @returns {Promise<{ exitCode: number, output: string }>} what it wrote to both of its outputs, in order.
 */
export function runTool(file, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // npx is a script there.
      shell: process.platform === "win32",
    });
    const stop = () => child.kill("SIGTERM");
    process.once("SIGTERM", stop);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGTERM", stop);
      resolve({ exitCode: code ?? 1, output });
    });
  });
}

/** Runs a JavaScript program of a package with this Node; `name` is the step it belongs to. */
export async function runNode(name, args) {
  const { exitCode, output } = await runTool(process.execPath, args);
  if (exitCode !== 0) throw failure(`${name} failed (exit ${exitCode})`, output, exitCode);
}

/** A failed tool: the end of what it wrote, then one line that says what to do. */
export function failure(message, output, exitCode = 1) {
  return new RunError(`${output.slice(-TAIL_CHARACTERS).trim()}\n\n${message}`, exitCode);
}
