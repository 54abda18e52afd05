const FIRST_MS = 500;
const CAP_MS = 30_000;

/**
 * How long to wait before the next try, in milliseconds: 0.5 s doubled with each failed try, at most 30 s, with full
 * jitter, so that the clients of a server that comes back do not all knock at once.
 *
 * @param attempt failed tries so far, from 0.
 * @param random from 0 to below 1.
 */
export function backOffMs(attempt: number, random: number): number {
  return Math.round(Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 16)) * random);
}
