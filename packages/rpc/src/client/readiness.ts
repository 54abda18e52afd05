import { abortable } from "@servertech/core";

/** Who waits for the first connection. */
export class Readiness {
  readonly #waiters = new Set<Waiter>();

  /** Whether anybody waits. */
  get awaited(): boolean {
    return this.#waiters.size > 0;
  }

  /** @throws what `late` gives after `timeoutMs`; the signal's reason; the error of `fail`. */
  async wait(timeoutMs: number, signal: AbortSignal | undefined, late: () => Error): Promise<void> {
    const waiter = new Waiter(timeoutMs, late);
    this.#waiters.add(waiter);
    try {
      await abortable(waiter.connected, signal);
    } finally {
      waiter.stop();
      this.#waiters.delete(waiter);
    }
  }

  /** There is a connection. */
  connected(): void {
    for (const waiter of this.#waiters) waiter.resolve();
  }

  /** There will be none. */
  fail(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error);
  }
}

/** Its timer keeps the process alive: somebody waits. */
class Waiter {
  resolve: () => void = () => {};
  reject: (error: Error) => void = () => {};
  readonly connected: Promise<void>;
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, late: () => Error) {
    this.connected = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.#timer = setTimeout(() => this.reject(late()), timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
