import { readdir, rm, stat } from "node:fs/promises";
import { errnoOf } from "../errors.ts";
import { gzipFile } from "./gzip-file.ts";
import type { LogNames } from "./log-names.ts";
import { type ClosedFile, type KeepBounds, expiredFiles } from "./retention.ts";

export interface KeepSettings extends KeepBounds {
  readonly gzip: boolean;
}

/** Compresses and removes closed files of a prefix, one after the other, off the hot path. */
export class Housekeeping {
  readonly #names: LogNames;
  readonly #keep: KeepSettings;
  readonly #isOpen: (name: string) => boolean;
  readonly #note: (error: unknown) => void;
  readonly #force = new AbortController();
  #work: Promise<void> = Promise.resolve();

  /**
   * @param isOpen whether lines still go to the file of this name; such a one is never touched
   * @param note hears what went wrong; the files concerned stay as they are
   */
  constructor(names: LogNames, keep: KeepSettings, isOpen: (name: string) => boolean, note: (error: unknown) => void) {
    this.#names = names;
    this.#keep = keep;
    this.#isOpen = isOpen;
    this.#note = note;
  }

  /** Finishes what an earlier process left half done, then applies the bounds. */
  start(): void {
    this.#queue(async () => {
      await this.#finishLeftOver();
      await this.#removeExpired();
    });
  }

  /** A file was closed. */
  closed(path: string): void {
    this.#queue(async () => {
      if (this.#keep.gzip) await ignoreMissing(gzipFile(path, this.#force.signal));
      await this.#removeExpired();
    });
  }

  /** Resolves when nothing is left to do; with `force` what is being done is given up, its file stays as it was. */
  async end(force: AbortSignal): Promise<void> {
    const giveUp = () => this.#force.abort(force.reason);
    if (force.aborted) giveUp();
    else force.addEventListener("abort", giveUp, { once: true });
    await this.#work;
    force.removeEventListener("abort", giveUp);
  }

  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      try {
        if (!this.#force.signal.aborted) await work();
      } catch (error) {
        if (!this.#force.signal.aborted) this.#note(error);
      }
    });
  }

  /** A temporary file is of a process that ended while it compressed: its file is closed and still to be compressed. */
  async #finishLeftOver(): Promise<void> {
    for (const name of await readdir(this.#names.directory)) {
      const source = this.#names.temporaryOf(name);
      if (source === undefined) continue;
      await rm(this.#names.inDirectory(name), { force: true });
      const path = this.#names.inDirectory(source);
      if (this.#keep.gzip && !this.#isOpen(source)) await ignoreMissing(gzipFile(path, this.#force.signal));
    }
  }

  async #removeExpired(): Promise<void> {
    const expired = expiredFiles(await this.#closedFiles(), this.#keep, Date.now());
    for (const { name } of expired) await rm(this.#names.inDirectory(name), { force: true });
  }

  async #closedFiles(): Promise<ClosedFile[]> {
    const names = new Set(await readdir(this.#names.directory));
    const files: ClosedFile[] = [];
    for (const name of names) {
      const parsed = this.#names.parse(name);
      const path = this.#names.inDirectory(name);
      if (parsed === undefined || this.#isOpen(name)) continue;
      if (names.has(`${name}.gz`)) {
        // The compressed file is whole; only the removal of its source was cut short.
        await rm(path, { force: true });
        continue;
      }
      const found = await ignoreMissing(stat(path));
      if (found !== undefined) files.push({ name, index: parsed.index, bytes: found.size, changedMs: found.mtimeMs });
    }
    return files;
  }
}

/** Undefined where another process removed the file in the meantime. */
async function ignoreMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
