import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

// Servers are often installed where a plain user's PATH does not look.
const MORE_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/libexec"];

const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const CHROMIUM_PLACES = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of the first of `names` that is an executable file on PATH or in the usual server folders. */
export function findBinary(...names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""), ...MORE_FOLDERS];
  for (const name of names) {
    const path = folders.map((folder) => join(folder, name)).find(isExecutableFile);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** The path of the Chromium or Chrome of this machine, `undefined` when there is none. */
export function findChromium(): string | undefined {
  return findBinary(...CHROMIUM_NAMES) ?? CHROMIUM_PLACES.find(isExecutableFile);
}

/** Whether `path` is a file that this process may run. */
export function isExecutableFile(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
