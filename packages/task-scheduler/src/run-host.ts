import type { Clock } from "./timers/clock.ts";
import type { Timers } from "./timers/timers.ts";
import type { Histograms } from "./histograms.ts";
import type { Counters } from "./stats.ts";
import type { TaskRun } from "./task-run.ts";

/** What a run needs of its scheduler. */
export interface RunHost {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly counters: Counters;
  /** Undefined unless they are wanted. */
  readonly histograms: Histograms | undefined;
  /** Runs that have no place in a lane: between two attempts, or until others have ended. */
  readonly parked: Set<TaskRun>;
  /** Whether new work is refused. */
  readonly closed: boolean;
  /** When the drain of `close` ends, on the monotonic clock; `Infinity` before `close`. */
  readonly drainEndsAt: number;
  /** A callback of the user threw. */
  callbackFailed(error: unknown, callback: string, task: string): void;
  /** A run was accepted. */
  opened(): void;
  /** An accepted run has its result. */
  settled(): void;
}
