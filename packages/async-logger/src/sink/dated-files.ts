import { constants, mkdirSync, openSync, readdirSync } from "node:fs";
import { errnoOf } from "../errors.ts";
import type { LogNames } from "./log-names.ts";

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;

/** The files of one prefix, each created exclusively; the index grows by one a file and gives the order. */
export class DatedFiles {
  readonly #names: LogNames;
  readonly #mkdir: boolean;
  #index: number | undefined;

  constructor(names: LogNames, mkdir: boolean) {
    this.#names = names;
    this.#mkdir = mkdir;
  }

  /**
   * Creates the next file.
   *
   * @throws the system's error
   */
  open(): { fd: number; path: string } {
    if (this.#mkdir) mkdirSync(this.#names.directory, { recursive: true });
    this.#index ??= this.#highestIndex();
    for (;;) {
      this.#index += 1;
      const path = this.#names.path(new Date(), this.#index);
      try {
        return { fd: openSync(path, CREATE, 0o666), path };
      } catch (error) {
        // Another process took this name in the same second.
        if (errnoOf(error) !== "EEXIST") throw error;
      }
    }
  }

  #highestIndex(): number {
    const indices = readdirSync(this.#names.directory).map((name) => this.#names.parse(name)?.index ?? 0);
    return indices.reduce((highest, index) => Math.max(highest, index), 0);
  }
}
