/** The one fault that may come up in any step. */
const FULL = /\bENOSPC\b|no space left on device/i;

/** Whether the output of a tool says so. */
export function isDiskFull(output) {
  return FULL.test(output);
}

/** What the person at the terminal is told, with the folder that was written to. */
export function diskFull(folder) {
  return `The disk is full. (${folder})`;
}
