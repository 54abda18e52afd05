/** Runs the tools that a step is made of, quietly: their output is shown when they fail. */
import { diskFull, isDiskFull } from "./disk-full.mjs";
import { runGroup } from "./process-group.mjs";
import { root } from "./root.mjs";
import { RunError } from "./run-error.mjs";
import { throwIfStopping } from "./stop.mjs";

const TAIL_CHARACTERS = 3_000;

/**
 * Runs a program in the workspace's folder and waits for its end.
 *
 * @returns {Promise<{ exitCode: number, output: string }>} what it wrote to both of its outputs, in order.
 * @throws {@link RunError} when it cannot be started; {@link Stopped} when this run is to stop.
 */
export async function runTool(file, args, env = {}) {
  throwIfStopping();
  let output = "";
  const collect = (child) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text) => (output += text));
  };
  const options = {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // npx is a script there.
    shell: process.platform === "win32",
  };
  let ending;
  try {
    ending = await runGroup(file, args, options, collect);
  } catch (error) {
    throw new RunError(`${file} cannot be run: ${error.message}`, 1, { cause: error });
  }
  throwIfStopping();
  return { exitCode: ending[0] ?? 1, output };
}

/** Runs a JavaScript program of a package with this Node; `name` is the step it belongs to. */
export async function runNode(name, args) {
  const { exitCode, output } = await runTool(process.execPath, args);
  if (exitCode !== 0) throw failure(`${name} failed (exit ${exitCode})`, output, exitCode);
}

/** A failed tool: the end of what it wrote, then one line that says what to do. */
export function failure(message, output, exitCode = 1) {
  const advice = isDiskFull(output) ? diskFull(root) : message;
  return new RunError(`${output.slice(-TAIL_CHARACTERS).trim()}\n\n${advice}`, exitCode);
}
