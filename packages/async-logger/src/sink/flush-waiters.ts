interface Waiter {
  readonly sequence: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Who waits until the chunks up to a sequence are written. */
export class FlushWaiters {
  #waiters: Waiter[] = [];

  get empty(): boolean {
    return this.#waiters.length === 0;
  }

  /** Resolves once {@link wake} is called with a later sequence. */
  async wait(sequence: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ sequence, resolve, reject }));
  }

  /** @param oldest the sequence of the first chunk that is not written */
  wake(oldest: number): void {
    if (this.#waiters.length === 0) return;
    const woken = this.#waiters.filter((waiter) => waiter.sequence < oldest);
    this.#waiters = this.#waiters.filter((waiter) => waiter.sequence >= oldest);
    for (const waiter of woken) waiter.resolve();
  }

  reject(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}
