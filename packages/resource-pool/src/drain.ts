import { onAbort } from "@servertech/core";

const KEEP_ALIVE_MS = 60_000;

/** Waits, while a pool closes, until a condition holds that other events bring about. */
export class Drain {
  readonly #isDone: () => boolean;
  #onDone: (() => void) | undefined;

  constructor(isDone: () => boolean) {
    this.#isDone = isDone;
  }

  /** To be called whenever the condition may have come to hold. */
  check(): void {
    if (this.#onDone !== undefined && this.#isDone()) this.#onDone();
  }

  /** Resolves to true once the condition holds, to false `graceMs` after `force` has aborted. */
  wait(force: AbortSignal, graceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      let grace: NodeJS.Timeout | undefined;
      // Somebody waits: the process must not end before, though nothing else may keep it alive. It only has to be there.
      const alive = setInterval(() => {}, KEEP_ALIVE_MS);
      const end = (done: boolean): void => {
        clearInterval(alive);
        resolve(done);
      };
      const stopListening = onAbort(force, () => {
        grace = setTimeout(() => end(this.#isDone()), graceMs);
      });
      this.#onDone = () => {
        stopListening();
        clearTimeout(grace);
        end(true);
      };
      this.check();
    });
  }
}
