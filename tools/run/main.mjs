/** What each mode of tools/run.mjs does, in order. */
import { benchMode } from "./bench.mjs";
import { build } from "./build.mjs";
import { demoMode, startMode } from "./start.mjs";
import { install } from "./install.mjs";
import { RunError } from "./run-error.mjs";
import { ensureServers } from "./servers.mjs";
import { testMode } from "./test.mjs";

const MODES = {
  install,
  build,
  system: systemMode,
  start: startMode,
  "demo-llm": demoMode,
  test: testMode,
  bench: benchMode,
};

/** Runs a mode with its arguments, then ends the process with the mode's exit status. */
export async function run([mode = "", ...args]) {
  try {
    const chosen = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
    if (chosen === undefined) throw new RunError(`usage: node tools/run.mjs ${Object.keys(MODES).join("|")}`, 2);
    process.exitCode = (await chosen(args)) ?? 0;
  } catch (error) {
    // Errors of the services, too, are written for the person at the terminal.
    const isForPeople = error instanceof RunError || error?.name === "ServiceError";
    process.stderr.write(`\n${isForPeople ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = error instanceof RunError ? error.exitCode : 1;
  }
}

/** The servers, and a browser for tests, where they can be installed. */
async function systemMode() {
  await build();
  await ensureServers({ browser: true });
}
