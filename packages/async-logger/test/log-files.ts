/** Folders of log files, and what is in them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface LogFile {
  readonly name: string;
  readonly text: string;
}

/** Runs a tool of the system; whether it went well. */
export const runTool = (tool: string, args: readonly string[]): boolean => spawnSync(tool, args).status === 0;

export const newFolder = (): string => mkdtempSync(join(tmpdir(), "async-logger-"));

/**
 * The files of any prefix, compressed or not, by their index. Of a file that is there in both forms, because the process was
 * killed before it could remove the first, only the first.
 */
export function filesIn(folder: string): LogFile[] {
  const index = (name: string) => Number(/_(\d+)\.log(?:\.gz)?$/.exec(name)?.[1]);
  const names = readdirSync(folder).filter((name) => /_\d+\.log(?:\.gz)?$/.test(name));
  return names
    .filter((name) => !(name.endsWith(".gz") && names.includes(name.slice(0, -".gz".length))))
    .toSorted((a, b) => index(a) - index(b))
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      return { name, text: (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString() };
    });
}

export function linesIn(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The lines of all files of a folder, in order. */
export function linesInFolder(folder: string): Record<string, unknown>[] {
  return filesIn(folder).flatMap(({ text }) => linesIn(text));
}

/** The numbers 0 to `count`, without it. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
