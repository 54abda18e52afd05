import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceError } from "./errors.ts";
import { isAlive, processState } from "./process-state.ts";

/** A process and when it started, so that another one under the same id is not taken for it. */
interface Identity {
  readonly pid: number;
  readonly started: string;
}

interface Holder extends Identity {
  /** Where the application of the holder answers; empty until it is known. */
  readonly url: string;
  /** The servers that use the data. They outlive a killed holder by the time their watchdogs need. */
  readonly servers: readonly Identity[];
}

/**
 * The holder of a file that cannot be read. A lock comes into being complete, by a link or a rename, so that one which is empty
 * or cut off was left by a power cut, which no process has outlived.
 */
const NOBODY: Holder = { pid: 0, started: "", url: "", servers: [] };

const SERVERS_LIMIT_MS = 10_000;
const GUARD_LIMIT_MS = 10_000;
const POLL_MS = 20;

/** A file that says who uses a data folder. One whose process is gone is taken over once the servers of that process are gone too. */
export class DataLock {
  readonly #file: string;
  readonly #draft: string;
  #holder: Holder;

  /** @throws {@link ServiceError} `SERVICE_DATA_IN_USE` with the holder's process id and URL. */
  static async acquire(folder: string): Promise<DataLock> {
    const lock = new DataLock(folder);
    try {
      lock.#writeDraft();
      while (!lock.#tryCreate()) {
        const holder = lock.#read();
        if (holder === undefined) continue; // released in between
        if (holder !== NOBODY && isAlive(holder.pid, holder.started)) throw inUse(folder, holder);
        await untilGone(holder.servers, folder, holder);
        if (!lock.#removeStale(holder)) await sleep(POLL_MS);
      }
    } catch (error) {
      rmSync(lock.#draft, { force: true });
      throw error;
    }
    return lock;
  }

  private constructor(folder: string) {
    this.#file = join(folder, "lock");
    this.#draft = join(folder, `lock.${process.pid}`);
    this.#holder = { ...identityOf(process.pid), url: "", servers: [] };
  }

  /** Notes where the application answers, for the message that a second one gets. */
  setUrl(url: string): void {
    this.#update({ ...this.#holder, url });
  }

  /** Notes the processes that use the data. */
  setServers(pids: readonly number[]): void {
    this.#update({ ...this.#holder, servers: pids.map(identityOf) });
  }

  /** Gives the folder free. May be called twice. */
  release(): void {
    if (this.#read()?.pid === process.pid) rmSync(this.#file);
  }

  #update(holder: Holder): void {
    this.#holder = holder;
    this.#writeDraft();
    renameSync(this.#draft, this.#file);
  }

  #writeDraft(): void {
    const file = openSync(this.#draft, "w");
    try {
      writeFileSync(file, `${JSON.stringify(this.#holder)}\n`);
      // Else a power cut may leave the name without the text.
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  #tryCreate(): boolean {
    const created = linkUnlessThere(this.#draft, this.#file);
    if (created) rmSync(this.#draft);
    return created;
  }

  /**
   * Removes `stale` if it is still there; the next round makes ours, unless somebody is faster. A lock without a living holder is
   * removed only behind the guard, where one process is at a time: nobody removes the lock of the one who came first.
   */
  #removeStale(stale: Holder): boolean {
    const guard = `${this.#file}.guard`;
    if (!linkUnlessThere(this.#draft, guard)) {
      // What happens behind the guard takes microseconds; one this old was left by a killed process.
      const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > GUARD_LIMIT_MS) rmSync(guard, { force: true });
      return false;
    }
    try {
      const now = this.#read();
      if (now?.pid === stale.pid && now.started === stale.started) rmSync(this.#file);
      return true;
    } finally {
      rmSync(guard);
    }
  }

  #read(): Holder | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    return parseHolder(text);
  }
}

function parseHolder(text: string): Holder {
  let holder: Partial<Holder> | null;
  try {
    holder = JSON.parse(text) as Partial<Holder> | null;
  } catch {
    return NOBODY;
  }
  const isWhole = Number.isInteger(holder?.pid) && typeof holder?.started === "string" && Array.isArray(holder.servers);
  return isWhole ? (holder as Holder) : NOBODY;
}

function identityOf(pid: number): Identity {
  return { pid, started: processState(pid)?.started ?? "" };
}

function linkUnlessThere(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function untilGone(servers: readonly Identity[], folder: string, holder: Holder): Promise<void> {
  const limit = Date.now() + SERVERS_LIMIT_MS;
  while (servers.some(({ pid, started }) => isAlive(pid, started))) {
    if (Date.now() > limit) throw inUse(folder, holder);
    await sleep(POLL_MS);
  }
}

function inUse(folder: string, { pid, url }: Holder): ServiceError {
  const where = url === "" ? "" : `, at ${url}`;
  return new ServiceError("SERVICE_DATA_IN_USE", `${folder} is in use by process ${pid}${where}`);
}
