import { nearestName } from "./nearest-name.ts";
import { OptionError, type OptionProblem } from "./option-error.ts";

/** The legal range of a number. */
export interface NumberRange {
  /** Smallest legal value. @default 0 */
  min?: number | undefined;
  /** Largest legal value. @default Number.MAX_SAFE_INTEGER */
  max?: number | undefined;
  /** Accepts `Infinity`, too. @default false */
  infinity?: boolean | undefined;
}

/** What a text option must be. */
export interface TextRange {
  /** Fewest characters. @default 1 */
  minLength?: number | undefined;
  /** Most characters. @default 65_536 */
  maxLength?: number | undefined;
  /** What the text must match, and how to say so: `{ pattern: /^\w+$/, is: "letters and digits" }`. */
  pattern?: RegExp | undefined;
  is?: string | undefined;
  /** The value is never shown. @default false */
  secret?: boolean | undefined;
}

/**
 * Starts the check of an options object: each method returns the value it was given and notes a problem when it is
 * wrong; {@link OptionChecks.done} throws all problems together. Unknown names are problems, with "did you mean".
 *
 * @param options what the user gave; anything but an object is a problem of its own, undefined counts as `{}`.
 * @param knownNames every option there is.
 */
export function optionChecks(options: unknown, knownNames: readonly string[]): OptionChecks {
  return new OptionChecks(options, knownNames, "", []);
}

/**
 * Collects the problems of one options object. A method whose value is wrong returns it all the same: nothing may be
 * used before `done`.
 */
export class OptionChecks {
  readonly #prefix: string;
  readonly #problems: OptionProblem[];

  /** @internal Use {@link optionChecks}. */
  constructor(options: unknown, knownNames: readonly string[], prefix: string, problems: OptionProblem[]) {
    this.#prefix = prefix;
    this.#problems = problems;
    if (options === undefined) return;
    if (typeof options !== "object" || options === null || Array.isArray(options)) {
      problems.push({ option: prefix.slice(0, -1) || "options", range: "must be an object", value: options });
      return;
    }
    for (const name of Object.keys(options)) {
      if (knownNames.includes(name)) continue;
      const meant = nearestName(name, knownNames);
      const hint = meant === undefined ? `known are ${knownNames.join(", ")}` : `did you mean ${meant}?`;
      // The value may be a secret under a misspelt name.
      const value = (options as Record<string, unknown>)[name];
      this.problem(name, `unknown option, ${hint}`, value === null ? "null" : typeof value);
    }
  }

  /** Notes a problem that the other methods have no words for, for instance two options that contradict each other. */
  problem(option: string, range: string, value: unknown): void {
    this.#problems.push({ option: this.#prefix + option, range, value });
  }

  /** Checks the options of a nested object; its problems are named `<name>.<option>` and thrown with these. */
  group(name: string, options: unknown, knownNames: readonly string[]): OptionChecks {
    return new OptionChecks(options, knownNames, `${this.#prefix}${name}.`, this.#problems);
  }

  /** A whole number within the range. */
  integer(name: string, value: number, range: NumberRange = {}): number {
    return this.#number(name, value, range, "an integer");
  }

  /** A whole number of milliseconds within the range. */
  duration(name: string, value: number, range: NumberRange = {}): number {
    return this.#number(name, value, range, "whole milliseconds");
  }

  /** A whole number of bytes within the range. */
  bytes(name: string, value: number, range: NumberRange = {}): number {
    return this.#number(name, value, range, "whole bytes");
  }

  /** Any finite number within the range, fractions included. */
  number(name: string, value: number, range: NumberRange = {}): number {
    return this.#number(name, value, range, "a number");
  }

  #number(
    name: string,
    value: number,
    { min = 0, max = Number.MAX_SAFE_INTEGER, infinity }: NumberRange,
    kind: string,
  ): number {
    const whole = kind === "a number" || Number.isInteger(value);
    const legal = typeof value === "number" && whole && value >= min && value <= max;
    if (!legal && !(infinity === true && value === Infinity)) {
      const upTo = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      this.problem(name, `must be ${kind} ${upTo}${infinity === true ? " or Infinity" : ""}`, value);
    }
    return value;
  }

  boolean(name: string, value: boolean): boolean {
    if (typeof value !== "boolean") this.problem(name, "must be true or false", value);
    return value;
  }

  /** A text within the range of lengths, by default not empty. */
  string(name: string, value: string, range: TextRange = {}): string {
    const { minLength = 1, maxLength = 65_536, pattern, is = "well-formed", secret } = range;
    const show = secret === true ? typeof value : value;
    if (typeof value !== "string") this.problem(name, "must be a string", show);
    else if (value.length < minLength || value.length > maxLength)
      this.problem(name, `must be a string of ${minLength} to ${maxLength} characters`, show);
    else if (pattern !== undefined && !pattern.test(value)) this.problem(name, `must be ${is}`, show);
    return value;
  }

  /** One of a list of values. */
  oneOf<const V extends string | number | boolean>(name: string, value: V, legal: readonly V[]): V {
    if (!legal.includes(value))
      this.problem(name, `must be one of ${legal.map((v) => JSON.stringify(v)).join(", ")}`, value);
    return value;
  }

  // Functions and objects come through as they are: what they do cannot be checked here.
  func<F>(name: string, value: F): F {
    if (typeof value !== "function") this.problem(name, "must be a function", value);
    return value;
  }

  /** An object that has all the methods named. */
  object<T>(name: string, value: T, methods: readonly string[] = []): T {
    const has = (method: string) => typeof (value as Record<string, unknown>)[method] === "function";
    if (typeof value !== "object" || value === null) this.problem(name, "must be an object", value);
    else if (!methods.every(has)) this.problem(name, `must have the methods ${methods.join(", ")}`, value);
    return value;
  }

  array<T>(name: string, value: readonly T[], { min = 0, max = Infinity }: NumberRange = {}): readonly T[] {
    if (!Array.isArray(value)) this.problem(name, "must be an array", value);
    else if (value.length < min || value.length > max)
      this.problem(name, `must have ${min}${max === Infinity ? " or more" : ` to ${max}`} elements`, value);
    return value;
  }

  /**
   * Ends the check.
   *
   * @returns `resolved`
   * @throws {@link OptionError} with every problem noted.
   */
  done<T>(resolved: T): T {
    if (this.#problems.length > 0) throw new OptionError(this.#problems);
    return resolved;
  }
}
