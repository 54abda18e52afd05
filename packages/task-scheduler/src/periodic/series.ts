import type { AsyncResource } from "node:async_hooks";
import { onAbort } from "@servertech/core";
import { ReplacedError, SchedulerClosedError } from "../errors.ts";
import { newScope } from "../closure-run.ts";
import type { TaskRun } from "../task-run.ts";
import type { Scheduled, TimedHost } from "../timed-host.ts";
import type { Timer } from "../timers/timers.ts";
import type { Work } from "../work.ts";
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

/** An instant that is to run. */
interface Occasion {
  readonly scheduledAt: number;
  readonly missed: number;
}

/** Work of `every` and `cron`: which of its instants run, and when. */
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
  /** Starts that `jitterMs` puts off. */
  readonly #putOff = new Set<Timer>();
  /** Runs that wait or run. */
  readonly #current = new Set<TaskRun>();
  readonly #started = new WeakSet<TaskRun>();
  /** With the overlap `'queue'`: the instant that waits for the end of the run before. */
  #held: Occasion | undefined;
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
    this.#stopStarting();
    this.#endInterest?.();
    this.#host.unscheduled(this);
  }

  pause(): void {
    if (this.#state !== "active") return;
    this.#state = "paused";
    this.#stopStarting();
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "active";
    this.#goOn();
  }

  /** Sets the timer for the next instant, unless something else will. */
  #goOn(): void {
    if (this.#state !== "active" || this.#due !== undefined || this.#isPlanned) return;
    // With a fixed delay the end of the run in progress sets the next instant.
    if (this.#delays && this.#busy) return;
    this.#arm(this.#nextAfter(Math.max(this.#rhythm.instants.now(), this.#last)));
  }

  /** What was to start and has not is skipped. */
  #stopStarting(): void {
    this.#host.timers.cancel(this.#timer);
    this.#timer = this.#due = undefined;
    this.#skip(this.#putOff.size + (this.#held === undefined ? 0 : 1));
    for (const timer of this.#putOff) this.#host.timers.cancel(timer);
    this.#putOff.clear();
    this.#held = undefined;
  }

  get #delays(): boolean {
    return "delayMs" in this.#rhythm;
  }

  /** Whether a start is put off, or a run waits or runs. */
  get #busy(): boolean {
    return this.#putOff.size + this.#current.size > 0;
  }

  /** Whether all runs that `max` allows have started or are to start. */
  get #isPlanned(): boolean {
    let waiting = this.#putOff.size + (this.#held === undefined ? 0 : 1);
    for (const run of this.#current) if (!this.#started.has(run)) waiting += 1;
    return this.#runs + waiting >= this.#options.max;
  }

  #nextAfter(time: number): number | undefined {
    const { instants } = this.#rhythm;
    const next = "delayMs" in this.#rhythm ? time + this.#rhythm.delayMs : instants.after(time);
    return next === undefined || instants.epochMs(next) > this.#options.until ? undefined : next;
  }

  #arm(due: number | undefined): void {
    if (due === undefined) {
      // The last instant is past: what is still to start, starts.
      if (this.#putOff.size === 0 && this.#held === undefined) this.end();
      return;
    }
    this.#due = due;
    this.#timer = this.#rhythm.instants.wake(due, () => this.#fire(due));
  }

  #fire(due: number): void {
    const { instants } = this.#rhythm;
    const { misfire, graceMs, catchUpMax } = this.#options;
    const now = instants.now();
    const late = now - due > graceMs;
    const missed = this.#delays ? 0 : instants.count(due, now, catchUpMax);
    this.#last = due;
    this.#due = undefined;
    if (late) this.#host.counters.late += 1;
    if (misfire === "all") this.#catchUp(due, now, missed);
    else if (misfire === "skip" && late) this.#skip(missed + 1);
    else {
      this.#skip(missed);
      this.#meet({ scheduledAt: instants.epochMs(due), missed: misfire === "once" ? missed : 0 });
    }
    this.#goOn();
  }

  /** Runs an instant and those after it, up to `catchUpMax` in all; older ones are skipped. */
  #catchUp(due: number, now: number, missed: number): void {
    const { instants } = this.#rhythm;
    const { catchUpMax, until } = this.#options;
    const latest = instants.latest(due, now, catchUpMax).filter((at) => instants.epochMs(at) <= until);
    const all = latest.length < catchUpMax ? [due, ...latest] : latest;
    this.#skip(Math.max(0, missed + 1 - all.length));
    for (const at of all) {
      if (this.#state !== "active" || this.#isPlanned) return;
      this.#meet({ scheduledAt: instants.epochMs(at), missed: 0 });
    }
  }

  /** An instant is to run: the runs before it decide how. */
  #meet(occasion: Occasion): void {
    const { overlap } = this.#options;
    if (overlap === "parallel" || !this.#busy) this.#putOffOrStart(occasion);
    else if (overlap === "queue" && this.#held === undefined) this.#held = occasion;
    else if (overlap === "replace") this.#replace(occasion);
    else this.#skip(1);
  }

  #replace(occasion: Occasion): void {
    this.#skip(this.#putOff.size);
    for (const timer of this.#putOff) this.#host.timers.cancel(timer);
    this.#putOff.clear();
    const error = new ReplacedError();
    for (const run of this.#current) {
      this.#current.delete(run);
      run.stop(error);
    }
    this.#putOffOrStart(occasion);
  }

  #putOffOrStart(occasion: Occasion): void {
    const { jitterMs } = this.#options;
    if (jitterMs === 0) {
      this.#start(occasion);
      return;
    }
    const timer = this.#host.timers.after(Math.random() * jitterMs, () => {
      this.#putOff.delete(timer);
      this.#start(occasion);
      this.#goOn();
    });
    this.#putOff.add(timer);
  }

  #skip(count: number): void {
    this.#skipped += count;
    this.#host.counters.skipped += count;
  }

  #start({ scheduledAt, missed }: Occasion): void {
    const owner = {
      resolve: () => this.#ended(run),
      reject: (error: unknown) => {
        this.#noteFailure(error, scheduledAt);
        this.#ended(run);
      },
      started: () => {
        this.#started.add(run);
        this.#runs += 1;
        if (this.#runs >= this.#options.max) this.end();
      },
    };
    const run = this.#host.newRun(this.#work, owner, { timing: { scheduledAt, missed }, scope: this.#scope });
    this.#current.add(run);
    run.submit();
  }

  #noteFailure(error: unknown, scheduledAt: number): void {
    if (error instanceof ReplacedError) return;
    this.#failed += 1;
    const { signal } = this.#work.options;
    if (signal?.aborted === true && error === signal.reason) return;
    this.#host.report(error, { verb: this.#rhythm.verb, task: this.#work.name, scheduledAt }, this.#warned);
  }

  #ended(run: TaskRun): void {
    if (!this.#current.delete(run)) return;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#putOffOrStart(held);
    this.#goOn();
  }
}
