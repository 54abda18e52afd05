import { ServertechError } from "./servertech-error.ts";

/** One wrong option. */
export interface OptionProblem {
  /** The option's name, with its path where options nest: `cpu.max`. */
  readonly option: string;
  /** What would be accepted, in words: `an integer from 1 to 64`. */
  readonly range: string;
  /** The value that came. Of a secret option or an unknown one only its type, as text. */
  readonly value: unknown;
}

/**
 * - `OPTION_INVALID`: options are wrong; the message and `problems` name each, its range and the value that came. The same code
 *   in every package.
 */
export type OptionErrorCode = "OPTION_INVALID";

/** Wrong options, all of them in one error. Code `OPTION_INVALID`, the same in every package. */
export class OptionError extends ServertechError<OptionErrorCode> {
  override readonly name: string = "OptionError";
  readonly problems: readonly OptionProblem[];

  constructor(problems: readonly OptionProblem[]) {
    super("OPTION_INVALID", problems.map(sentence).join("; "));
    this.problems = Object.freeze([...problems]);
  }
}

function sentence({ option, range, value }: OptionProblem): string {
  return `${option}: ${range}, got ${shown(value)}`;
}

const MAX_SHOWN = 80;

/** A value as an error message shows it: short, on one line, never throwing. */
function shown(value: unknown): string {
  const text = shownWhole(value).replaceAll(/\s+/g, " ");
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function shownWhole(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `an array of ${value.length}` : "an object";
    default:
      return String(value);
  }
}
