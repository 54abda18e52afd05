import type { Clock } from "@servertech/task-scheduler";

/** A clock that moves when it is told to. The wall clock can be set apart from the monotonic one. */
export class FakeClock implements Clock {
  readonly wallCheckMs = 30_000;
  #monotonic = 1_000;
  #offset: number;
  #next = 0;
  readonly #sleeps = new Map<number, { readonly at: number; readonly callback: () => void }>();

  /** @param wall what the wall clock shows at first. */
  constructor(wall: Date | number = Date.UTC(2026, 0, 1)) {
    this.#offset = Number(wall) - this.#monotonic;
  }

  wall(): number {
    return this.#monotonic + this.#offset;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  wake(callback: () => void, ms: number): unknown {
    this.#sleeps.set(++this.#next, { at: this.#monotonic + ms, callback });
    return this.#next;
  }

  clear(handle: unknown): void {
    this.#sleeps.delete(handle as number);
  }

  /** Sets the wall clock forward, or back. */
  step(ms: number): void {
    this.#offset += ms;
  }

  /** Lets time pass; what becomes due is called at its time, and promises get their turn after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      const [first] = [...this.#sleeps].toSorted(([, a], [, b]) => a.at - b.at);
      if (first === undefined || first[1].at > end) break;
      this.#sleeps.delete(first[0]);
      this.#monotonic = Math.max(this.#monotonic, first[1].at);
      first[1].callback();
      await turn();
    }
    this.#monotonic = end;
    await turn();
  }

  /** The event loop is blocked: time passes and nothing is called, until then all that is due. */
  async block(ms: number): Promise<void> {
    this.#monotonic += ms;
    await this.advance(0);
  }
}

/** Lets promises and immediates get their turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
