import { onAbort } from "@servertech/core";

interface WarmUp {
  readonly count: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Those who wait until so many resources are alive. */
export class WarmUps {
  readonly #pending = new Set<WarmUp>();

  /** How many are to be alive for the sake of those who wait. */
  get target(): number {
    let target = 0;
    for (const { count } of this.#pending) target = Math.max(target, count);
    return target;
  }

  /** @param late makes the error of a wait that took too long. */
  wait(count: number, timeoutMs: number, signal: AbortSignal | undefined, late: () => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      let stopListening: (() => void) | undefined;
      const end = (): void => {
        this.#pending.delete(warmUp);
        clearTimeout(deadline);
        stopListening?.();
      };
      const warmUp: WarmUp = {
        count,
        resolve: () => {
          end();
          resolve();
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      // Keeps the process alive, as somebody waits.
      const deadline = setTimeout(() => warmUp.reject(late()), timeoutMs);
      this.#pending.add(warmUp);
      stopListening = onAbort(signal, (reason) => warmUp.reject(reason));
    });
  }

  /** To be called when the number of live resources has grown. */
  check(alive: number): void {
    for (const warmUp of this.#pending) if (alive >= warmUp.count) warmUp.resolve();
  }

  rejectAll(error: unknown): void {
    for (const warmUp of this.#pending) warmUp.reject(error);
  }
}
