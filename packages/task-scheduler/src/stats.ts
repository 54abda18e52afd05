import type { HistogramStats } from "./histograms.ts";

/** A snapshot of a scheduler. Counts are since its creation, unless "now" is said. */
export interface SchedulerStats {
  /** Timed work not due now, periodic series included. */
  readonly scheduled: number;
  /** Waiting for a slot, for what they come after, or between two attempts, now. */
  readonly queued: number;
  /** Slots of the `io` lane in use and calls that threads have, now. */
  readonly running: number;
  /** Runs that ended with a result. */
  readonly done: number;
  /** Runs that ended with an error, whatever its kind. */
  readonly failed: number;
  /** Timed runs that were due more than their grace (`delay`, `at`: 1,000 ms) before they could be started. */
  readonly late: number;
  /** Instants of periodic work that were not run. */
  readonly skipped: number;
  /** Runs that a full queue refused or dropped, and those that a close took out of the queue. */
  readonly dropped: number;
  /** Attempts and waits that reached their limit of time. */
  readonly timeouts: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Undefined without the option `histograms`. */
  readonly histograms: HistogramStats | undefined;
  readonly io: {
    readonly running: number;
    /** Functions that go on after their timeout or abort, now: each still holds its slot. */
    readonly overdue: number;
  };
  readonly cpu: {
    readonly threads: number;
    readonly idle: number;
    /** Threads that crashed or had to be ended. */
    readonly respawns: number;
    /** Calls taken back from threads that did not come to start them. */
    readonly stolen: number;
  };
}

/** The counts that only grow. */
export interface Counters {
  done: number;
  failed: number;
  late: number;
  skipped: number;
  dropped: number;
  timeouts: number;
  retries: number;
}

export function zeroCounters(): Counters {
  return { done: 0, failed: 0, late: 0, skipped: 0, dropped: 0, timeouts: 0, retries: 0 };
}
