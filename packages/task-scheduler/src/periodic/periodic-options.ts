import type { OptionChecks } from "@servertech/core";
import type { RunOptions } from "../run-options.ts";

/**
 * What becomes of instants that passed because the event loop was busy or the machine slept. `'once'`: one run for all.
 * `'skip'`: none when it would come too late. `'all'`: one each.
 */
export type Misfire = "once" | "skip" | "all";

/**
 * What becomes of an instant that finds a run before it waiting or running. `'skip'`: it is not run. `'queue'`: it runs
 * when that one has ended; one at most waits so. `'replace'`: that one is aborted. `'parallel'`: both run.
 */
export type Overlap = "skip" | "queue" | "replace" | "parallel";

/** Options of `every` and `cron`, those of each run included. */
export interface PeriodicOptions extends RunOptions {
  /** `'all'` needs `overlap: 'parallel'`. `'once'` says in `context.missed` how many further instants have passed. @default 'once' */
  misfire?: Misfire | undefined;
  /** @default 'skip' */
  overlap?: Overlap | undefined;
  /** Lateness up to which a run is on time, in milliseconds. From 0. @default 1_000 */
  graceMs?: number | undefined;
  /**
   * Most instants that `misfire: 'all'` catches up, and up to which missed ones are counted. From 1. Older ones are
   * skipped. @default 1_000
   */
  catchUpMax?: number | undefined;
  /** Each start is put off at random by up to so many milliseconds; the instants stay. From 0. @default 0 */
  jitterMs?: number | undefined;
  /** Ends the series after so many started runs. At least 1; `Infinity` is legal. @default Infinity */
  max?: number | undefined;
  /** Ends the series before its first instant after that date (a `Date` or milliseconds since 1970). @default never */
  until?: Date | number | undefined;
}

/** Options of `every`. */
export interface EveryOptions extends PeriodicOptions {
  /**
   * `'fixed-rate'`: at start + k · interval, whatever the runs take. `'fixed-delay'`: one interval after the end of the
   * run before, so that nothing overlaps or is missed. @default 'fixed-rate'
   */
  mode?: "fixed-rate" | "fixed-delay" | undefined;
}

/** Options of `cron`. */
export interface CronOptions extends PeriodicOptions {
  /** The time zone of the pattern, an IANA name. @default 'UTC' */
  tz?: string | undefined;
}

export const PERIODIC_OPTIONS: readonly string[] = [
  "misfire",
  "overlap",
  "graceMs",
  "catchUpMax",
  "jitterMs",
  "max",
  "until",
];

export interface ResolvedPeriodicOptions {
  readonly misfire: Misfire;
  readonly overlap: Overlap;
  readonly graceMs: number;
  readonly catchUpMax: number;
  readonly jitterMs: number;
  readonly max: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Checks what `every` and `cron` have in common; the caller ends the check. */
export function checkPeriodicOptions(check: OptionChecks, options: PeriodicOptions): ResolvedPeriodicOptions {
  const resolved = {
    misfire: check.oneOf("misfire", options.misfire ?? "once", ["once", "skip", "all"]),
    overlap: check.oneOf("overlap", options.overlap ?? "skip", ["skip", "queue", "replace", "parallel"]),
    graceMs: check.duration("graceMs", options.graceMs ?? 1_000),
    catchUpMax: check.integer("catchUpMax", options.catchUpMax ?? 1_000, { min: 1 }),
    jitterMs: check.duration("jitterMs", options.jitterMs ?? 0),
    max: check.integer("max", options.max ?? Infinity, { min: 1, infinity: true }),
    until: Number(options.until ?? Infinity),
  };
  if (options.until !== undefined && !Number.isFinite(resolved.until))
    check.problem("until", "must be a valid Date or milliseconds since 1970", options.until);
  if (resolved.misfire === "all" && resolved.overlap !== "parallel")
    check.problem("misfire", 'must not be "all" without the overlap "parallel", which loses none', "all");
  return resolved;
}

/** With a fixed delay nothing is missed and nothing overlaps. */
export function checkFixedDelay(check: OptionChecks, { misfire, overlap }: ResolvedPeriodicOptions): void {
  if (misfire !== "once")
    check.problem("misfire", 'must be "once" with the mode "fixed-delay", which misses nothing', misfire);
  if (overlap !== "skip")
    check.problem("overlap", 'must be "skip" with the mode "fixed-delay", whose runs never overlap', overlap);
}
