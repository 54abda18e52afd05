/** How delays grow from one try to the next. */
export interface BackoffOptions {
  /** Delay after the first failure, in milliseconds. */
  minMs: number;
  /** Longest delay, in milliseconds. */
  maxMs: number;
  /** The part of the delay drawn at random, 0 (none) to 1 (all of it). */
  jitter: number;
}

/**
 * Exponential back-off: `minMs · 2^attempt`, at most `maxMs`, shortened at random by up to the part `jitter` of it.
 *
 * @param attempt how many failures came before this one, from 0.
 */
export function backoffMs(
  attempt: number,
  { minMs, maxMs, jitter }: BackoffOptions,
  random: () => number = Math.random,
): number {
  const whole = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 52));
  return whole * (1 - jitter * random());
}
