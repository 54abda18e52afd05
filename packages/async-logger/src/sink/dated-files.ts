import { constants, mkdirSync, openSync, readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { errnoOf } from "../errors.ts";

/** Files `<prefix>YYYYmmdd_HHMMSS_<index>.log`; the index grows by one a file and gives the order. */
export class DatedFiles {
  readonly #prefix: string;
  #index: number | undefined;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /**
   * Creates the next file, and its directory if that is missing.
   *
   * @throws the system's error
   */
  open(): { fd: number; path: string } {
    mkdirSync(dirname(`${this.#prefix}_`), { recursive: true });
    this.#index ??= this.#highestIndex();
    for (;;) {
      this.#index += 1;
      const path = `${this.#prefix}${stamp(new Date())}_${this.#index}.log`;
      try {
        const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
        return { fd: openSync(path, flags, 0o666), path };
      } catch (error) {
        // Another process took this name in the same second.
        if (errnoOf(error) !== "EEXIST") throw error;
      }
    }
  }

  #highestIndex(): number {
    const start = basename(`${this.#prefix}_`).slice(0, -1);
    let highest = 0;
    for (const name of readdirSync(dirname(`${this.#prefix}_`))) {
      if (!name.startsWith(start)) continue;
      const index = /^\d{8}_\d{6}_(\d+)\.log(?:\.gz)?$/.exec(name.slice(start.length))?.[1];
      if (index !== undefined) highest = Math.max(highest, Number(index));
    }
    return highest;
  }
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function stamp(date: Date): string {
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
