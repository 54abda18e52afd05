/** Child processes that end with all they have started. */
import { spawn } from "node:child_process";
import { root } from "./root.mjs";
import { onStop } from "./stop.mjs";

/** Between the request to end and the end by force. */
const GRACE_MS = 5_000;
const hasGroups = process.platform !== "win32";

/**
 * Runs a program in the workspace's folder, in a process group of its own. When this run is to stop the whole group is told, and
 * killed after 5 s: pnpm starts shells that start the tools, and is gone before them. Ctrl-C at the terminal comes the same way, as
 * it reaches only this process.
 *
 * @param options those of `spawn`.
 * @param onSpawn gets the child process.
 * @returns {Promise<[number | null, string | null]>} its exit status or the signal that ended it, once its outputs are closed.
 */
export async function runGroup(file, args, options, onSpawn) {
  const child = spawn(file, args, { cwd: root, detached: hasGroups, ...options });
  const closed = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...ending) => resolve(ending));
  });
  let killer;
  let stopping = false;
  const forget = onStop(() => {
    stopping = true;
    signalGroup(child, "SIGTERM");
    killer = setTimeout(() => {
      signalGroup(child, "SIGKILL");
      // One that has left the group may still hold them.
      for (const stream of child.stdio) stream?.destroy();
    }, GRACE_MS);
  });
  try {
    onSpawn?.(child);
    return await closed;
  } finally {
    forget();
    clearTimeout(killer);
    if (stopping) signalGroup(child, "SIGKILL");
  }
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  if (!hasGroups) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // Nobody is left; macOS answers EPERM for a group of zombies.
    if (error.code !== "ESRCH" && error.code !== "EPERM") throw error;
  }
}
