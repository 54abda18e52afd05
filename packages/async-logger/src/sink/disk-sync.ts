import { open } from "node:fs/promises";
import { errnoOf } from "../errors.ts";
import type { Destination } from "./destination.ts";
import type { NoteError } from "./target.ts";

/** When what is written is brought to the disk, too, off the main thread. */
export type FsyncPolicy = "never" | "rotate" | "swap" | { readonly everyMs: number };

/** Carries out the policy of one sink. */
export class DiskSync {
  readonly #policy: FsyncPolicy;
  readonly #note: NoteError;
  /** Closed files whose last bytes were not brought to the disk. */
  readonly #unsynced = new Set<string>();
  #running = false;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  /** Where bytes were written last; one before it is synced when it is closed. */
  #latest: Destination | undefined;

  constructor(policy: FsyncPolicy, note: NoteError) {
    this.#policy = policy;
    this.#note = note;
  }

  /** Whether a file is synced before it is closed. */
  get atClose(): boolean {
    return this.#policy !== "never";
  }

  /** Bytes have reached the kernel. Those that come during a sync share the next one. */
  written(destination: Destination): void {
    this.#latest = destination;
    if (this.#policy === "swap") this.#sync();
    else if (typeof this.#policy === "object") {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#sync();
      }, this.#policy.everyMs).unref();
    }
  }

  #sync(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    void this.#latest?.sync().then((error) => {
      this.#running = false;
      if (error !== undefined) this.#note(error);
      if (!this.#again) return;
      this.#again = false;
      this.#sync();
    });
  }

  /** A file was closed. */
  closed(path: string): void {
    if (!this.atClose) this.#unsynced.add(path);
  }

  /** Brings the closed files to the disk that are not there yet. */
  async syncClosed(): Promise<Error | undefined> {
    for (const path of this.#unsynced) {
      try {
        const handle = await open(path, "r");
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      } catch (error) {
        // What was compressed is on the disk in another file, what was removed is no matter any more.
        if (errnoOf(error) !== "ENOENT") return error as Error;
      }
      this.#unsynced.delete(path);
    }
    return undefined;
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
