import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { optionChecks } from "@servertech/core";

/** Which files are task files. */
export interface TaskEntriesOptions {
  /** The folder that is searched, with all below it but `node_modules` and what begins with a dot. @default 'src' */
  folder?: string | undefined;
}

/** What is needed of the builds of esbuild. */
export interface BuildLike {
  readonly initialOptions: {
    absWorkingDir?: string;
    entryPoints?: (string | { in: string; out: string })[] | Record<string, string>;
  };
}

/** A plugin of esbuild, and with that of tsup (`esbuildPlugins`). */
export interface PluginLike {
  readonly name: string;
  setup(build: BuildLike): void;
}

const TASK_FILE = /\.tasks\.[cm]?[jt]s$/;

/**
 * Makes each `*.tasks.ts` an entry of the bundle, so that threads find it beside the program. Needs the format `esm` and
 * `splitting: true`: the tasks and the program share what both import.
 *
 * @throws OptionError
 */
export function taskEntries(options: TaskEntriesOptions = {}): PluginLike {
  const check = optionChecks(options, ["folder"]);
  const folder = check.string("folder", options?.folder ?? "src");
  return check.done({
    name: "servertech:task-entries",
    setup({ initialOptions }) {
      const root = initialOptions.absWorkingDir ?? process.cwd();
      const files = taskFiles(resolve(root, folder)).map((file) => relative(root, file));
      const entries = initialOptions.entryPoints ?? [];
      if (Array.isArray(entries)) initialOptions.entryPoints = [...new Set([...entries, ...files])];
      else
        initialOptions.entryPoints = {
          ...Object.fromEntries(files.map((file) => [nameOf(file, folder), file])),
          ...entries,
        };
    },
  });
}

/** The entry's name: its path in the folder, without what it ends in. */
function nameOf(file: string, folder: string): string {
  return relative(folder, file).replace(/\.[cm]?[jt]s$/, "");
}

function taskFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return TASK_FILE.test(entry.name) ? [path] : [];
    return entry.name === "node_modules" || entry.name.startsWith(".") ? [] : taskFiles(path);
  });
}
