import { backoffMs, isServertechError, onAbort } from "@servertech/core";
import { SchedulerClosedError, TaskTimeoutError } from "./errors.ts";
import type { ResolvedRetry, ResolvedRunOptions } from "./run-options.ts";
import type { RunHost } from "./run-host.ts";
import type { Timing } from "./task-context.ts";
import { TraceSpan } from "./task-tracing.ts";
import type { Timer } from "./timers/timers.ts";

/** `new` → `queued` → `running` → `settled`; on retry `running` → `backoff` → `queued`. */
export type RunState = "new" | "queued" | "running" | "backoff" | "settled";

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
export abstract class TaskRun {
  abstract readonly lane: "io" | "cpu";
  abstract readonly name: string;
  readonly priority: number;
  readonly timing: Timing | undefined;
  seq = 0;
  queuedAt = 0;
  previous: this | undefined = undefined;
  next: this | undefined = undefined;

  protected readonly host: RunHost;
  readonly #options: ResolvedRunOptions;
  readonly #owner: RunOwner;
  #state: RunState = "new";
  #attempt = 0;
  #started = false;
  #timer: Timer | undefined;
  #endInterest: (() => void) | undefined;
  /** The timeout of an attempt that is to be made again once its function or thread has ended. */
  #timedOut: TaskTimeoutError | undefined;
  #lastError: unknown;
  /** On the monotonic clock. */
  #backOffEndsAt = 0;
  #span: TraceSpan | undefined;

  constructor(host: RunHost, options: ResolvedRunOptions, owner: RunOwner, timing: Timing | undefined) {
    this.host = host;
    this.priority = options.priority;
    this.timing = timing;
    this.#options = options;
    this.#owner = owner;
  }

  get state(): RunState {
    return this.#state;
  }

  get attempt(): number {
    return this.#attempt;
  }

  protected get retry(): ResolvedRetry | undefined {
    return this.#options.retry;
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
    const { signal } = this.#options;
    if (this.host.closed) return this.#refuse(new SchedulerClosedError());
    if (signal?.aborted === true) return this.#refuse(signal.reason);
    const refusal = this.refusal();
    if (refusal !== undefined) {
      this.host.counters.dropped += 1;
      return this.#refuse(refusal);
    }
    this.#span = TraceSpan.open(this, this.timing);
    this.host.opened();
    if (signal !== undefined) this.#endInterest = onAbort(signal, (reason) => this.stop(reason));
    this.#queue();
  }

  #refuse(error: unknown): void {
    this.#state = "settled";
    this.#owner.reject(error);
  }

  #queue(): void {
    this.#state = "queued";
    const { queueTimeoutMs } = this.#options;
    if (queueTimeoutMs !== undefined) this.#timer = this.host.timers.after(queueTimeoutMs, this.#waitedTooLong);
    this.enqueue();
  }

  readonly #waitedTooLong = (): void => {
    const { queueTimeoutMs = 0 } = this.#options;
    this.host.counters.timeouts += 1;
    // A wait that took too long counts as an attempt: else retries without an end would be free.
    this.#attempt += 1;
    this.withdraw();
    this.#failed(new TaskTimeoutError("queue", queueTimeoutMs, this.name));
  };

  /** An attempt starts. */
  begin(): void {
    this.#state = "running";
    this.#attempt += 1;
    this.#timer?.cancel();
    const { timeoutMs } = this.#options;
    this.#timer = timeoutMs === undefined ? undefined : this.host.timers.after(timeoutMs, this.#ranTooLong);
    this.#span?.started(this.#attempt);
    if (this.#started) return;
    this.#started = true;
    this.#owner.started?.();
  }

  /** The attempt was given to a thread that ended before it started it: the run waits again. */
  unbegin(): void {
    this.#timer?.cancel();
    this.#state = "queued";
    this.#attempt -= 1;
  }

  readonly #ranTooLong = (): void => {
    const { timeoutMs = 0 } = this.#options;
    const restMs = this.remainingMs(timeoutMs);
    if (restMs > 0) {
      this.#timer = this.host.timers.after(restMs, this.#ranTooLong);
      return;
    }
    this.host.counters.timeouts += 1;
    const error = new TaskTimeoutError("run", timeoutMs, this.name);
    const verdict = this.#verdict(error);
    if (verdict.retry) this.#timedOut = error;
    else this.#settle(false, verdict.error);
    this.interrupt(error);
  };

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

  #failed(error: unknown): void {
    const verdict = this.#verdict(error);
    if (verdict.retry) this.#backOff(error);
    else this.#settle(false, verdict.error);
  }

  #verdict(error: unknown): { readonly retry: boolean; readonly error: unknown } {
    const { retry } = this.#options;
    if (retry === undefined || this.#attempt > retry.retries) return { retry: false, error };
    if (retry.when === undefined) return { retry: isWorthRetrying(error), error };
    try {
      return { retry: retry.when(error, this.#attempt), error };
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
    this.#lastError = error;
    this.host.backingOff.add(this);
    this.#timer?.cancel();
    this.#timer = this.host.timers.when(due, () => {
      this.host.backingOff.delete(this);
      this.host.counters.retries += 1;
      this.#queue();
    });
    this.#backOffEndsAt = due;
  }

  /** The scheduler closes and drains until then: a back-off that would outlast it ends with its last error. */
  drainEnds(at: number): void {
    if (this.#state === "backoff" && this.#backOffEndsAt > at) this.stop(this.#lastError);
  }

  /**
   * Ends the run with `reason`, whatever it is doing.
   *
   * @returns whether that changed the outcome.
   */
  stop(reason: unknown): boolean {
    const state = this.#state;
    if (state === "settled") return false;
    if (state === "queued") this.withdraw();
    else if (state === "backoff") this.host.backingOff.delete(this);
    this.#settle(false, reason);
    if (state === "running") this.interrupt(reason);
    return true;
  }

  #settle(ok: boolean, value: unknown): void {
    this.#state = "settled";
    this.#timer?.cancel();
    this.#endInterest?.();
    if (ok) this.host.counters.done += 1;
    else this.host.counters.failed += 1;
    this.#span?.settled(ok, value);
    if (ok) this.#owner.resolve(value);
    else this.#owner.reject(value);
    this.host.settled();
  }
}

function isWorthRetrying(error: unknown): boolean {
  if (!isServertechError(error)) return true;
  return !["TASK_TIMEOUT", "TASK_QUEUE_TIMEOUT", "TASK_NOT_CLONEABLE", "TASK_UNKNOWN"].includes(error.code);
}
