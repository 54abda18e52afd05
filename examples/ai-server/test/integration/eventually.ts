import { expect } from "vitest";

/** An assertion that is tried until it holds. */
export function eventually<T>(body: () => T, timeout = 10_000) {
  return expect.poll(body, { timeout });
}
