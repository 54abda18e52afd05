/** Runs the program that a mode is about, with its output shown as it comes, until it ends or is told to. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./root.mjs";
import { onStopSignal } from "./stop-signals.mjs";

/** @returns {Promise<number>} its exit status; 128 + n when a signal ended it. */
export function runShown(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: "inherit" });
    // Ctrl-C reaches the child by itself, and it may want to end in its own way.
    onStopSignal((reason) => {
      if (reason !== "SIGINT") child.kill("SIGTERM");
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? "SIGTERM"] ?? 0)));
  });
}
