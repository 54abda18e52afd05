import type { OptionChecks } from "@servertech/core";
import type { OutlierLimits } from "./outlier-ejection.ts";

/** When a server that fails is left alone, and for how long. */
export interface OutlierOptions {
  /** Faults in a row that eject a server. 1 to 1,000. @default 5 */
  consecutiveErrors?: number | undefined;
  /** First ejection, in milliseconds; the n-th lasts n times as long. 1 to 3,600,000. @default 5_000 */
  ejectMs?: number | undefined;
  /** Longest ejection, in milliseconds. `ejectMs` to 3,600,000. @default 60_000, or `ejectMs` when that is more */
  maxEjectMs?: number | undefined;
  /** Largest part of the servers that is out at a time. 0 to 1. @default 0.5 */
  maxEjectedRatio?: number | undefined;
}

const NAMES = ["consecutiveErrors", "ejectMs", "maxEjectMs", "maxEjectedRatio"] as const;
const HOUR_MS = 3_600_000;

/** Checks the option `outlier`; false = no ejection. */
export function checkOutlier(checks: OptionChecks, outlier: OutlierOptions | false | undefined): OutlierLimits | false {
  if (outlier === false) return false;
  const group = checks.group("outlier", outlier, NAMES);
  const given = outlier ?? {};
  const { consecutiveErrors = 5, ejectMs = 5_000, maxEjectedRatio = 0.5 } = given;
  const { maxEjectMs = Math.max(60_000, ejectMs) } = given;
  group.integer("consecutiveErrors", consecutiveErrors, { min: 1, max: 1_000 });
  group.duration("ejectMs", ejectMs, { min: 1, max: HOUR_MS });
  if (given.maxEjectMs !== undefined) group.duration("maxEjectMs", maxEjectMs, { min: ejectMs, max: HOUR_MS });
  group.number("maxEjectedRatio", maxEjectedRatio, { max: 1 });
  return { consecutiveErrors, ejectMs, maxEjectMs, maxEjectedRatio };
}
