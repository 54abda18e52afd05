/** One line per step, with the seconds it took. On a terminal the step under way is shown, too. */
import { throwIfStopping } from "./stop.mjs";

const NAME_WIDTH = 14;

/**
 * Runs a step and shows its line. What it resolves to is shown behind the time when it is text.
 *
 * @throws {@link Stopped} in place of a step when this run is to stop.
 */
export async function step(name, body) {
  throwIfStopping();
  if (process.stdout.isTTY) process.stdout.write(`  ${name.padEnd(NAME_WIDTH)}…`);
  const begin = performance.now();
  try {
    const result = await body();
    stepDone(name, begin, typeof result === "string" ? `   ${result}` : "");
    return result;
  } catch (error) {
    note(`${name.padEnd(NAME_WIDTH)}  failed`);
    throw error;
  }
}

/** The line of a step that began at a time of `performance.now()`. */
export function stepDone(name, begin, rest = "") {
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  note(`${name.padEnd(NAME_WIDTH)}${seconds.padStart(6)} s${rest}`);
}

/** A line among the steps. */
export function note(text) {
  process.stdout.write(`${process.stdout.isTTY ? "\r\u001b[K" : ""}  ${text}\n`);
}
