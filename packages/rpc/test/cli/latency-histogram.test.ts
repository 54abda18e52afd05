import { describe, expect, it } from "vitest";
import { LatencyHistogram } from "../../src/cli/latency-histogram.ts";

describe("LatencyHistogram", () => {
  it("is within 1 % of sorted latencies", () => {
    const histogram = new LatencyHistogram();
    const all: number[] = [];
    let seed = 7;
    for (let i = 0; i < 20_000; i++) {
      seed = (seed * 16_807) % 2_147_483_647;
      const ms = 0.02 * 1.7 ** (20 * (seed / 2_147_483_647));
      all.push(ms);
      histogram.record(ms);
    }
    all.sort((a, b) => a - b);
    for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = all[Math.ceil(all.length * share) - 1] ?? 0;
      expect(histogram.quantileMs(share)).toBeGreaterThanOrEqual(exact);
      expect(histogram.quantileMs(share)).toBeLessThan(exact * 1.011);
    }
    expect(histogram.minMs).toBe(all[0]);
    expect(histogram.maxMs).toBe(all.at(-1));
    expect(histogram.meanMs).toBeCloseTo(all.reduce((sum, ms) => sum + ms, 0) / all.length, 6);
    const ranges = histogram.ranges();
    expect(ranges.reduce((sum, { count }) => sum + count, 0)).toBe(20_000);
    expect(ranges.at(0)?.count).toBeGreaterThan(0);
    expect(ranges.at(-1)?.count).toBeGreaterThan(0);
    for (const [index, { fromMs }] of ranges.entries()) if (index > 0) expect(fromMs).toBe(ranges[index - 1]?.toMs);
  });

  it("takes nothing, less than a microsecond and more than an hour", () => {
    const histogram = new LatencyHistogram();
    expect([histogram.quantileMs(0.5), histogram.minMs, histogram.meanMs, histogram.maxMs]).toEqual([0, 0, 0, 0]);
    expect(histogram.ranges()).toEqual([]);
    histogram.record(0);
    histogram.record(1e9);
    expect([histogram.count, histogram.quantileMs(0.5), histogram.quantileMs(1)]).toEqual([
      2,
      expect.closeTo(0.001, 4),
      1e9,
    ]);
  });
});
