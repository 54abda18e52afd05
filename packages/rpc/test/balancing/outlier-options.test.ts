import { OptionError, optionChecks } from "@servertech/core";
import { describe, expect, test } from "vitest";
import { type OutlierOptions, checkOutlier } from "../../src/client/balancing/outlier-options.ts";

function check(outlier: OutlierOptions | false | undefined) {
  const checks = optionChecks({ outlier }, ["outlier"]);
  const limits = checkOutlier(checks, outlier);
  checks.done("outlier ejection");
  return limits;
}

describe("the option outlier", () => {
  test("has defaults, and can be off", () => {
    const defaults = { consecutiveErrors: 5, ejectMs: 5_000, maxEjectMs: 60_000, maxEjectedRatio: 0.5 };
    expect(check(undefined)).toEqual(defaults);
    expect(check({})).toEqual(defaults);
    expect(check(false)).toBe(false);
    expect(check({ ejectMs: 90_000 })).toMatchObject({ ejectMs: 90_000, maxEjectMs: 90_000 });
  });

  test.each([
    ["consecutiveErrors", 1, 1_000, 0, 1_001],
    ["ejectMs", 1, 3_600_000, 0, 3_600_001],
    ["maxEjectMs", 5_000, 3_600_000, 4_999, 3_600_001],
    ["maxEjectedRatio", 0, 1, -0.1, 1.1],
  ])("%s goes from %d to %d", (name, min, max, below, above) => {
    for (const good of [min, max]) expect(check({ [name]: good })).toMatchObject({ [name]: good });
    for (const bad of [below, above, Number.NaN]) {
      expect(() => check({ [name]: bad })).toThrow(OptionError);
      expect(() => check({ [name]: bad })).toThrow(`outlier.${name}`);
    }
  });
});
