/** A task that may have a key. */
export interface Keyed {
  /** Tasks of one key run one at a time. */
  readonly key: string | number | undefined;
}

interface Line<T> {
  holder: T;
  /** In order of submission. */
  readonly waiting: Set<T>;
}

/** Who has each key, and who stands in line for it. A key that nobody wants costs nothing. */
export class KeyLines<T extends Keyed> {
  readonly #lines = new Map<string | number | undefined, Line<T>>();

  /** Takes the key for `task`, or puts it in line. */
  claim(task: T): boolean {
    const line = this.#lines.get(task.key);
    if (line === undefined) this.#lines.set(task.key, { holder: task, waiting: new Set() });
    else line.waiting.add(task);
    return line === undefined;
  }

  isHeld(key: string | number): boolean {
    return this.#lines.has(key);
  }

  /** Takes a task out of its line. */
  leave(task: T): void {
    this.#lines.get(task.key)?.waiting.delete(task);
  }

  /** Gives the key of its holder to the next in line, and returns that one. */
  pass(holder: T): T | undefined {
    const line = this.#lines.get(holder.key);
    if (line?.holder !== holder) return undefined;
    const [next] = line.waiting;
    if (next === undefined) this.#lines.delete(holder.key);
    else {
      line.waiting.delete(next);
      line.holder = next;
    }
    return next;
  }
}
