import type { AsyncResource } from "node:async_hooks";
import { CloseOnce, type CloseOptions, type Logger, onAbort, safeLogger } from "@servertech/core";
import type { Cron } from "croner";
import { type Closure, ClosureRun } from "./closure-run.ts";
import { CpuLane } from "./cpu/cpu-lane.ts";
import { ThreadRun } from "./cpu/thread-run.ts";
import type { Task } from "./define-tasks.ts";
import { SchedulerClosedError } from "./errors.ts";
import { type FailureInfo, FailureReporter } from "./failure-reporter.ts";
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
import type { Scheduler } from "./scheduler.ts";
import type { ResolvedSchedulerOptions } from "./scheduler-options.ts";
import { type Counters, type SchedulerStats, zeroCounters } from "./stats.ts";
import type { Timing } from "./task-context.ts";
import { ScheduledTask, type TaskHandle } from "./task-handle.ts";
import type { RunOwner, TaskRun } from "./task-run.ts";
import type { Scheduled, TimedHost } from "./timed-host.ts";
import type { Clock } from "./timers/clock.ts";
import { Timers } from "./timers/timers.ts";
import { type AnyOptions, type Work, checkWork, resolveWork } from "./work.ts";

const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

/** The scheduler of one process: its lanes, its timers, its timed work and its end. */
export class LocalScheduler implements Scheduler, TimedHost {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly counters: Counters = zeroCounters();
  readonly parked: Set<TaskRun> = new Set();
  drainEndsAt: number = Infinity;
  readonly #options: ResolvedSchedulerOptions;
  readonly #io: IoLane;
  readonly #cpu: CpuLane;
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
    this.clock = clock;
    this.timers = new Timers(clock);
    this.#failures = new FailureReporter(options.onError, logger);
    this.#logger = safeLogger(logger);
    this.#io = new IoLane(this, { ...options.io, agingMs });
    this.#cpu = new CpuLane(this, { ...options.cpu, agingMs, logger: this.#logger });
  }

  run(target: Closure | Task, options?: AnyOptions): Promise<never> {
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

  delay(delayMs: number, target: Closure | Task, options?: AnyOptions): TaskHandle<never> {
    const { check, work } = checkWork(target, options, []);
    check.duration("delayMs", delayMs);
    check.done(undefined);
    return new ScheduledTask<never>(this, work, { verb: "delay", delayMs });
  }

  at(instant: Date | number, target: Closure | Task, options?: AnyOptions): TaskHandle<never> {
    const { check, work } = checkWork(target, options, []);
    const epochMs = instant instanceof Date ? instant.getTime() : instant;
    if (typeof epochMs !== "number" || !Number.isFinite(epochMs))
      check.problem("instant", "must be a valid Date or milliseconds since 1970", instant);
    check.done(undefined);
    return new ScheduledTask<never>(this, work, { verb: "at", epochMs });
  }

  every(intervalMs: number, target: Closure | Task, options: EveryOptions = {}): PeriodicHandle {
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

  cron(pattern: string, target: Closure | Task, options: CronOptions = {}): PeriodicHandle {
    const { check, work } = checkWork(target, options, [...PERIODIC_OPTIONS, "tz"]);
    const periodic = checkPeriodicOptions(check, options);
    // Where there is none, a problem was noted.
    const cron = checkCron(check, pattern, options.tz ?? "UTC") as Cron;
    check.done(undefined);
    return new Series(this, work, { verb: "cron", instants: new CronInstants(this, cron) }, periodic);
  }

  close(options: CloseOptions = {}): Promise<void> {
    const closing = this.#closing.close(options);
    if (this.#closing.started) this.#drainAtMost(options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS);
    return closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): SchedulerStats {
    const { threads, idle, respawns } = this.#cpu.stats;
    return Object.freeze({
      scheduled: this.#timed.size,
      queued: this.#io.waiting + this.#cpu.waiting + this.parked.size,
      running: this.#io.running + this.#cpu.running,
      ...this.counters,
      io: Object.freeze({ running: this.#io.running, overdue: this.#io.overdue }),
      cpu: Object.freeze({ threads, idle, respawns }),
    });
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
    await this.#cpu.close();
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
    for (const run of [...this.#io.runs(), ...this.#cpu.runs(), ...this.parked])
      if (run.state === "queued") run.drop(error);
      else run.stop(error);
  }
}
