/** One line per step, with the seconds it took. On a terminal the step under way is shown, too. */
const NAME_WIDTH = 14;

/** Runs a step and shows its line. What it resolves to is shown behind the time when it is text. */
export async function step(name, body) {
  const label = `  ${name.padEnd(NAME_WIDTH)}`;
  if (process.stdout.isTTY) process.stdout.write(`${label}…`);
  const begin = performance.now();
  try {
    const result = await body();
    show(
      label,
      `${((performance.now() - begin) / 1_000).toFixed(1).padStart(6)} s${typeof result === "string" ? `   ${result}` : ""}`,
    );
    return result;
  } catch (error) {
    show(label, "  failed");
    throw error;
  }
}

/** A line among the steps. */
export function note(text) {
  if (process.stdout.isTTY) process.stdout.write("\r\u001b[K");
  process.stdout.write(`  ${text}\n`);
}

function show(label, text) {
  process.stdout.write(`${process.stdout.isTTY ? "\r\u001b[K" : ""}${label}${text}\n`);
}
