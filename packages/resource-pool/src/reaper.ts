/** Finest and coarsest distance of two sweeps, in milliseconds. */
const FINEST_MS = 10;
const COARSEST_MS = 1_000;

/**
 * Looks from time to time for resources that are too old, idle, silent or lent for too long. Does not keep the process
 * alive.
 */
export class Reaper {
  /** How far `now` may lie behind, apart from a busy event loop. */
  readonly intervalMs: number;
  readonly #sweep: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** The time of the last sweep, on the clock of `performance.now`: to be had without reading a clock. */
  now: number = performance.now();

  /** @param limitsMs the limits to watch; 0 means that there is none. */
  constructor(limitsMs: readonly number[], sweep: () => void) {
    const shortest = Math.min(...limitsMs.filter((limit) => limit > 0));
    this.intervalMs = Math.min(COARSEST_MS, Math.max(FINEST_MS, Math.floor(shortest / 10)));
    this.#sweep = () => {
      this.now = performance.now();
      if (shortest === Infinity) this.stop();
      else sweep();
    };
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.now = performance.now();
    this.#timer = setInterval(this.#sweep, this.intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
