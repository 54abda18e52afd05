/**
 * The two clocks of a scheduler and the one timer it sleeps on. Monotonic: `delay`, `every`, timeouts and back-off.
 * Wall: `at` and `cron`.
 */
export interface Clock {
  /** Milliseconds since 1970; may be set forward or back at any time. */
  wall(): number;
  /** Milliseconds since some start; never goes back. */
  monotonic(): number;
  /**
   * Calls back once after about `ms` milliseconds, 1 to 2^31 - 1; too early is allowed. Must not keep the process alive.
   *
   * @returns what {@link Clock.clear} takes.
   */
  wake(callback: () => void, ms: number): unknown;
  /** Ends a wait; harmless when it is over. */
  clear(handle: unknown): void;
  /** The longest sleep while wall-clock work is pending, in milliseconds: steps of the clock are noticed that soon. */
  readonly wallCheckMs: number;
}

/** The clocks and timers of Node.js. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  wake: (callback, ms) => setTimeout(callback, ms).unref(),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
  wallCheckMs: 30_000,
};
