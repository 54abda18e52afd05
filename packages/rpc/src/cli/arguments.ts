/** Reads the arguments of a command. Whatever is wrong with them is a {@link UsageError} that names the command. */
import { readFile } from "node:fs/promises";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "@servertech/core";
import { UsageError } from "./usage-error.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: O }>>;

/** @throws {@link UsageError} */
export function readArguments<const O extends Options>(
  command: string,
  args: readonly string[],
  options: O,
): Parsed<O> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const [, unknown] = /^Unknown option '(-[^']+)'/.exec(text) ?? [];
    if (unknown === undefined) throw new UsageError(`${command}: ${text}`, command);
    const meant = nearestName(unknown.replace(/^-+/, ""), Object.keys(options));
    const hint = meant === undefined ? "" : `; did you mean --${meant}?`;
    throw new UsageError(`${command}: there is no option ${unknown}${hint}`, command);
  }
}

/** As many positional arguments as there are names. @throws {@link UsageError} for one that is missing or too much. */
export function takePositionals(
  command: string,
  given: readonly string[],
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  const missing = required[given.length];
  if (missing !== undefined) throw new UsageError(`${command}: <${missing}> is missing`, command);
  const extra = given[required.length + optional.length];
  if (extra !== undefined)
    throw new UsageError(`${command}: ${JSON.stringify(extra)} is one argument too many`, command);
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** @throws {@link UsageError} with the option's name, its range and what came. */
export function readNumber(
  command: string,
  option: string,
  text: string,
  { min, max, integer = true }: NumberRange,
): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return value;
  const kind = integer ? "an integer" : "a number";
  throw new UsageError(
    `${command}: --${option} is ${kind} from ${min} to ${max}, not ${JSON.stringify(text)}`,
    command,
  );
}

/** @throws {@link UsageError} when it cannot be read. */
export async function readArgumentFile(command: string, option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${command}: --${option}: ${path} cannot be read (${code})`, command);
  }
}

/** `-H key:value`, as often as it is given. @throws {@link UsageError} */
export function readHeaders(command: string, texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const headers = new Map<string, string[]>();
  for (const text of texts) {
    const colon = text.indexOf(":");
    const key = text.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (key === "") throw new UsageError(`${command}: -H is key:value, not ${JSON.stringify(text)}`, command);
    const values = headers.get(key) ?? [];
    headers.set(key, [...values, text.slice(colon + 1).trim()]);
  }
  return Object.fromEntries(headers);
}
