import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm, stat, utimes } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { temporaryPath } from "./log-names.ts";

/**
 * Puts `<path>.gz` in the place of a closed file. It is whole, on the disk and has the file's times before the file goes,
 * so that at every moment one of the two is there.
 *
 * @throws the system's error, or the signal's reason; the file is as it was then.
 */
export async function gzipFile(path: string, signal: AbortSignal): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(temporary), { signal });
    const { atime, mtime } = await stat(path);
    const handle = await open(temporary, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await utimes(temporary, atime, mtime);
    await rename(temporary, `${path}.gz`);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rm(path, { force: true });
}
