const TICK_MS = 5;

/** How much the event loop was held up, so that a bound on time can be checked on a busy machine. */
export class LoopLag {
  #lost = 0;
  #last = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      this.#lost = this.lost;
      this.#last = performance.now();
    }, TICK_MS);
  }

  /** Milliseconds in which timers could not fire, so far. */
  get lost(): number {
    return this.#lost + Math.max(0, performance.now() - this.#last - TICK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
