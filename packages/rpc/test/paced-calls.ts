/** Calls that begin at a steady rate, whatever becomes of the earlier ones. */
export class PacedCalls {
  /** What calls have failed with. */
  readonly failures: unknown[] = [];
  readonly #calls: Promise<void>[] = [];
  readonly #began: number = performance.now();
  readonly #pacer: NodeJS.Timeout;
  #seconds = NaN;

  constructor(perSecond: number, call: () => Promise<unknown>) {
    const once = async () => {
      try {
        await call();
      } catch (error) {
        this.failures.push(error);
      }
    };
    this.#pacer = setInterval(() => {
      const due = ((performance.now() - this.#began) / 1_000) * perSecond;
      while (this.#calls.length < due) this.#calls.push(once());
    }, 5);
  }

  /** Begins no more, and waits for those under way. */
  async end(): Promise<void> {
    clearInterval(this.#pacer);
    await Promise.all(this.#calls);
    this.#seconds = (performance.now() - this.#began) / 1_000;
  }

  get count(): number {
    return this.#calls.length;
  }

  /** The rate up to the end. */
  get perSecond(): number {
    return this.count / this.#seconds;
  }
}
