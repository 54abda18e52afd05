import { describe, expect, it } from "vitest";
import { unitOf } from "../src/unit.ts";

describe("unitOf", () => {
  it.each([
    ["calls/s", 2_000],
    ["ns/call", 500_000],
    ["us/call", 500],
    ["µs/call", 500],
    ["ms/call", 0.5],
    ["s/call", 0.000_5],
  ])("computes %s of 1,000 operations in 500 ms", (unit, expected) => {
    expect(unitOf(unit)?.(1_000, 500)).toBeCloseTo(expected, 9);
  });

  it.each(["MiB", "bytes/change", "a/b/s"])("has no formula for %s", (unit) => {
    expect(unitOf(unit)).toBeUndefined();
  });
});
