/** What each mode of tools/run.mjs does, in order. */
import { dirname } from "node:path";
import { benchMode } from "./bench.mjs";
import { build } from "./build.mjs";
import { demoMode, startMode } from "./start.mjs";
import { install } from "./install.mjs";
import { diskFull } from "./disk-full.mjs";
import { root } from "./root.mjs";
import { RunError } from "./run-error.mjs";
import { ensureServers } from "./servers.mjs";
import { watchForStop } from "./stop.mjs";
import { testMode } from "./test.mjs";

/** Errors of the services, which are written for the person at the terminal. */
const PEOPLE = new Set(["ServiceError", "ServerStartError"]);

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
  watchForStop();
  try {
    const chosen = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
    if (chosen === undefined) throw new RunError(`usage: node tools/run.mjs ${Object.keys(MODES).join("|")}`, 2);
    process.exitCode = (await chosen(args)) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${textOf(error)}\n`);
    process.exitCode = error instanceof RunError ? error.exitCode : 1;
  }
}

/** Only a fault of the program itself is shown with its stack. */
function textOf(error) {
  if (error?.code === "ENOSPC") return diskFull(error.path === undefined ? root : dirname(error.path));
  const isForPeople = error instanceof RunError || PEOPLE.has(error?.name);
  return isForPeople ? error.message : (error?.stack ?? error);
}

/** The servers, and a browser for tests, where they can be installed. */
async function systemMode() {
  await build();
  await ensureServers({ browser: true });
}
