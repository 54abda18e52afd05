import { describe, expect, it } from "vitest";
import { LatencyHistogram } from "../src/index.ts";

describe("quantile", () => {
  it("is 0 without latencies", () => {
    expect(new LatencyHistogram().quantile(0.5)).toBe(0);
  });

  it("stays within 0.8 % below the exact value over eight decades", () => {
    const histogram = new LatencyHistogram();
    const values = Array.from({ length: 5_000 }, (_, index) => 0.1 * 1.004 ** index);
    const inRange = values.filter((value) => value < 400e6);
    for (const value of inRange) histogram.record(value);
    for (const quantile of [0.1, 0.5, 0.9, 0.99, 1]) {
      const exact = inRange[Math.ceil(quantile * inRange.length) - 1] ?? 0;
      expect(histogram.quantile(quantile)).toBeLessThanOrEqual(exact);
      // Below 12.8 µs the buckets are 0.1 µs wide.
      expect(histogram.quantile(quantile)).toBeGreaterThanOrEqual(Math.min(exact * 0.992, exact - 0.1));
    }
  });

  it("takes the slow one of two as the 99th percentile", () => {
    const histogram = new LatencyHistogram();
    histogram.record(10);
    histogram.record(5);
    expect(histogram.quantile(0.5)).toBe(5);
    expect(histogram.quantile(0.99)).toBe(10);
  });

  it("counts what is longer than 429 s as 429 s", () => {
    const histogram = new LatencyHistogram();
    histogram.record(Number.POSITIVE_INFINITY);
    expect(histogram.quantile(1)).toBeGreaterThan(425e6);
  });
});

describe("add", () => {
  it("takes over all latencies of another histogram", () => {
    const [first, second] = [new LatencyHistogram(), new LatencyHistogram()];
    first.record(1);
    second.record(2);
    second.record(3);
    first.add(second);
    expect(first.total).toBe(3);
    expect([0.3, 0.6, 1].map((quantile) => first.quantile(quantile))).toEqual([1, 2, 3]);
  });
});
