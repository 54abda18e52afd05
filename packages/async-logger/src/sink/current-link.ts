import { renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, relative } from "node:path";

/**
 * Makes `link` a relative symbolic link to `path`, in one step: whoever follows it finds the old file or the new one.
 *
 * @throws the system's error; the link is as it was then.
 */
export function pointLink(link: string, path: string): void {
  const temporary = `${link}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  symlinkSync(relative(dirname(link), path), temporary);
  try {
    renameSync(temporary, link);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
