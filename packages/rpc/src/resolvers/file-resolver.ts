import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Logger, abortable, sleep } from "@servertech/core";
import type { Endpoint, Resolver } from "../resolver.ts";
import { Bell } from "./bell.ts";
import { DirectoryWatch } from "./directory-watch.ts";
import { parseEndpointList } from "./endpoint-list.ts";
import { KeptList } from "./kept-list.ts";

/** How often the file is read when nobody tells of changes. */
const POLL_MS = 5_000;
/** From the first word of a change to reading: a writer is seldom done with its first write. */
const SETTLE_MS = 100;
const MAX_BYTES = 4 << 20;

/**
 * The endpoints in a JSON file, read again when it changes.
 *
 * Once there was a good list, a file that is gone or wrong changes nothing; it is logged when that begins and when it is
 * over. Before that it ends the watch with its error, so that callers learn the cause.
 */
export class FileResolver implements Resolver {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #bells = new Set<Bell>();

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  refresh(): void {
    for (const bell of this.#bells) bell.ring();
  }

  async *watch(_service: string, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<readonly Endpoint[]> {
    const bell = new Bell();
    this.#bells.add(bell);
    const directory = new DirectoryWatch(dirname(this.#path), () => bell.ring());
    const list = new KeptList(this.#logger, {
      fields: { path: this.#path },
      failing: "a file of RPC endpoints is gone or wrong; its last list stays",
      good: "a file of RPC endpoints is good again",
    });
    try {
      while (!signal.aborted) {
        const result = await this.#look(directory, signal);
        if (signal.aborted) return;
        const changed = list.next(result);
        if (changed !== undefined) yield changed;
        await bell.wait(POLL_MS, signal);
        await sleep(SETTLE_MS, { signal, ref: false }).catch(() => {}); // the loop looks at the signal
        // What was told until now, the reading that follows sees.
        bell.hush();
      }
    } finally {
      directory.close();
      this.#bells.delete(bell);
    }
  }

  async #look(directory: DirectoryWatch, signal: AbortSignal): Promise<readonly Endpoint[] | Error> {
    try {
      // Watching begins before reading: no change falls between the two. A disk that hangs holds up nobody who aborts.
      await abortable(directory.arm(), signal);
      return parseEndpointList(await abortable(read(this.#path), signal));
    } catch (error) {
      return error instanceof Error ? error : new Error("aborted", { cause: error });
    }
  }
}

async function read(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error(`${path} is not a file`);
  if (found.size > MAX_BYTES) throw new Error(`${path} has ${found.size} bytes, more than ${MAX_BYTES}`);
  return readFile(path, "utf8");
}
