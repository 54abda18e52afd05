/** When this process is to stop: told by a signal, or by the end of the npm that started it. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const LOOK_AT_PARENT_MS = 300;
/** Read at the start: npm may be gone before anybody asks. */
const parent = process.ppid;

/**
 * Calls `onStop` once, with the reason. Further signals change nothing: stopping is under way.
 *
 * npm passes SIGTERM to its `sh -c` only, which dies, and this process lives on under another parent: that counts as a signal.
 */
export function onStopSignal(onStop) {
  let stopping = false;
  const stop = (reason) => {
    if (stopping) return;
    stopping = true;
    clearInterval(timer);
    onStop(reason);
  };
  const timer = setInterval(() => {
    if (process.ppid !== parent) stop("the parent is gone");
  }, LOOK_AT_PARENT_MS);
  timer.unref();
  for (const signal of SIGNALS) process.on(signal, () => stop(signal));
}
