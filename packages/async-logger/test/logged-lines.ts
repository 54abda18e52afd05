import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Logger, type LoggerOptions, createLogger, fileSink } from "../src/index.ts";
import { linesIn, newFolder } from "./log-files.ts";

/** What a logger with these options writes in `calls`. */
export async function loggedText<Custom extends string = never>(
  options: LoggerOptions<Custom>,
  calls: (log: Logger<Custom>) => unknown,
): Promise<string> {
  const folder = newFolder();
  const log = createLogger<Custom>({ ...options, sinks: [fileSink({ prefix: `${folder}/a_` })] });
  await calls(log);
  await log.close();
  return readFileSync(join(folder, readdirSync(folder)[0] ?? ""), "utf8");
}

export async function loggedLines<Custom extends string = never>(
  options: LoggerOptions<Custom>,
  calls: (log: Logger<Custom>) => unknown,
): Promise<Record<string, unknown>[]> {
  return linesIn(await loggedText(options, calls));
}
