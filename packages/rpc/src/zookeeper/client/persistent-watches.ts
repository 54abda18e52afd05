import type { WatchMode } from "./records.ts";

/** A watch that stays. */
export interface Watch {
  readonly mode: WatchMode;
  /** Requests for it without a reply. */
  asked: number;
  /** Nobody wants it any more, whatever becomes of the request that sets it. */
  removed: boolean;
}

/**
 * Watches that stay, by path: those that the server has, which each later connection sets again, and those that it was
 * asked for. These are not set again before their reply has come: a server that is too old would not take the next
 * connection either.
 */
export class PersistentWatches {
  readonly #set = new Map<string, Watch>();
  readonly #asked = new Map<string, Watch>();

  /** Those that the server has. */
  get set(): ReadonlyMap<string, Watch> {
    return this.#set;
  }

  /** A request is made for a watch; {@link answered} ends it. Gives the watch of another mode that is there already. */
  ask(path: string, mode: WatchMode): Watch {
    const watch = this.#set.get(path) ?? this.#asked.get(path) ?? { mode, asked: 0, removed: false };
    if (watch.mode !== mode) return watch;
    watch.asked += 1;
    this.#asked.set(path, watch);
    return watch;
  }

  /** @returns whether the server is to be told to remove it: it was removed before its reply came. */
  answered(path: string, watch: Watch, isSet: boolean): boolean {
    watch.asked -= 1;
    if (watch.asked === 0 && this.#asked.get(path) === watch) this.#asked.delete(path);
    if (isSet && !watch.removed) this.#set.set(path, watch);
    return isSet && watch.removed;
  }

  /** @returns whether the server has it. */
  remove(path: string): boolean {
    for (const watch of [this.#set.get(path), this.#asked.get(path)]) if (watch !== undefined) watch.removed = true;
    this.#asked.delete(path);
    return this.#set.delete(path);
  }
}
