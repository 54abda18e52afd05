import type { AsyncResource } from "node:async_hooks";
import { backoffMs, isServertechError, onAbort } from "@servertech/core";
import type { Waiting } from "./backlog.ts";
import { DependencyFailedError, SchedulerClosedError, TaskTimeoutError } from "./errors.ts";
import type { RunHost } from "./run-host.ts";
import { type ResolvedRetry, type ResolvedRunOptions, isThenable } from "./run-options.ts";
import type { Timing } from "./task-context.ts";
import { TraceSpan } from "./task-tracing.ts";
import type { Timer } from "./timers/timers.ts";

/**
 * `new` → `dependent` (it comes after others) → `queued` → `running` → `settled`; on retry `running` → `backoff` →
 * `queued`.
 */
export type RunState = "new" | "dependent" | "queued" | "running" | "backoff" | "settled";

/** Who gets the outcome of a run. */
export interface RunOwner {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** The first attempt starts. */
  started?(): void;
}

/**
 * One piece of work from submission to its only outcome: the waiting, the attempts, the limits of time and the abort.
 * Where and how it runs is its lane's affair: the lane calls `begin`, then `succeed` or `fail`, once an attempt.
 */
export abstract class TaskRun implements Waiting<TaskRun> {
  abstract readonly lane: "io" | "cpu";
  abstract readonly name: string;
  readonly priority: number;
  readonly key: string | number | undefined;
  readonly timing: Timing | undefined;
  seq = 0;
  queuedAt = 0;
  place: Waiting<this>["place"] = undefined;
  previous: this | undefined = undefined;
  next: this | undefined = undefined;
  /** The submitter's `AsyncLocalStorage`, where it is needed. */
  scope: AsyncResource | undefined;

  protected readonly host: RunHost;
  readonly #options: ResolvedRunOptions;
  readonly #owner: RunOwner;
  #state: RunState = "new";
  #attempt = 0;
  #reached: "new" | "accepted" | "started" = "new";
  #timer: Timer | undefined;
  #deadline: Timer | undefined;
  #endInterest: (() => void) | undefined;
  /** When the wait for a slot is too long, on the monotonic clock. */
  #waitEndsAt: number | undefined;
  /** The timeout of an attempt that is to be made again once its function or thread has ended. */
  #timedOut: TaskTimeoutError | undefined;
  /** The last back-off: when it ends, on the monotonic clock, and the error before it. */
  #pause: { readonly endsAt: number; readonly error: unknown } | undefined;
  #span: TraceSpan | undefined;
  /** For histograms: when it was accepted, then when it was started first. */
  #since = 0;

  constructor(
    host: RunHost,
    options: ResolvedRunOptions,
    owner: RunOwner,
    timing: Timing | undefined,
    scope: AsyncResource | undefined,
  ) {
    this.host = host;
    this.priority = options.priority;
    this.key = options.key;
    this.timing = timing;
    this.scope = scope;
    this.#options = options;
    this.#owner = owner;
  }

  get state(): RunState {
    return this.#state;
  }

  get attempt(): number {
    return this.#attempt;
  }

  /** Whether somebody wants to hear of its progress. */
  get hasProgress(): boolean {
    return this.#options.onProgress !== undefined;
  }

  /** Why the lane cannot take this run, if it cannot. */
  protected abstract refusal(): Error | undefined;
  /** Starts the run or lets it wait. */
  protected abstract enqueue(): void;
  /** Takes the waiting run out of the queue. */
  protected abstract withdraw(): void;
  /** Ends the running attempt; the lane still says when it has ended. */
  protected abstract interrupt(reason: unknown): void;
  /** How much of its limit the running attempt has left, in milliseconds, when its timer fires. */
  protected abstract remainingMs(limitMs: number): number;

  submit(): void {
    const { signal, after } = this.#options;
    if (this.host.closed) return this.#refuse(new SchedulerClosedError());
    if (signal?.aborted === true) return this.#refuse(signal.reason);
    if (after === undefined) this.#enter();
    else this.#waitFor(after);
  }

  #refuse(error: unknown): void {
    this.#state = "settled";
    this.#owner.reject(error);
  }

  #waitFor(after: NonNullable<ResolvedRunOptions["after"]>): void {
    this.#accept();
    this.#state = "dependent";
    this.host.parked.add(this);
    Promise.all(after.map((one) => (isThenable(one) ? one : one.done))).then(
      () => {
        if (this.#state !== "dependent") return;
        this.host.parked.delete(this);
        this.#enter();
      },
      (error: unknown) => void this.stop(new DependencyFailedError(this.name, error)),
    );
  }

  #enter(): void {
    const refusal = this.refusal();
    if (refusal === undefined) {
      this.#accept();
      this.#queue();
      return;
    }
    this.host.counters.dropped += 1;
    if (this.#reached === "accepted") this.#settle(false, refusal);
    else this.#refuse(refusal);
  }

  #accept(): void {
    if (this.#reached !== "new") return;
    this.#reached = "accepted";
    this.#span = TraceSpan.open(this, this.timing, this.host);
    this.#noteAccepted();
    this.host.opened();
    const { signal, deadlineMs } = this.#options;
    if (signal !== undefined) this.#endInterest = onAbort(signal, (reason) => this.stop(reason));
    if (deadlineMs === undefined) return;
    this.#deadline = this.host.timers.after(deadlineMs, () => {
      this.host.counters.timeouts += 1;
      this.stop(new TaskTimeoutError("deadline", deadlineMs, this.name));
    });
  }

  #noteAccepted(): void {
    const { histograms, clock } = this.host;
    if (histograms === undefined) return;
    this.#since = clock.monotonic();
    if (this.timing !== undefined) histograms.late(Math.max(0, clock.wall() - this.timing.scheduledAt));
  }

  #queue(): void {
    this.#state = "queued";
    const { queueTimeoutMs } = this.#options;
    if (queueTimeoutMs !== undefined)
      this.#limitWait((this.#waitEndsAt = this.host.clock.monotonic() + queueTimeoutMs));
    this.enqueue();
  }

  #limitWait(endsAt: number): void {
    this.#timer = this.host.timers.when(endsAt, () => this.#waitedTooLong());
  }

  #waitedTooLong(): void {
    const { queueTimeoutMs = 0 } = this.#options;
    this.host.counters.timeouts += 1;
    // A wait that took too long counts as an attempt: else retries without an end would be free.
    this.#attempt += 1;
    this.withdraw();
    if (this.#state === "queued") this.#failed(new TaskTimeoutError("queue", queueTimeoutMs, this.name));
  }

  /** An attempt starts. */
  begin(): void {
    this.#state = "running";
    this.#attempt += 1;
    this.host.timers.cancel(this.#timer);
    const { timeoutMs } = this.#options;
    this.#timer = timeoutMs === undefined ? undefined : this.#limitRun(timeoutMs);
    this.#span?.started(this.#attempt);
    if (this.#reached === "started") return;
    this.#reached = "started";
    this.#noteStarted();
    this.#owner.started?.();
  }

  #noteStarted(): void {
    const { histograms, clock } = this.host;
    if (histograms === undefined) return;
    const now = clock.monotonic();
    histograms.waited(now - this.#since);
    this.#since = now;
  }

  /** The attempt was given to a thread that did not start it: the run waits again, as if it had never stopped. */
  unbegin(): void {
    this.host.timers.cancel(this.#timer);
    this.#state = "queued";
    this.#attempt -= 1;
    if (this.#waitEndsAt !== undefined) this.#limitWait(this.#waitEndsAt);
  }

  #limitRun(ms: number): Timer {
    return this.host.timers.after(ms, () => this.#ranTooLong());
  }

  #ranTooLong(): void {
    const { timeoutMs = 0 } = this.#options;
    const restMs = this.remainingMs(timeoutMs);
    if (restMs > 0) {
      this.#timer = this.#limitRun(restMs);
      return;
    }
    this.host.counters.timeouts += 1;
    const error = new TaskTimeoutError("run", timeoutMs, this.name);
    const verdict = this.#verdict(error);
    if (verdict.retry) this.#timedOut = error;
    else this.#settle(false, verdict.error);
    this.interrupt(error);
  }

  /** The attempt's function has returned. */
  succeed(value: unknown): void {
    if (this.#state !== "running") return;
    if (this.#timedOut === undefined) this.#settle(true, value);
    else this.#backOff(this.#timedOut);
  }

  /** The attempt's function has thrown, or its thread has ended. */
  fail(error: unknown): void {
    if (this.#state !== "running") return;
    if (this.#timedOut === undefined) this.#failed(error);
    else this.#backOff(this.#timedOut);
  }

  /** The running attempt says how far it is. */
  progressed(value: unknown): void {
    const { onProgress } = this.#options;
    if (onProgress === undefined || this.#state !== "running") return;
    try {
      if (this.scope === undefined) onProgress(value);
      else this.scope.runInAsyncScope(onProgress, undefined, value);
    } catch (error) {
      this.host.callbackFailed(error, "onProgress", this.name);
    }
  }

  #failed(error: unknown): void {
    const verdict = this.#verdict(error);
    if (verdict.retry) this.#backOff(error);
    else this.#settle(false, verdict.error);
  }

  #verdict(error: unknown): { readonly retry: boolean; readonly error: unknown } {
    const { retry } = this.#options;
    if (retry === undefined || this.#attempt > retry.retries) return { retry: false, error };
    return retry.when === undefined ? { retry: isWorthRetrying(error), error } : this.#asked(retry.when, error);
  }

  #asked(
    when: NonNullable<ResolvedRetry["when"]>,
    error: unknown,
  ): { readonly retry: boolean; readonly error: unknown } {
    try {
      return { retry: when(error, this.#attempt), error };
    } catch (thrown) {
      return { retry: false, error: thrown };
    }
  }

  #backOff(error: unknown): void {
    const { retry } = this.#options;
    if (retry === undefined) return this.#settle(false, error);
    this.#timedOut = undefined;
    const { baseMs: minMs, maxMs, jitter } = retry;
    const delayMs = backoffMs(this.#attempt - 1, { minMs, maxMs, jitter });
    const due = this.host.clock.monotonic() + delayMs;
    if (due > this.host.drainEndsAt) return this.#settle(false, error);
    this.#state = "backoff";
    this.#pause = { endsAt: due, error };
    this.host.parked.add(this);
    this.host.timers.cancel(this.#timer);
    this.#timer = this.host.timers.when(due, () => {
      this.host.parked.delete(this);
      this.host.counters.retries += 1;
      this.#queue();
    });
  }

  /** The scheduler closes and drains until then: a back-off that would outlast it ends with its last error. */
  drainEnds(at: number): void {
    if (this.#state === "backoff" && this.#pause !== undefined && this.#pause.endsAt > at) this.stop(this.#pause.error);
  }

  /**
   * Ends the run with `reason`, whatever it is doing.
   *
   * @returns whether that changed the outcome.
   */
  stop(reason: unknown): boolean {
    const state = this.#state;
    if (state === "settled") return false;
    // First: what starts in its place may come back here.
    this.#state = "settled";
    if (state === "queued") this.withdraw();
    else if (state === "backoff" || state === "dependent") this.host.parked.delete(this);
    this.#settle(false, reason);
    if (state === "running") this.interrupt(reason);
    return true;
  }

  /** Takes the run's place in the queue from it. */
  drop(reason: Error): void {
    if (this.stop(reason)) this.host.counters.dropped += 1;
  }

  #settle(ok: boolean, value: unknown): void {
    this.#state = "settled";
    this.host.timers.cancel(this.#timer);
    this.host.timers.cancel(this.#deadline);
    this.#endInterest?.();
    if (this.#reached === "started") this.host.histograms?.ran(this.host.clock.monotonic() - this.#since);
    if (ok) this.host.counters.done += 1;
    else this.host.counters.failed += 1;
    this.#span?.settled(ok, value);
    if (ok) this.#owner.resolve(value);
    else this.#owner.reject(value);
    this.host.settled();
  }
}

const FINAL = [
  "TASK_TIMEOUT",
  "TASK_QUEUE_TIMEOUT",
  "TASK_NOT_CLONEABLE",
  "TASK_UNKNOWN",
  "TASKS_TYPESCRIPT",
  "WORKER_START",
  "OPTION_INVALID",
];

function isWorthRetrying(error: unknown): boolean {
  return !isServertechError(error) || !FINAL.includes(error.code);
}
