import { Cron } from "croner";
import type { OptionChecks } from "@servertech/core";
import type { TimedHost } from "../timed-host.ts";
import type { Timer } from "../timers/timers.ts";

/** The instants of a series, on the clock that they belong to. */
export interface Instants {
  now(): number;
  /** The first instant after `time`; undefined when there is none. */
  after(time: number): number | undefined;
  /** How many instants lie in (`from`, `to`]; counting ends at `max`. */
  count(from: number, to: number, max: number): number;
  /** The last `max` instants in (`from`, `to`], the oldest first. */
  latest(from: number, to: number, max: number): number[];
  wake(instant: number, callback: () => void): Timer;
  /** The instant in milliseconds since 1970. */
  epochMs(instant: number): number;
}

/** start + k · intervalMs for k = 1, 2, …, on the monotonic clock. */
export class GridInstants implements Instants {
  readonly #host: TimedHost;
  readonly #start: number;
  readonly #intervalMs: number;

  constructor(host: TimedHost, intervalMs: number) {
    this.#host = host;
    this.#start = host.clock.monotonic();
    this.#intervalMs = intervalMs;
  }

  now(): number {
    return this.#host.clock.monotonic();
  }

  after(time: number): number {
    return this.#instant(this.#index(time));
  }

  /** The number of the first instant after `time`. */
  #index(time: number): number {
    const k = Math.max(1, Math.floor((time - this.#start) / this.#intervalMs) + 1);
    // The quotient may be rounded across a whole number, either way.
    if (this.#instant(k) <= time) return k + 1;
    return k > 1 && this.#instant(k - 1) > time ? k - 1 : k;
  }

  #instant(k: number): number {
    return this.#start + k * this.#intervalMs;
  }

  count(from: number, to: number, max: number): number {
    return Math.min(max, Math.round((this.after(to) - this.after(from)) / this.#intervalMs));
  }

  latest(from: number, to: number, max: number): number[] {
    const count = this.count(from, to, max);
    const end = this.#index(to);
    return Array.from({ length: count }, (_, i) => this.#instant(end - count + i));
  }

  wake(instant: number, callback: () => void): Timer {
    return this.#host.timers.when(instant, callback);
  }

  epochMs(instant: number): number {
    const { clock } = this.#host;
    return Math.round(clock.wall() - (clock.monotonic() - instant));
  }
}

/** The instants of a cron pattern, on the wall clock. */
export class CronInstants implements Instants {
  readonly #host: TimedHost;
  readonly #cron: Cron;

  constructor(host: TimedHost, cron: Cron) {
    this.#host = host;
    this.#cron = cron;
  }

  now(): number {
    return this.#host.clock.wall();
  }

  after(time: number): number | undefined {
    return this.#cron.nextRun(new Date(time))?.getTime();
  }

  count(from: number, to: number, max: number): number {
    return this.#between(from, to, max).length;
  }

  latest(from: number, to: number, max: number): number[] {
    const first = this.#between(from, to, max + 1);
    if (first.length <= max) return first;
    // Further back by and by, as the instants need not be evenly spaced.
    let span = ((first[max] as number) - (first[0] as number)) * 2;
    for (; to - span > from; span *= 2) {
      const last = this.#between(to - span, to, Infinity);
      if (last.length >= max) return last.slice(-max);
    }
    return this.#between(from, to, Infinity).slice(-max);
  }

  #between(from: number, to: number, max: number): number[] {
    const instants: number[] = [];
    for (let at = this.after(from); at !== undefined && at <= to && instants.length < max; at = this.after(at))
      instants.push(at);
    return instants;
  }

  wake(instant: number, callback: () => void): Timer {
    return this.#host.timers.at(instant, callback);
  }

  epochMs(instant: number): number {
    return instant;
  }
}

/** Reads a pattern of 5 fields, or 6 with seconds first. Notes a problem and returns undefined when it is wrong. */
export function checkCron(check: OptionChecks, pattern: string, tz: string): Cron | undefined {
  if (!isTimeZone(tz)) {
    check.problem("tz", "must be an IANA time zone", tz);
    return undefined;
  }
  const range = "must be a cron pattern of 5 fields, or 6 with seconds first";
  const fields = typeof pattern === "string" ? pattern.trim().split(/\s+/).length : 0;
  if (fields !== 5 && fields !== 6) {
    check.problem("pattern", range, pattern);
    return undefined;
  }
  try {
    // Without a function it has no timers. Lists and ranges of hours are to be fixed times as in Vixie cron.
    const cron = new Cron(pattern, { timezone: tz, mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" });
    if (cron.nextRun() !== null) return cron;
    check.problem("pattern", "must have an instant to come", pattern);
  } catch (error) {
    check.problem("pattern", `${range} (${error instanceof Error ? error.message : String(error)})`, pattern);
  }
  return undefined;
}

function isTimeZone(tz: string): boolean {
  if (typeof tz !== "string") return false;
  try {
    Intl.DateTimeFormat("en", { timeZone: tz });
    return true;
  } catch {
    // A RangeError says that the name is unknown.
    return false;
  }
}
