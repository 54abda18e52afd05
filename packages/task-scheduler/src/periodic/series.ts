import type { AsyncResource } from "node:async_hooks";
import { onAbort } from "@servertech/core";
import { SchedulerClosedError } from "../errors.ts";
import { newScope } from "../io-lane.ts";
import type { TaskRun } from "../task-run.ts";
import type { Scheduled, TimedHost } from "../timed-host.ts";
import type { Timer } from "../timers/timers.ts";
import { type Work, workName } from "../work.ts";
import type { Instants } from "./instants.ts";
import type { ResolvedPeriodicOptions } from "./periodic-options.ts";

/** A series of runs. */
export interface PeriodicHandle {
  /** `'ended'` after `cancel`, `max` runs, the abort of its signal, the last instant, or the scheduler's `close`. */
  readonly state: "active" | "paused" | "ended";
  /** The next instant, in milliseconds since 1970; undefined when there is none or it is not known yet. */
  readonly next: number | undefined;
  /** Runs started. */
  readonly runs: number;
  /** Instants that were not run. */
  readonly skipped: number;
  /** Runs that failed. Each failure goes to `onError`, else to the logger; the series goes on. */
  readonly failed: number;
  /** Ends the series; a run in progress goes on. Says whether it had not ended before. */
  cancel(): boolean;
  /** Stops the runs without moving the instants; what passes meanwhile is neither run nor counted. */
  pause(): void;
  /** Goes on with the next instant. */
  resume(): void;
}

/** How a series finds its next instant. */
export type Rhythm =
  | { readonly verb: "every" | "cron"; readonly instants: Instants }
  | { readonly verb: "every"; readonly instants: Instants; readonly delayMs: number };

/** Work of `every` and `cron`. At most one of its runs waits or runs at a time. */
export class Series implements PeriodicHandle, Scheduled {
  readonly #host: TimedHost;
  readonly #work: Work;
  readonly #rhythm: Rhythm;
  readonly #options: ResolvedPeriodicOptions;
  readonly #scope: AsyncResource = newScope();
  readonly #warned = { warned: false };
  #state: PeriodicHandle["state"] = "active";
  #timer: Timer | undefined;
  #due: number | undefined;
  /** The last instant that was due. */
  #last = -Infinity;
  #run: TaskRun | undefined;
  #endInterest: (() => void) | undefined;
  #runs = 0;
  #skipped = 0;
  #failed = 0;

  /** @throws SchedulerClosedError */
  constructor(host: TimedHost, work: Work, rhythm: Rhythm, options: ResolvedPeriodicOptions) {
    if (host.closed) throw new SchedulerClosedError();
    this.#host = host;
    this.#work = work;
    this.#rhythm = rhythm;
    this.#options = options;
    host.scheduled(this);
    this.#arm(this.#nextAfter(rhythm.instants.now()));
    this.#endInterest = onAbort(work.options.signal, () => this.end());
  }

  get state(): PeriodicHandle["state"] {
    return this.#state;
  }

  get next(): number | undefined {
    return this.#due === undefined ? undefined : this.#rhythm.instants.epochMs(this.#due);
  }

  get runs(): number {
    return this.#runs;
  }

  get skipped(): number {
    return this.#skipped;
  }

  get failed(): number {
    return this.#failed;
  }

  cancel(): boolean {
    if (this.#state === "ended") return false;
    this.end();
    return true;
  }

  end(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#disarm();
    this.#endInterest?.();
    this.#host.unscheduled(this);
  }

  pause(): void {
    if (this.#state !== "active") return;
    this.#state = "paused";
    this.#disarm();
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "active";
    // With a fixed delay the end of the run in progress sets the next instant.
    if (this.#delays && this.#run !== undefined) return;
    this.#arm(this.#nextAfter(Math.max(this.#rhythm.instants.now(), this.#last)));
  }

  get #delays(): boolean {
    return "delayMs" in this.#rhythm;
  }

  #nextAfter(time: number): number | undefined {
    return "delayMs" in this.#rhythm ? time + this.#rhythm.delayMs : this.#rhythm.instants.after(time);
  }

  #arm(due: number | undefined): void {
    if (due === undefined) return this.end();
    this.#due = due;
    this.#timer = this.#rhythm.instants.wake(due, () => this.#fire(due));
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = this.#due = undefined;
  }

  #fire(due: number): void {
    const { instants } = this.#rhythm;
    const now = instants.now();
    const late = now - due > this.#options.graceMs;
    const missed = this.#delays ? 0 : instants.count(due, now);
    this.#last = due;
    this.#due = undefined;
    const scheduledAt = instants.epochMs(due);
    // Before the run: it may cancel the series, and a series without a further instant ends, its last run goes on.
    if (!this.#delays) this.#arm(this.#nextAfter(now));
    if (late) this.#host.counters.late += 1;
    if (late && this.#options.misfire === "skip") {
      this.#skip(missed + 1);
      return;
    }
    this.#skip(missed);
    if (this.#run === undefined) this.#start(scheduledAt, missed);
    else this.#skip(1);
  }

  #skip(count: number): void {
    this.#skipped += count;
    this.#host.counters.skipped += count;
  }

  #start(scheduledAt: number, missed: number): void {
    const owner = {
      resolve: () => this.#ended(),
      reject: (error: unknown) => {
        this.#failed += 1;
        const { signal } = this.#work.options;
        const info = { verb: this.#rhythm.verb, task: workName(this.#work), scheduledAt };
        if (signal?.aborted !== true || error !== signal.reason) this.#host.report(error, info, this.#warned);
        this.#ended();
      },
      started: () => {
        this.#runs += 1;
        if (this.#runs >= this.#options.max) this.end();
      },
    };
    this.#run = this.#host.newRun(this.#work, owner, { timing: { scheduledAt, missed }, scope: this.#scope });
    this.#run.submit();
  }

  #ended(): void {
    this.#run = undefined;
    if (this.#delays && this.#state === "active") this.#arm(this.#nextAfter(this.#rhythm.instants.now()));
  }
}
