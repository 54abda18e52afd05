/**
 * Whether this run is to stop: one state for all of its steps. It is set once, by a signal, by the end of the npm that started it,
 * or by the end of whoever reads its output. Further reasons change nothing: stopping is under way.
 */
import { constants } from "node:os";
import { RunError } from "./run-error.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const LOOK_AT_PARENT_MS = 300;
/** Read at the start: npm may be gone before anybody asks. */
const parent = process.ppid;

const listeners = new Set();
let watching = false;
let reason;

/** The end of a run that was told to stop before it had done its work. */
export class Stopped extends RunError {
  name = "Stopped";

  constructor({ text, signal }) {
    super(`stopped (${text})`, 128 + constants.signals[signal]);
  }
}

/**
 * From now on signals no longer end the process: what is under way does, by `onStop` and `throwIfStopping`.
 *
 * npm passes SIGTERM to its `sh -c` only, which dies, and this process lives on under another parent: that counts as SIGTERM. So
 * does an output that cannot be written, as after the end of the terminal: without a listener the error would end the process first.
 */
export function watchForStop() {
  if (watching) return;
  watching = true;
  for (const signal of SIGNALS) process.on(signal, () => stop(signal, signal));
  for (const output of [process.stdout, process.stderr])
    output.on("error", () => stop("the output is closed", "SIGTERM"));
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop("the parent is gone", "SIGTERM");
  }, LOOK_AT_PARENT_MS);
  timer.unref();
}

function stop(text, signal) {
  if (reason !== undefined) return;
  reason = { text, signal };
  for (const listener of listeners) listener(text);
}

/**
 * Calls `listener` once with the reason in words, at once when it is there already.
 *
 * @returns a function that ends the interest.
 */
export function onStop(listener) {
  watchForStop();
  if (reason === undefined) listeners.add(listener);
  else listener(reason.text);
  return () => listeners.delete(listener);
}

/** To be called between steps. @throws {@link Stopped} */
export function throwIfStopping() {
  if (reason !== undefined) throw new Stopped(reason);
}
