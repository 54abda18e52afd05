import { mkdir, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ServiceError } from "./errors.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * Fills the empty folder `folder` as a whole: whatever cuts it off, a kill or the loss of power, the folder holds all of what `fill`
 * writes, or nothing. `fill` gets an empty folder beside it, which then takes its place.
 *
 * @throws {@link ServiceError} `SERVICE_START_FAILED` when `folder` is not empty; what `fill` throws, with `folder` still empty.
 */
export async function fillAside(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  // Beside the folder itself where the path is a link to another disk.
  const target = await realpath(folder);
  if ((await readdir(target)).length > 0) {
    const message = `${folder} is neither empty nor a whole database. Remove that folder to start anew`;
    throw new ServiceError("SERVICE_START_FAILED", message);
  }
  const draft = `${target}.new`;
  await rm(draft, { recursive: true, force: true }); // left by a loss of power
  const watchdog = new Watchdog([draft]);
  try {
    await mkdir(draft);
    await fill(draft);
    await flush(draft);
    await rename(draft, target);
  } finally {
    await watchdog.close();
  }
}

/** Has all files below `folder` written to the disk itself: the rename may get there first. */
async function flush(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = await open(join(entry.parentPath, entry.name), "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
