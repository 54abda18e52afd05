import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DataLock } from "./data-lock.ts";
import { ServiceError } from "./errors.ts";
import { spaceError } from "./folders.ts";
import { findMariadb } from "./mariadb.ts";
import { mariadbVersion } from "./mariadb-template.ts";
import { missingError } from "./missing.ts";
import { PrivateServer } from "./private-server.ts";
import type { ServerKind } from "./recipe.ts";
import { recipes } from "./recipes.ts";
import { workspaceRoot } from "./workspace-root.ts";

export interface StartServicesOptions {
  /** The folder of the data: with `keep` the one that holds them, else the one in which throw-away folders are made. @default with `keep` the workspace's `.data`, else `SERVERTECH_DATA_DIR`, else the system's folder for temporary files */
  dataDir?: string | undefined;
  /** Whether the data are kept for the next start, for one process at a time. @default false */
  keep?: boolean | undefined;
}

/** Where the services are, in the form in which the applications take it. */
export interface ServiceUrls {
  /** `mysql://root@127.0.0.1:<port>/`, or `MYSQL_URL` as given. */
  readonly mysql: string;
  /** `redis://127.0.0.1:<port>`, or `REDIS_URL` as given. */
  readonly redis: string;
  /** `127.0.0.1:<port>`, or `ZOOKEEPER` as given. */
  readonly zookeeper: string;
}

export interface ServiceInfo {
  readonly kind: ServerKind;
  /** The name people know, for example "MariaDB". */
  readonly name: string;
  readonly url: string;
  /** Absent for one that the environment names. */
  readonly pid?: number;
  /** From the start until it answered, in milliseconds. Absent for one that the environment names. */
  readonly readyMs?: number;
}

export interface Services extends AsyncDisposable {
  readonly urls: ServiceUrls;
  /** MariaDB, Redis and ZooKeeper, in this order. */
  readonly services: readonly ServiceInfo[];
  /** Notes where the application answers, for the message that a second user of the kept data gets. Without `keep` it does nothing. */
  noteUrl(url: string): void;
  /** Stops the servers that were started and removes what is throw-away; resolves when both are done. May be called twice. */
  stop(): Promise<void>;
}

interface Started {
  readonly info: ServiceInfo;
  readonly server?: PrivateServer;
}

const KINDS = ["mysql", "redis", "zookeeper"] as const;
const VARIABLES: Readonly<Record<ServerKind, string>> = {
  mysql: "MYSQL_URL",
  redis: "REDIS_URL",
  zookeeper: "ZOOKEEPER",
};
// The names of the kept folders.
const FOLDERS: Readonly<Record<ServerKind, string>> = { mysql: "mariadb", redis: "redis", zookeeper: "zookeeper" };

/** The services that the environment does not name, and which therefore are to be started. */
export function neededServices(): ServerKind[] {
  return KINDS.filter((kind) => !process.env[VARIABLES[kind]]);
}

/**
 * Starts MariaDB, Redis and ZooKeeper side by side and waits until all three answer. `MYSQL_URL`, `REDIS_URL` and `ZOOKEEPER`
 * each replace one. They stop with this process at the latest, even when it is killed.
 *
 * @throws {@link ServiceError} of any code, with all that went wrong; then nothing is left running.
 */
export async function startServices(options: StartServicesOptions = {}): Promise<Services> {
  const { keep = false, dataDir } = options;
  const needed = neededServices();
  if (process.platform === "win32" && needed.length > 0) throw missingError(needed);
  // Locked even when the environment names all three: what else is kept beside their data belongs to one process, too.
  const kept = keep ? keptFolder(dataDir) : undefined;
  const lock = kept === undefined ? undefined : await acquire(kept);
  try {
    if (kept !== undefined && needed.includes("mysql")) await checkMariadbVersion(kept);
    const started = await startAll(kept, dataDir);
    lock?.setServers(started.flatMap(({ server }) => server?.pid ?? []));
    return servicesOf(started, lock);
  } catch (error) {
    lock?.release();
    throw kept === undefined ? error : spaceError(error, kept);
  }
}

async function acquire(kept: string): Promise<DataLock> {
  try {
    return await DataLock.acquire(kept);
  } catch (error) {
    throw spaceError(error, kept);
  }
}

function servicesOf(started: readonly Started[], lock: DataLock | undefined): Services {
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopAll(started).then(() => lock?.release());
    return stopped;
  };
  const url = (kind: ServerKind) => started.find(({ info }) => info.kind === kind)?.info.url ?? "";
  return {
    urls: { mysql: url("mysql"), redis: url("redis"), zookeeper: url("zookeeper") },
    services: started.map(({ info }) => info),
    noteUrl: (at) => lock?.setUrl(at),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function startAll(kept: string | undefined, base: string | undefined): Promise<Started[]> {
  const results = await Promise.allSettled(KINDS.map((kind) => startOne(kind, kept, base)));
  const started = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (errors.length === 0) return started;
  await stopAll(started);
  throw gathered(errors);
}

async function stopAll(started: readonly Started[]): Promise<void> {
  await Promise.all(started.flatMap(({ server }) => server?.stop() ?? []));
}

async function startOne(kind: ServerKind, kept: string | undefined, base: string | undefined): Promise<Started> {
  const { name } = recipes[kind];
  const given = process.env[VARIABLES[kind]];
  if (given) return { info: { kind, name, url: given } };
  const begin = performance.now();
  const server = await PrivateServer.start(recipes[kind], launchOf(kind, kept, base));
  const readyMs = Math.round(performance.now() - begin);
  return { server, info: { kind, name, url: server.url, pid: server.pid, readyMs } };
}

function launchOf(kind: ServerKind, kept: string | undefined, base: string | undefined) {
  if (kept === undefined) return { durable: false, base };
  const keepIn = join(kept, FOLDERS[kind]);
  mkdirSync(keepIn, { recursive: true });
  return { durable: true, keepIn };
}

function keptFolder(dataDir: string | undefined): string {
  const folder = dataDir ?? join(workspaceRoot() ?? process.cwd(), ".data");
  mkdirSync(folder, { recursive: true });
  // The servers run in folders of their own and need the whole path.
  return realpathSync(folder);
}

/** A server of another series (10.11, 11.4) may refuse the files, or change them so that the old one does. */
async function checkMariadbVersion(kept: string): Promise<void> {
  const note = join(kept, "mariadb.version");
  const folder = join(kept, FOLDERS.mysql);
  const version = await mariadbVersion(findMariadb().server);
  const noted = existsSync(note) && existsSync(folder) ? readFileSync(note, "utf8").trim() : version;
  if (seriesOf(noted) !== seriesOf(version)) {
    const message = `${folder} was made by MariaDB ${noted}; this is ${version}. Remove that folder to start anew (its data are lost)`;
    throw new ServiceError("SERVICE_DATA_VERSION", message);
  }
  writeFileSync(note, `${version}\n`);
}

function seriesOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** One error for several: missing servers in one list, all else one after the other. */
function gathered(errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  const missing = neededServices().filter((kind) => !recipes[kind].isInstalled());
  const others = errors.filter((error) => !(error instanceof ServiceError && error.code === "SERVICE_MISSING"));
  const list = missing.length === 0 ? others : [missingError(missing), ...others];
  if (list.length === 1) return list[0];
  const cause = new AggregateError(errors, "several services did not start");
  const codes = list.map((error) => (error instanceof ServiceError ? error.code : "SERVICE_START_FAILED"));
  const message = list.map((error) => (error instanceof Error ? error.message : String(error))).join("\n");
  return new ServiceError(codes[0] ?? "SERVICE_START_FAILED", message, { cause });
}
