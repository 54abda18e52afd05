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
const handlers = new Map(SIGNALS.map((signal) => [signal, () => stop(signal, signal)]));
const onOutputClosed = () => stop("the output is closed", "SIGTERM");
let timer;
/** Whether a mode of tools/run.mjs runs, which ends by itself once it is told. */
let throughout = false;
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
  throughout = true;
  watch();
}

function watch() {
  if (timer !== undefined) return;
  for (const [signal, handler] of handlers) process.on(signal, handler);
  for (const output of [process.stdout, process.stderr]) output.on("error", onOutputClosed);
  timer = setInterval(() => {
    if (process.ppid !== parent) stop("the parent is gone", "SIGTERM");
  }, LOOK_AT_PARENT_MS);
  timer.unref();
}

function unwatch() {
  for (const [signal, handler] of handlers) process.off(signal, handler);
  for (const output of [process.stdout, process.stderr]) output.off("error", onOutputClosed);
  clearInterval(timer);
  timer = undefined;
}

function stop(text, signal) {
  if (reason !== undefined) return;
  reason = { text, signal };
  for (const listener of listeners) listener(text);
}

/**
 * Calls `listener` once with the reason in words, at once when it is there already. In a program that is no mode of tools/run.mjs
 * signals are heard as long as somebody listens, and end the process otherwise.
 *
 * @returns a function that ends the interest.
 */
export function onStop(listener) {
  watch();
  listeners.add(listener);
  if (reason !== undefined) listener(reason.text);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && !throughout && reason === undefined) unwatch();
  };
}

/** To be called between steps. @throws {@link Stopped} */
export function throwIfStopping() {
  if (reason !== undefined) throw new Stopped(reason);
}
