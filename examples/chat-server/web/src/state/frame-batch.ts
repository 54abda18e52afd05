/**
 * Gathers what comes between two frames and hands it over at once, in order: however fast an answer streams, the page
 * is drawn once a frame.
 */
export class FrameBatch<T> {
  readonly #flush: (items: readonly T[]) => void;
  readonly #nextFrame: (run: () => void) => void;
  #items: T[] = [];
  #scheduled = false;

  /**
   * @param flush takes the items of a frame.
   * @param nextFrame calls back at the next frame.
   */
  constructor(flush: (items: readonly T[]) => void, nextFrame: (run: () => void) => void) {
    this.#flush = flush;
    this.#nextFrame = nextFrame;
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#nextFrame(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Hands over at once what is there. */
  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#flush(items);
  }

  /** Forgets what is there. */
  clear(): void {
    this.#items = [];
  }
}
