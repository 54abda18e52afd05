import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants, existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ServiceError } from "./errors.ts";
import { Watchdog } from "./watchdog.ts";
import { workspaceRoot } from "./workspace-root.ts";

/** 8 MB of log make a data folder of 26 MB instead of 114 MB. The same at the init and at each start. */
export const LOG_SIZE = "--innodb-log-file-size=8M";

const INSTALL_FLAGS = [
  "--auth-root-authentication-method=normal",
  "--skip-test-db",
  "--skip-name-resolve",
  LOG_SIZE,
] as const;

export interface MariadbPrograms {
  readonly server: string;
  readonly install: string;
}

/** Whether this process is root, which MariaDB asks to be told. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The version of the server program, for example `10.11.19`. */
export async function mariadbVersion(server: string): Promise<string> {
  const { stdout } = await promisify(execFile)(server, ["--no-defaults", "--version"]);
  return /\b\d+\.\d+\.\d+\b/.exec(stdout)?.[0] ?? stdout.trim();
}

/**
 * Fills the empty folder `dataDir` with a fresh database. The first one made is kept in the workspace's cache and copied from
 * then on, which takes a tenth of the time.
 *
 * @throws {@link ServiceError} `SERVICE_START_FAILED` when MariaDB's own installer fails; `SERVICE_NO_SPACE`.
 */
export async function fillMariadbFolder(
  dataDir: string,
  programs: MariadbPrograms,
  cache: string | undefined = cacheFolder(),
): Promise<void> {
  const template = cache === undefined ? undefined : await ensureTemplate(cache, programs);
  if (template !== undefined && (await copyInto(template, dataDir))) return;
  await install(dataDir, programs.install);
}

function cacheFolder(): string | undefined {
  const root = workspaceRoot();
  return root === undefined ? undefined : join(root, "node_modules", ".cache", "servertech");
}

// MariaDB's own number is the system's: 28 is ENOSPC.
const FULL = /No space left on device|Errcode: 28\b/i;

/** The template's path; `undefined` where the cache cannot be written, by reason of rights or space. */
async function ensureTemplate(cache: string, programs: MariadbPrograms): Promise<string | undefined> {
  const version = await mariadbVersion(programs.server);
  const hash = createHash("sha256").update(JSON.stringify([version, programs.server, INSTALL_FLAGS, isRoot()]));
  const template = join(cache, `mariadb-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(template)) return template;
  let draft: string;
  try {
    await mkdir(cache, { recursive: true });
    draft = await mkdtemp(`${template}-`);
  } catch {
    return undefined;
  }
  // Removes a half-made draft even when this process is killed; of a finished one it finds nothing.
  const watchdog = new Watchdog([draft]);
  try {
    await install(draft, programs.install);
    await rename(draft, template);
  } catch (error) {
    // Of two first runs the slower one finds the template there and throws its own away.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "SERVICE_NO_SPACE") return undefined;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  } finally {
    await watchdog.close();
  }
  return template;
}

/** Copies the template, `false` where it cannot be read (another user's) with `dataDir` empty again. */
async function copyInto(template: string, dataDir: string): Promise<boolean> {
  try {
    await cp(template, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "EACCES" && code !== "EPERM" && code !== "ENOENT") throw error;
    await rm(dataDir, { recursive: true });
    await mkdir(dataDir);
    return false;
  }
}

async function install(dataDir: string, program: string): Promise<void> {
  const args = ["--no-defaults", `--datadir=${dataDir}`, ...INSTALL_FLAGS, ...(isRoot() ? ["--user=root"] : [])];
  const watchdog = new Watchdog([]);
  try {
    // A group of its own: the installer is a script, and the server that it runs has to end with it.
    const child = spawn(program, args, { cwd: "/", detached: true, stdio: ["ignore", "pipe", "pipe"] });
    watchdog.watch(child.pid);
    let output = "";
    const note = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-3_000));
    child.stdout.on("data", note);
    child.stderr.on("data", note);
    const [exitCode] = (await once(child, "close")) as [number | null];
    watchdog.watch(undefined);
    if (exitCode === 0) return;
    if (FULL.test(output)) throw new ServiceError("SERVICE_NO_SPACE", `the disk of ${dataDir} is full`);
    throw new ServiceError("SERVICE_START_FAILED", `MariaDB's installer failed (exit ${exitCode})\n${output.trim()}`);
  } finally {
    await watchdog.close();
  }
}
