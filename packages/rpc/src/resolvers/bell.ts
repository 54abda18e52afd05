import { onAbort } from "@servertech/core";

/** Cuts short the wait of one waiter. A ring that nobody waits for is kept for the next wait. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Forgets a ring. */
  hush(): void {
    this.#rung = false;
  }

  /** Resolves after `ms` milliseconds, at a ring, and when the signal aborts. Its timer does not keep the process alive. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          stop();
          this.#wake = undefined;
          resolve();
        };
        const timer = setTimeout(wake, ms).unref();
        this.#wake = wake;
        const stop = onAbort(signal, wake);
      });
    this.#rung = false;
  }
}
