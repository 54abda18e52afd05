import { open, readFile, rename, rm } from "node:fs/promises";
import type { Logger } from "@servertech/core";
import type { ServiceInstance } from "./registry-types.ts";
import { instanceOf, isObject } from "./service-record.ts";

const VERSION = 1;
const WRITE_EVERY_MS = 1_000;

type Lists = ReadonlyMap<string, readonly ServiceInstance[]>;

/**
 * The last good list of each service in a file, for a process that starts while the registry is away. It is replaced as
 * a whole, so that it holds one state or the other, and stays readable for its owner alone.
 */
export class SnapshotFile {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #lists = new Map<string, readonly ServiceInstance[]>();
  #loaded: Promise<Lists> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #dirty = false;
  #writtenAtMs = -WRITE_EVERY_MS;
  #failed = false;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** What an earlier run left: nothing where there is no file, or one that cannot be read. Read once. */
  load(): Promise<Lists> {
    return (this.#loaded ??= this.#load());
  }

  /** Takes a list; it is in the file within a second, and what the file has of other services stays. */
  save(name: string, instances: readonly ServiceInstance[]): void {
    this.#lists.set(name, instances);
    this.#dirty = true;
    const waitMs = Math.max(0, this.#writtenAtMs + WRITE_EVERY_MS - performance.now());
    this.#timer ??= setTimeout(() => void this.flush(), waitMs).unref();
  }

  /** Writes what is not in the file yet. Never rejects: what fails is told to the logger. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    if (!this.#dirty) return;
    const earlier = await this.load();
    this.#dirty = false;
    this.#writtenAtMs = performance.now();
    const services = Object.fromEntries([...earlier, ...this.#lists]);
    const draft = `${this.#path}.${process.pid}`;
    try {
      const file = await open(draft, "w", 0o600);
      try {
        await file.writeFile(JSON.stringify({ v: VERSION, savedAtMs: Date.now(), services }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.#path);
      this.#failed = false;
    } catch (error) {
      this.#dirty = true; // with the next list, or the close
      if (!this.#failed) this.#logger.warn({ err: error, path: this.#path }, "the lists of services cannot be saved");
      this.#failed = true;
      await rm(draft, { force: true }).catch(() => {}); // it may be the folder that is gone
    }
  }

  async #load(): Promise<Lists> {
    try {
      return parse(await readFile(this.#path, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        this.#logger.warn({ err: error, path: this.#path }, "the saved lists of services cannot be read");
      return new Map();
    }
  }
}

/** @throws `Error` when it is not a file of ours. */
function parse(text: string): Lists {
  const whole: unknown = JSON.parse(text);
  if (!isObject(whole) || whole.v !== VERSION || !isObject(whole.services))
    throw new Error(`it is no list of services of version ${VERSION}`);
  return new Map(Object.entries(whole.services).map(([name, list]) => [name, instancesOf(name, list)]));
}

function instancesOf(name: string, list: unknown): ServiceInstance[] {
  if (!Array.isArray(list)) throw new Error(`the list of ${JSON.stringify(name)} is none`);
  return list.map((entry: unknown) => {
    const id = isObject(entry) ? entry.id : undefined;
    const found =
      isObject(entry) && typeof id === "string"
        ? instanceOf(name, id, { ...entry, registrationTimeUTC: entry.registeredAtMs })
        : undefined;
    if (found === undefined || found === "disabled") throw new Error(`an entry of ${JSON.stringify(name)} is none`);
    return found;
  });
}
