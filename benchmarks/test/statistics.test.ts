import { describe, expect, it } from "vitest";
import { median, medianRatio, rounded } from "../src/statistics.ts";

describe("median", () => {
  it("is the middle one, whatever the order", () => expect(median([9, 1, 5])).toBe(5));
  it("is the mean of the middle two of an even number", () => expect(median([4, 1, 2, 100])).toBe(3));
  it("orders numbers as numbers", () => expect(median([100, 20, 3])).toBe(20));
  it("is NaN of nothing", () => expect(median([])).toBeNaN());
});

describe("medianRatio", () => {
  it("compares round with round, so that a slow spell of the machine cancels out", () => {
    expect(medianRatio([100, 10, 100], [50, 5, 50])).toBe(2);
  });

  it("is not the ratio of the medians", () => {
    expect(medianRatio([1, 10, 100], [10, 100, 1])).toBe(0.1);
  });
});

describe("rounded", () => {
  it("keeps four significant digits", () =>
    expect([rounded(123_456), rounded(0.001_234_56)]).toEqual([123_500, 0.001_235]));
});
