import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";

/**
 * Tells of changes in a directory, not of which: of a file behind links (a mounted Kubernetes ConfigMap is one) only the
 * links' changes are seen, under their names. Watching the file itself would end with its first replacement.
 *
 * Not every file system tells, and a watch may be refused, so that its owner looks by itself now and then.
 */
export class DirectoryWatch {
  readonly #path: string;
  readonly #changed: () => void;
  #watcher: FSWatcher | undefined;
  /** The directory that is watched; another may have taken its place. */
  #identity: string | undefined;
  #closed = false;

  constructor(path: string, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
  }

  /** Watches the directory that is there now, when it is not yet the one watched. */
  async arm(): Promise<void> {
    const identity = await identityOf(this.#path);
    if (this.#closed || (identity !== undefined && identity === this.#identity)) return;
    this.#disarm();
    if (identity === undefined) return;
    try {
      // The machine may have no watches left: then the owner's own looks must do, and the next try is at the next of them.
      this.#watcher = watch(this.#path, { persistent: false }, this.#changed);
      this.#identity = identity;
      this.#watcher.on("error", () => this.#disarm());
    } catch {
      this.#disarm();
    }
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
  }

  #disarm(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#identity = undefined;
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, birthtimeNs } = await stat(path, { bigint: true });
    // A new directory may get the number of the one that was removed.
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return undefined; // it is gone, for now
  }
}
