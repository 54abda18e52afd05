import type { OptionChecks } from "@servertech/core";
import type { RunOptions } from "../run-options.ts";

/** What to do when a run comes late and further instants have passed. `'once'`: one run for all; `'skip'`: none. */
export type Misfire = "once" | "skip";

/** Options of `every` and `cron`, those of each run included. */
export interface PeriodicOptions extends RunOptions {
  /**
   * What becomes of instants that passed because the event loop was busy or the machine slept. `'once'`: one run, with
   * their number in `missed`. `'skip'`: when it would come later than `graceMs`, none. @default 'once'
   */
  misfire?: Misfire | undefined;
  /** Lateness up to which a run is on time, in milliseconds. From 0. @default 1_000 */
  graceMs?: number | undefined;
  /** Ends the series after so many started runs. At least 1; `Infinity` is legal. @default Infinity */
  max?: number | undefined;
}

export interface EveryOptions extends PeriodicOptions {
  /**
   * `'fixed-rate'`: at start + k · interval, whatever the runs take; an instant that finds a run unfinished is skipped.
   * `'fixed-delay'`: one interval after the end of the run before. @default 'fixed-rate'
   */
  mode?: "fixed-rate" | "fixed-delay" | undefined;
}

export interface CronOptions extends PeriodicOptions {
  /** The time zone of the pattern, an IANA name. @default 'UTC' */
  tz?: string | undefined;
}

export const PERIODIC_OPTIONS: readonly string[] = ["misfire", "graceMs", "max"];

export interface ResolvedPeriodicOptions {
  readonly misfire: Misfire;
  readonly graceMs: number;
  readonly max: number;
}

/** Checks what `every` and `cron` have in common; the caller ends the check. */
export function checkPeriodicOptions(check: OptionChecks, options: PeriodicOptions): ResolvedPeriodicOptions {
  return {
    misfire: check.oneOf("misfire", options.misfire ?? "once", ["once", "skip"]),
    graceMs: check.duration("graceMs", options.graceMs ?? 1_000),
    max: check.integer("max", options.max ?? Infinity, { min: 1, infinity: true }),
  };
}
