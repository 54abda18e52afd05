import { mkdtempSync, realpathSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceError } from "./errors.ts";

const MIB = 1024 * 1024;
const NEEDED_MIB = 512;

// A socket's path holds 103 bytes on macOS and 107 on Linux; ours is the folder and two more.
const LONGEST_RUN_DIR = 100;

/** The folder in which throw-away data are made: `SERVERTECH_DATA_DIR`, else the system's. */
export function throwAwayBase(): string {
  return process.env.SERVERTECH_DATA_DIR || tmpdir();
}

/** Makes a new folder for data in `base`, which exists. Its path has no symbolic link in it. */
export function newDataDir(base: string, name: string): string {
  return mkdtempSync(join(realpathSync(base), `servertech-${name}-`));
}

/** Makes a new folder with a path short enough for a socket. */
export function newRunDir(name: string): string {
  const base = realpathSync(tmpdir());
  const prefix = `servertech-run-${name}-`;
  const fits = Buffer.byteLength(join(base, `${prefix}123456`)) <= LONGEST_RUN_DIR;
  return mkdtempSync(join(fits ? base : realpathSync("/tmp"), prefix));
}

/** What to throw for `error`: a disk that ran full while `dir` was written in words, all else as it is. */
export function spaceError(error: unknown, dir: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new ServiceError("SERVICE_NO_SPACE", `the disk of ${dir} is full`, { cause: error });
}

/** @throws {@link ServiceError} `SERVICE_NO_SPACE` with fewer than 512 MiB free at `dir`, an existing folder. */
export function checkSpace(dir: string): void {
  const { bavail, bsize } = statfsSync(dir);
  const freeMib = Math.floor((bavail * bsize) / MIB);
  if (freeMib >= NEEDED_MIB) return;
  const message = `${dir} has only ${freeMib} MiB free; ${NEEDED_MIB} MiB are needed (set SERVERTECH_DATA_DIR)`;
  throw new ServiceError("SERVICE_NO_SPACE", message);
}
