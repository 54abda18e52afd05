import { onAbort } from "@servertech/core";

/** While nothing proves that the server answers, one attempt begins in so many milliseconds. */
const STEP_MS = 110;

/**
 * Spaces out the attempts to connect of everything that connects to one server: while it is down there are fewer than ten
 * in a second, however many want to. Once one has succeeded the others go at once.
 */
export class ConnectGate {
  #proven = false;
  #nextAt = 0;
  /** Those who wait for their turn. */
  readonly #waiting = new Set<() => void>();

  /** Resolves when an attempt may begin. @throws the signal's reason. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!this.#proven) {
      const now = performance.now();
      if (now >= this.#nextAt) {
        this.#nextAt = now + STEP_MS;
        return;
      }
      await this.#pause(this.#nextAt - now, signal);
    }
  }

  /** Whoever opened a connection says so. */
  succeeded(): void {
    this.#proven = true;
    for (const go of this.#waiting) go();
  }

  /** An attempt has failed, or a connection was lost. */
  failed(): void {
    this.#proven = false;
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(go);
        stopListening();
      };
      const go = (): void => {
        end();
        resolve();
      };
      const timer = setTimeout(go, ms);
      this.#waiting.add(go);
      const stopListening = onAbort(signal, (reason) => {
        end();
        reject(reason);
      });
    });
  }
}
