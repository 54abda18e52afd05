/** Runs the program that a mode is about, with its output shown as it comes, until it ends or this run is to stop. */
import { constants } from "node:os";
import { runGroup } from "./process-group.mjs";
import { services } from "./servers.mjs";
import { throwIfStopping } from "./stop.mjs";

/**
 * To be called once the workspace is built.
 *
 * @returns {Promise<number>} its exit status; 128 + n when a signal ended it.
 */
export async function runShown(args, env = {}) {
  throwIfStopping();
  const { Watchdog } = await services();
  // It ends even when this process is killed.
  const watchdog = new Watchdog([]);
  try {
    const options = { env: { ...process.env, ...env }, stdio: "inherit" };
    const [code, signal] = await runGroup(process.execPath, args, options, ({ pid }) => watchdog.watch(pid));
    watchdog.watch(undefined);
    return code ?? 128 + (constants.signals[signal] ?? 0);
  } finally {
    await watchdog.close();
  }
}
