import type { AsyncResource } from "node:async_hooks";
import { onAbort } from "@servertech/core";
import { CancelledError, SchedulerClosedError } from "./errors.ts";
import { newScope } from "./closure-run.ts";
import type { TaskRun } from "./task-run.ts";
import type { Scheduled, TimedHost } from "./timed-host.ts";
import type { Timer } from "./timers/timers.ts";
import type { Work } from "./work.ts";

/** Where timed work stands. Waiting for others and for the next try count as `queued`. */
export type TaskState = "scheduled" | "queued" | "running" | "done" | "failed" | "cancelled";

/** One piece of timed work. */
export interface TaskHandle<R> {
  /**
   * Its result. Never an unhandled rejection: as long as nobody asks for `done`, a failure goes to `onError`, else to the
   * logger, else to a process warning.
   */
  readonly done: Promise<R>;
  /** Between two attempts it counts as queued. An abort by its signal counts as cancelled. */
  readonly state: TaskState;
  /** When it is due, in milliseconds since 1970; undefined once it was. */
  readonly next: number | undefined;
  /** Ends it with `CancelledError`, whatever it is doing; says whether that changed the outcome. */
  cancel(): boolean;
}

/** When timed work is due: on one of the two clocks. */
export type Due =
  | { readonly verb: "delay"; readonly delayMs: number }
  | { readonly verb: "at"; readonly epochMs: number };

const GRACE_MS = 1_000;

/** Work of `delay` and `at`. */
export class ScheduledTask<R> implements TaskHandle<R>, Scheduled {
  readonly #host: TimedHost;
  readonly #work: Work;
  readonly #verb: Due["verb"];
  readonly #scheduledAt: number;
  readonly #scope: AsyncResource = newScope();
  readonly #done: Promise<R>;
  #resolve!: (value: R) => void;
  #reject!: (error: unknown) => void;
  #timer: Timer | undefined;
  #endInterest: (() => void) | undefined;
  #run: TaskRun | undefined;
  #outcome: "done" | "failed" | "cancelled" | undefined;
  #cancelled: CancelledError | undefined;
  #asked = false;

  constructor(host: TimedHost, work: Work, due: Due) {
    this.#host = host;
    this.#work = work;
    this.#verb = due.verb;
    const now = host.clock.wall();
    this.#scheduledAt = due.verb === "delay" ? now + due.delayMs : due.epochMs;
    this.#done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever asks for `done` sees the failure there; the others get it reported.
    this.#done.catch(() => {});
    if (host.closed) this.#fail(new SchedulerClosedError());
    else if (work.options.signal?.aborted === true) this.#fail(work.options.signal.reason);
    else this.#wait(due);
  }

  get done(): Promise<R> {
    this.#asked = true;
    return this.#done;
  }

  get state(): TaskState {
    if (this.#outcome !== undefined) return this.#outcome;
    if (this.#run === undefined) return "scheduled";
    return this.#run.state === "running" ? "running" : "queued";
  }

  get next(): number | undefined {
    return this.state === "scheduled" ? this.#scheduledAt : undefined;
  }

  #wait(due: Due): void {
    const { timers, clock } = this.#host;
    this.#host.scheduled(this);
    this.#endInterest = onAbort(this.#work.options.signal, (reason) => this.#unschedule(reason));
    if (due.verb === "at") this.#timer = timers.at(due.epochMs, () => this.#start(clock.wall() - due.epochMs));
    else {
      const at = clock.monotonic() + due.delayMs;
      this.#timer = timers.when(at, () => this.#start(clock.monotonic() - at));
    }
  }

  #start(lateMs: number): void {
    this.#host.unscheduled(this);
    this.#endInterest?.();
    if (lateMs > GRACE_MS) this.#host.counters.late += 1;
    const owner = {
      resolve: (value: unknown) => {
        this.#outcome = "done";
        // The caller's overload says what the work returns.
        this.#resolve(value as R);
      },
      reject: (error: unknown) => this.#fail(error),
    };
    const timing = { scheduledAt: this.#scheduledAt, missed: 0 };
    this.#run = this.#host.newRun(this.#work, owner, { timing, scope: this.#scope });
    this.#run.submit();
  }

  cancel(): boolean {
    if (this.#outcome !== undefined) return false;
    this.#cancelled = new CancelledError();
    if (this.#run !== undefined) return this.#run.stop(this.#cancelled);
    this.#unschedule(this.#cancelled);
    return true;
  }

  end(): void {
    this.#cancelled = new CancelledError("the scheduler closed before the task was due");
    this.#unschedule(this.#cancelled);
  }

  #unschedule(reason: unknown): void {
    this.#host.timers.cancel(this.#timer);
    this.#endInterest?.();
    this.#host.unscheduled(this);
    this.#fail(reason);
  }

  #fail(error: unknown): void {
    const { signal } = this.#work.options;
    const wanted = error === this.#cancelled || (signal?.aborted === true && error === signal.reason);
    this.#outcome = wanted ? "cancelled" : "failed";
    this.#reject(error);
    if (wanted || this.#asked) return;
    // A caller that asks for `done` at once, as in `await delay(…).done`, must come first.
    setImmediate(() => {
      if (this.#asked) return;
      const info = { verb: this.#verb, task: this.#work.name, scheduledAt: this.#scheduledAt };
      this.#host.report(error, info, { warned: false });
    });
  }
}
