/** Most estimated work that is posted to a thread ahead of what it does, in microseconds. */
export const AHEAD_MICROS = 500;

const WEIGHT = 0.2;
let functions = 0;

/** How long the calls of one function take. Decides how many of them are posted to a thread at once. */
export class FunctionPace {
  /** The function's number in messages, unique in this process. */
  readonly id: number = functions++;
  #micros: number | undefined;

  /** What one call is taken for, in microseconds. An unknown or async function fills a thread. */
  get micros(): number {
    return this.#micros ?? AHEAD_MICROS;
  }

  /** The same, if it is known. */
  get measured(): number | undefined {
    return this.#micros;
  }

  /** A call took `micros`; below 0 it was async. Slow ones count more: they are what others would wait for. */
  note(micros: number): void {
    if (micros < 0) this.#micros = AHEAD_MICROS;
    else if (this.#micros === undefined) this.#micros = micros;
    else this.#micros += (micros - this.#micros) * (micros > this.#micros ? 2 * WEIGHT : WEIGHT);
  }
}
