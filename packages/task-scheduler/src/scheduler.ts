import type { CloseOptions } from "@servertech/core";
import type { Closure } from "./closure-run.ts";
import type { Transferable } from "./cpu/thread-link.ts";
import type { Task } from "./define-tasks.ts";
import type { MapClosure, MapOptions } from "./map.ts";
import { LocalScheduler } from "./local-scheduler.ts";
import type { CronOptions, EveryOptions } from "./periodic/periodic-options.ts";
import type { PeriodicHandle } from "./periodic/series.ts";
import type { RunOptions } from "./run-options.ts";
import { type SchedulerOptions, resolveSchedulerOptions } from "./scheduler-options.ts";
import type { SchedulerStats } from "./stats.ts";
import type { Items, StreamOptions } from "./streams/open-stream.ts";
import type { TaskHandle } from "./task-handle.ts";
import type { Job } from "./queue/define-job.ts";
import type { JobCronOptions, JobRunOptions, JobSeriesOptions } from "./queue/job-verbs.ts";

/** How long `close` may take. */
export interface SchedulerCloseOptions extends CloseOptions {
  /** Time for work in hand, in milliseconds, in place of `timeoutMs`. From 0. @default timeoutMs */
  drainMs?: number | undefined;
}

/** Options of work that may run in more than one place. */
export interface LaneOptions {
  /** `'io'` runs a task here instead of on a thread. @default 'cpu' */
  lane?: "io" | "cpu" | undefined;
  /** Parts of the arguments that are given to the thread instead of copied; unusable here afterwards. @default none */
  transfer?: readonly Transferable[] | undefined;
}

/** The options of a call that runs a task: with its arguments, which may only be left out when there are none. */
export type TaskOptions<Args extends unknown[], Options> = [] extends Args
  ? [options?: Options & LaneOptions & { readonly args?: Args | undefined }]
  : [options: Options & LaneOptions & { readonly args: Args }];

/**
 * Runs work now or later, on the event loop or on threads.
 *
 * A closure runs here, at most `io.concurrency` at once; a task of `defineTasks` runs on a worker thread. What was
 * accepted ends in a result, an error or a counted skip.
 */
export interface Scheduler extends AsyncDisposable {
  /**
   * Runs `task` on a thread, or `closure` here, as soon as a slot is free; a closure that finds one starts before this
   * returns. Rejects with `QueueFullError`, `TaskTimeoutError`, `SchedulerClosedError`, the signal's reason, or with
   * what the work throws; for threads also with `WorkerCrashedError`, `WorkerStartError`, `TaskNotCloneableError`,
   * `UnknownTaskError` and `TasksSourceError`. Wrong options reject with `OptionError`.
   */
  run<Args extends unknown[], R>(task: Task<Args, R>, ...options: TaskOptions<Args, RunOptions>): Promise<Awaited<R>>;
  run<R>(closure: Closure<R>, options?: RunOptions): Promise<Awaited<R>>;
  run<Input, R>(job: Job<Input, R>, options: JobRunOptions<Input>): Promise<Awaited<R>>;

  /**
   * Runs `task` once for each list of arguments, many in one message, or `closure` here; resolves to the results in
   * order. Rejects with the first failure and drops what has not started; with `settle: true` it resolves to outcomes as
   * `Promise.allSettled` does. On threads the chunk is the unit of a time limit and of loss: when a thread crashes, all
   * items of the chunk it had are rejected.
   */
  map<Args extends unknown[], R>(
    task: Task<Args, R>,
    argLists: readonly Args[],
    options: MapOptions & LaneOptions & { readonly settle: true },
  ): Promise<PromiseSettledResult<Awaited<R>>[]>;
  map<Args extends unknown[], R>(
    task: Task<Args, R>,
    argLists: readonly Args[],
    options?: MapOptions & LaneOptions,
  ): Promise<Awaited<R>[]>;
  map<Args extends readonly unknown[], R>(
    closure: MapClosure<Args, R>,
    argLists: readonly (readonly [...Args])[],
    options: MapOptions & { readonly settle: true },
  ): Promise<PromiseSettledResult<Awaited<R>>[]>;
  map<Args extends readonly unknown[], R>(
    closure: MapClosure<Args, R>,
    argLists: readonly (readonly [...Args])[],
    options?: MapOptions,
  ): Promise<Awaited<R>[]>;

  /**
   * Runs a generator, of a thread or here, and iterates over its items, at most `highWaterMark` ahead of the reader.
   * `break` or `return()` runs its `finally`; a thread is ended if that takes longer than `cpu.killMs`.
   *
   * @throws OptionError, SchedulerClosedError
   */
  stream<Args extends unknown[], T>(
    task: Task<Args, Items<T>>,
    ...options: TaskOptions<Args, StreamOptions>
  ): AsyncIterableIterator<T>;
  stream<T>(closure: Closure<Items<T>>, options?: StreamOptions): AsyncIterableIterator<T>;

  /**
   * Runs the work once, `delayMs` milliseconds from now (monotonic clock; from 0, any safe integer).
   *
   * @throws OptionError
   */
  delay<Args extends unknown[], R>(
    delayMs: number,
    task: Task<Args, R>,
    ...options: TaskOptions<Args, RunOptions>
  ): TaskHandle<Awaited<R>>;
  delay<R>(delayMs: number, closure: Closure<R>, options?: RunOptions): TaskHandle<Awaited<R>>;
  delay<Input, R>(delayMs: number, job: Job<Input, R>, options: JobRunOptions<Input>): TaskHandle<Awaited<R>>;

  /**
   * Runs the work once at an instant of the wall clock, at once if it is past.
   *
   * @throws OptionError
   */
  at<Args extends unknown[], R>(
    instant: Date | number,
    task: Task<Args, R>,
    ...options: TaskOptions<Args, RunOptions>
  ): TaskHandle<Awaited<R>>;
  at<R>(instant: Date | number, closure: Closure<R>, options?: RunOptions): TaskHandle<Awaited<R>>;
  at<Input, R>(instant: Date | number, job: Job<Input, R>, options: JobRunOptions<Input>): TaskHandle<Awaited<R>>;

  /**
   * Runs the work every `intervalMs` milliseconds, at least 1; for the first time after one interval.
   *
   * @throws OptionError, SchedulerClosedError
   */
  every<Args extends unknown[], R>(
    intervalMs: number,
    task: Task<Args, R>,
    ...options: TaskOptions<Args, EveryOptions>
  ): PeriodicHandle;
  every<R>(intervalMs: number, closure: Closure<R>, options?: EveryOptions): PeriodicHandle;
  every<Input, R>(intervalMs: number, job: Job<Input, R>, options: JobSeriesOptions<Input>): PeriodicHandle;

  /**
   * Runs the work at the instants of a cron pattern: 5 fields, or 6 with seconds first; names, `L`, `W`, `#` and `+` as
   * in croner. Day of month and day of week are alternatives. Times fixed to an hour run once on the days on which the
   * clock changes; patterns with `*` or steps follow real time.
   *
   * @throws OptionError, SchedulerClosedError
   */
  cron<Args extends unknown[], R>(
    pattern: string,
    task: Task<Args, R>,
    ...options: TaskOptions<Args, CronOptions>
  ): PeriodicHandle;
  cron<R>(pattern: string, closure: Closure<R>, options?: CronOptions): PeriodicHandle;
  cron<Input, R>(pattern: string, job: Job<Input, R>, options: JobCronOptions<Input>): PeriodicHandle;

  /**
   * Refuses new work, cancels what is not due, lets waiting and running work end for `timeoutMs`, then rejects the rest
   * with `SchedulerClosedError` and ends all threads, within a second. Never rejects because of a task.
   */
  close(options?: SchedulerCloseOptions): Promise<void>;

  stats(): SchedulerStats;
}

/**
 * A scheduler. Starts nothing until there is work.
 *
 * @throws OptionError with every wrong option.
 */
export function createScheduler(options: SchedulerOptions = {}): Scheduler {
  return new LocalScheduler(resolveSchedulerOptions(options));
}
