/** Finest and coarsest distance of two sweeps, in milliseconds. */
const FINEST_MS = 10;
const COARSEST_MS = 1_000;

/** Looks from time to time for resources that are too old or idle for too long. Does not keep the process alive. */
export class Reaper {
  readonly #intervalMs: number;
  readonly #sweep: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param limitsMs the limits to watch; 0 means that there is none. */
  constructor(limitsMs: readonly number[], sweep: () => void) {
    const shortest = Math.min(...limitsMs.filter((limit) => limit > 0));
    this.#intervalMs = Math.min(COARSEST_MS, Math.max(FINEST_MS, Math.floor(shortest / 10)));
    this.#sweep = shortest === Infinity ? () => this.stop() : sweep;
  }

  start(): void {
    this.#timer ??= setInterval(this.#sweep, this.#intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
