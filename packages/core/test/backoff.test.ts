import { describe, expect, it } from "vitest";
import { backoffMs } from "../src/index.ts";

describe("backoffMs", () => {
  const options = { minMs: 20, maxMs: 250, jitter: 0.5 };

  it("doubles up to its cap, without jitter's part", () => {
    const delays = [0, 1, 2, 3, 4, 60, 2_000].map((attempt) => backoffMs(attempt, options, () => 0));
    expect(delays).toEqual([20, 40, 80, 160, 250, 250, 250]);
  });

  it("shortens by at most the jitter's part", () => {
    expect(backoffMs(1, options, () => 1)).toBe(20);
    expect(backoffMs(1, { ...options, jitter: 1 }, () => 1)).toBe(0);
  });
});
