import type { AsyncResource } from "node:async_hooks";
import { CloseOnce, type Logger, type OptionChecks, onAbort, optionChecks, safeLogger } from "@servertech/core";
import type { Cron } from "croner";
import { type Closure, ClosureRun } from "./closure-run.ts";
import { CpuLane } from "./cpu/cpu-lane.ts";
import { ThreadRun } from "./cpu/thread-run.ts";
import type { Task } from "./define-tasks.ts";
import { SchedulerClosedError } from "./errors.ts";
import { type FailureInfo, FailureReporter } from "./failure-reporter.ts";
import { Histograms } from "./histograms.ts";
import { IoLane } from "./io-lane.ts";
import { KeepAlive } from "./keep-alive.ts";
import { CronInstants, GridInstants, checkCron } from "./periodic/instants.ts";
import {
  type CronOptions,
  type EveryOptions,
  PERIODIC_OPTIONS,
  checkFixedDelay,
  checkPeriodicOptions,
} from "./periodic/periodic-options.ts";
import { type PeriodicHandle, Series } from "./periodic/series.ts";
import { type MapClosure, mapAll } from "./map.ts";
import type { AnyJobDefinition } from "./queue/define-job.ts";
import { jobDefinition } from "./queue/define-job.ts";
import { JobVerbs } from "./queue/job-verbs.ts";
import type { QueueHost } from "./queue/queue-engine.ts";
import type { Scheduler, SchedulerCloseOptions } from "./scheduler.ts";
import { openStream } from "./streams/open-stream.ts";
import type { ResolvedSchedulerOptions } from "./scheduler-options.ts";
import { type Counters, type SchedulerStats, zeroCounters } from "./stats.ts";
import type { Timing } from "./task-context.ts";
import { ScheduledTask, type TaskHandle } from "./task-handle.ts";
import type { RunOwner, TaskRun } from "./task-run.ts";
import type { Scheduled, TimedHost } from "./timed-host.ts";
import type { Clock } from "./timers/clock.ts";
import { Timers } from "./timers/timers.ts";
import { type AnyOptions, type Lanes, type Target, type Work, checkWork, resolveWork } from "./work.ts";

const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

/** The scheduler of one process: its lanes, its timers, its timed work and its end. */
export class LocalScheduler implements Scheduler, TimedHost {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly counters: Counters = zeroCounters();
  readonly histograms: Histograms | undefined;
  readonly parked: Set<TaskRun> = new Set();
  drainEndsAt: number = Infinity;
  readonly #options: ResolvedSchedulerOptions;
  readonly #io: IoLane;
  readonly #cpu: CpuLane;
  readonly #jobs: JobVerbs;
  readonly #timed = new Set<Scheduled>();
  readonly #failures: FailureReporter;
  readonly #logger: Logger;
  readonly #keepAlive = new KeepAlive();
  readonly #closing = new CloseOnce(({ force }) => this.#end(force));
  /** Runs accepted and not settled. */
  #active = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: ResolvedSchedulerOptions) {
    const { agingMs, clock, logger } = options;
    this.#options = options;
    this.histograms = options.histograms ? new Histograms() : undefined;
    this.clock = clock;
    this.timers = new Timers(clock);
    this.#failures = new FailureReporter(options.onError, logger);
    this.#logger = safeLogger(logger);
    this.#jobs = new JobVerbs(options.queue, this.#queueHost());
    this.#io = new IoLane(this, { ...options.io, agingMs });
    this.#cpu = new CpuLane(this, { ...options.cpu, agingMs, logger: this.#logger });
  }

  run(target: Target, options?: AnyOptions): Promise<never> {
    const job = queuedJob(target, options);
    if (job !== undefined) return this.#runJob(job, options);
    let work: Work;
    try {
      work = resolveWork(target, options);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.newRun(work, { resolve, reject }).submit();
    });
  }

  #runJob(job: AnyJobDefinition, options: AnyOptions | undefined): Promise<never> {
    return new Promise((resolve) => resolve(this.#jobs.submit(job, options, 0, "run").done));
  }

  map(
    target: Task | MapClosure<never, unknown>,
    argLists: readonly (readonly unknown[])[],
    options?: AnyOptions,
  ): Promise<never> {
    // The caller's overload says what the results are.
    return new Promise((resolve) => resolve(mapAll(this, this.#lanes, target, argLists, options) as Promise<never>));
  }

  stream(target: Closure | Task, options?: AnyOptions): AsyncIterableIterator<never> {
    // The caller's overload says what the items are.
    return openStream(this, this.#lanes, target, options) as AsyncIterableIterator<never>;
  }

  delay(delayMs: number, target: Target, options?: AnyOptions): TaskHandle<never> {
    const job = queuedJob(target, options);
    if (job !== undefined) return this.#jobs.submit(job, options, delayMs, "delay");
    const { check, work } = checkWork(target, options, []);
    check.duration("delayMs", delayMs);
    check.done(undefined);
    return new ScheduledTask<never>(this, work, { verb: "delay", delayMs });
  }

  at(instant: Date | number, target: Target, options?: AnyOptions): TaskHandle<never> {
    const job = queuedJob(target, options);
    if (job !== undefined) return this.#jobs.submit(job, options, checkedInstant(instant) - this.clock.wall(), "at");
    const { check, work } = checkWork(target, options, []);
    const epochMs = checkInstant(check, instant);
    check.done(undefined);
    return new ScheduledTask<never>(this, work, { verb: "at", epochMs });
  }

  every(intervalMs: number, target: Target, options: EveryOptions = {}): PeriodicHandle {
    const job = queuedJob(target, options);
    if (job !== undefined) return this.#jobs.every(job, intervalMs, options);
    const { check, work } = checkWork(target, options, [...PERIODIC_OPTIONS, "mode"]);
    check.duration("intervalMs", intervalMs, { min: 1 });
    const mode = check.oneOf("mode", options.mode ?? "fixed-rate", ["fixed-rate", "fixed-delay"]);
    const periodic = checkPeriodicOptions(check, options);
    if (mode === "fixed-delay") checkFixedDelay(check, periodic);
    check.done(undefined);
    const instants = new GridInstants(this, intervalMs);
    const rhythm = { verb: "every", instants } as const;
    return new Series(this, work, mode === "fixed-rate" ? rhythm : { ...rhythm, delayMs: intervalMs }, periodic);
  }

  cron(pattern: string, target: Target, options: CronOptions = {}): PeriodicHandle {
    const job = queuedJob(target, options);
    if (job !== undefined) return this.#jobs.cron(job, pattern, options);
    const { check, work } = checkWork(target, options, [...PERIODIC_OPTIONS, "tz"]);
    const periodic = checkPeriodicOptions(check, options);
    // Where there is none, a problem was noted.
    const cron = checkCron(check, pattern, options.tz ?? "UTC") as Cron;
    check.done(undefined);
    return new Series(this, work, { verb: "cron", instants: new CronInstants(this, cron) }, periodic);
  }

  close({ drainMs, ...options }: SchedulerCloseOptions = {}): Promise<void> {
    const bounds = drainMs === undefined ? options : { ...options, timeoutMs: drainMs };
    const closing = this.#closing.close(bounds);
    if (this.#closing.started) this.#drainAtMost(bounds.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS);
    return closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): SchedulerStats {
    const { threads, idle, respawns, stolen } = this.#cpu.stats;
    return Object.freeze({
      scheduled: this.#timed.size,
      queued: this.#io.waiting + this.#cpu.waiting + this.parked.size,
      running: this.#io.running + this.#cpu.running,
      ...this.counters,
      histograms: this.histograms?.summary(),
      io: Object.freeze({ running: this.#io.running, overdue: this.#io.overdue }),
      cpu: Object.freeze({ threads, idle, respawns, stolen }),
    });
  }

  #queueHost(): QueueHost {
    return {
      logger: this.#logger,
      isClosed: () => this.closed,
      opened: () => this.opened(),
      settled: (ok) => {
        if (ok) this.counters.done += 1;
        else this.counters.failed += 1;
        this.settled();
      },
      callbackFailed: (error, callback, task) => this.callbackFailed(error, callback, task),
      report: (error, info) => this.report(error, info, { warned: false }),
    };
  }

  get #lanes(): Lanes {
    return { io: this.#io, cpu: this.#cpu };
  }

  get closed(): boolean {
    return this.#closing.started;
  }

  newRun(
    work: Work,
    owner: RunOwner,
    timed?: { readonly timing: Timing; readonly scope: AsyncResource },
  ): ClosureRun | ThreadRun {
    if (work.lane === "cpu") return new ThreadRun(this, this.#cpu, work, owner, timed);
    return new ClosureRun(this, this.#io, work, owner, timed);
  }

  opened(): void {
    this.#active += 1;
    if (this.#active === 1) this.#hold();
  }

  settled(): void {
    this.#active -= 1;
    if (this.#active > 0) return;
    this.#hold();
    this.#onIdle?.();
  }

  scheduled(item: Scheduled): void {
    this.#timed.add(item);
    this.#hold();
  }

  unscheduled(item: Scheduled): void {
    this.#timed.delete(item);
    this.#hold();
  }

  #hold(): void {
    const pending = this.#options.keepAlive && this.#timed.size > 0;
    this.#keepAlive.hold(this.#active > 0 || pending || this.closed);
  }

  report(error: unknown, info: FailureInfo, warned: { warned: boolean }): void {
    this.#failures.report(error, info, warned);
  }

  callbackFailed(error: unknown, callback: string, task: string): void {
    this.#logger.error({ err: error, task }, `${callback} threw`);
  }

  /** Nothing more becomes due, nobody waits for room; a back-off that would outlast the drain ends now. */
  #drainAtMost(timeoutMs: number): void {
    this.drainEndsAt = Math.min(this.drainEndsAt, this.clock.monotonic() + timeoutMs);
    for (const item of this.#timed) item.end();
    for (const run of [...this.#io.callers(), ...this.#cpu.callers()]) run.drop(new SchedulerClosedError());
    for (const run of this.parked) run.drainEnds(this.drainEndsAt);
  }

  async #end(force: AbortSignal): Promise<void> {
    this.#hold();
    await this.#drained(force);
    this.#dropRest();
    await Promise.all([this.#cpu.close(), this.#jobs.close(force)]);
    this.#keepAlive.end();
  }

  #drained(force: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#active === 0) return resolve();
      const endInterest = onAbort(force, () => resolve());
      this.#onIdle = () => {
        endInterest();
        resolve();
      };
    });
  }

  #dropRest(): void {
    if (this.#active === 0) return;
    const { queued, running } = this.stats();
    this.#logger.warn({ queued, running }, "the scheduler closed before all of its work had ended");
    const error = new SchedulerClosedError("the scheduler closed before the task had ended");
    this.#jobs.dropAll(error);
    for (const run of [...this.#io.runs(), ...this.#cpu.runs(), ...this.parked])
      if (run.state === "queued") run.drop(error);
      else run.stop(error);
  }
}

/** What goes to the queue. */
function queuedJob(target: Target, options: AnyOptions | undefined): AnyJobDefinition | undefined {
  if (typeof target !== "object" || target === null || options?.lane === "io") return undefined;
  return jobDefinition(target);
}

function checkInstant(check: OptionChecks, instant: Date | number): number {
  const epochMs = instant instanceof Date ? instant.getTime() : instant;
  if (typeof epochMs !== "number" || !Number.isFinite(epochMs))
    check.problem("instant", "must be a valid Date or milliseconds since 1970", instant);
  return epochMs;
}

function checkedInstant(instant: Date | number): number {
  const check = optionChecks(undefined, []);
  return check.done(Math.round(checkInstant(check, instant)));
}
