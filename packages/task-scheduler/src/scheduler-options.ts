import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import { type Logger, type OptionChecks, optionChecks } from "@servertech/core";
import type { WhenFull } from "./backlog.ts";
import type { OnError } from "./failure-reporter.ts";
import type { RateOptions, ResolvedRate } from "./rate-limit.ts";
import { type Clock, systemClock } from "./timers/clock.ts";

/** The bound of a lane's waiting tasks. */
export interface QueueOptions {
  /**
   * Waiting tasks; those that run, and those that a thread is being started for, do not count. From 0; `Infinity` is
   * legal. @default 10_000
   */
  max?: number | undefined;
  /**
   * What to do with a task that finds the queue full. `'reject'`: it is refused with `QueueFullError`. `'wait'`: the
   * call waits for room, first come, first served; such callers are not bounded by `max`. `'drop-oldest'`: it takes the
   * place of the oldest waiting task of the lowest priority, which is rejected with `DroppedError`. @default 'reject'
   */
  whenFull?: WhenFull | undefined;
}

/** The event loop's lane: closures. */
export interface IoOptions {
  /** Closures running at once. At least 1; `Infinity` is legal. @default 64 */
  concurrency?: number | undefined;
  /** Bounds the starts in time, those of further attempts included. @default none */
  rate?: RateOptions | undefined;
  queue?: QueueOptions | undefined;
}

/** The threads' lane: tasks of `defineTasks`. */
export interface CpuOptions {
  /** Idle threads that are kept. From 0 to `max`. @default 0 */
  min?: number | undefined;
  /** Threads at once; they start on demand. At least 1. @default os.availableParallelism() */
  max?: number | undefined;
  /** Idle time after which a thread above `min` ends, in milliseconds. At least 1. @default 10_000 */
  idleMs?: number | undefined;
  /** Time from an abort or a timeout until the thread of a task that goes on is ended, in milliseconds. 0 to 1,000. @default 50 */
  killMs?: number | undefined;
  queue?: QueueOptions | undefined;
  /** Memory limits of each thread: https://nodejs.org/api/worker_threads.html#workerresourcelimits. @default Node's */
  resourceLimits?: ResourceLimits | undefined;
}

export interface SchedulerOptions {
  io?: IoOptions | undefined;
  cpu?: CpuOptions | undefined;
  /** Waiting time after which a task counts as one priority level higher, in milliseconds; 0 is never. @default 1_000 */
  agingMs?: number | undefined;
  /** Whether timed work that is not due keeps the process alive. Waiting and running work always does. @default false */
  keepAlive?: boolean | undefined;
  /** @default silent */
  logger?: Logger | undefined;
  /** Gets the failures of timed work that nobody else sees. @default to the logger, else a process warning */
  onError?: OnError | undefined;
  /** The clocks and the timer it runs on, for tests. @default the system's */
  clock?: Clock | undefined;
}

export interface ResolvedSchedulerOptions {
  readonly io: {
    readonly concurrency: number;
    readonly rate: ResolvedRate | undefined;
    readonly queueMax: number;
    readonly whenFull: WhenFull;
  };
  readonly cpu: {
    readonly min: number;
    readonly max: number;
    readonly idleMs: number;
    readonly killMs: number;
    readonly queueMax: number;
    readonly whenFull: WhenFull;
    readonly resourceLimits: ResourceLimits | undefined;
  };
  readonly agingMs: number;
  readonly keepAlive: boolean;
  readonly logger: Logger | undefined;
  readonly onError: OnError | undefined;
  readonly clock: Clock;
}

const KNOWN = ["io", "cpu", "agingMs", "keepAlive", "logger", "onError", "clock"];
const LIMITS = ["maxOldGenerationSizeMb", "maxYoungGenerationSizeMb", "codeRangeSizeMb", "stackSizeMb"];

/** @throws OptionError with every problem. */
export function resolveSchedulerOptions(options: SchedulerOptions): ResolvedSchedulerOptions {
  const check = optionChecks(options, KNOWN);
  const { agingMs = 1_000, keepAlive = false, logger, onError, clock = systemClock } = options ?? {};
  const io = resolveIo(check, options?.io ?? {});
  const cpu = resolveCpu(check, options?.cpu ?? {});
  check.duration("agingMs", agingMs);
  check.boolean("keepAlive", keepAlive);
  if (logger !== undefined) check.object("logger", logger, ["debug", "info", "warn", "error"]);
  if (onError !== undefined) check.func("onError", onError);
  check.object("clock", clock, ["wall", "monotonic", "wake", "clear"]);
  return check.done({ io, cpu, agingMs, keepAlive, logger, onError, clock });
}

function resolveIo(check: OptionChecks, options: IoOptions): ResolvedSchedulerOptions["io"] {
  const group = check.group("io", options, ["concurrency", "rate", "queue"]);
  const concurrency = group.integer("concurrency", options.concurrency ?? 64, { min: 1, infinity: true });
  return { concurrency, rate: resolveRate(group, options.rate), ...resolveQueue(group, options.queue) };
}

function resolveRate(check: OptionChecks, options: RateOptions | undefined): ResolvedRate | undefined {
  if (options === undefined) return undefined;
  const group = check.group("rate", options, ["limit", "intervalMs", "burst"]);
  const { limit, intervalMs, burst = limit } = options ?? {};
  group.integer("limit", limit, { min: 1 });
  group.duration("intervalMs", intervalMs, { min: 1 });
  if (options?.burst !== undefined) group.integer("burst", burst, { min: 1 });
  return { limit, intervalMs, burst };
}

function resolveCpu(check: OptionChecks, options: CpuOptions): ResolvedSchedulerOptions["cpu"] {
  const group = check.group("cpu", options, ["min", "max", "idleMs", "killMs", "queue", "resourceLimits"]);
  const max = group.integer("max", options.max ?? availableParallelism(), { min: 1 });
  const min = group.integer("min", options.min ?? 0, { min: 0, max });
  const idleMs = group.duration("idleMs", options.idleMs ?? 10_000, { min: 1 });
  const killMs = group.duration("killMs", options.killMs ?? 50, { max: 1_000 });
  const { resourceLimits } = options;
  if (resourceLimits !== undefined) {
    const limits = group.group("resourceLimits", resourceLimits, LIMITS);
    for (const [name, value] of Object.entries(resourceLimits ?? {}))
      if (LIMITS.includes(name)) limits.number(name, value as number);
  }
  return { min, max, idleMs, killMs, ...resolveQueue(group, options.queue), resourceLimits };
}

function resolveQueue(
  check: OptionChecks,
  options: QueueOptions | undefined,
): { readonly queueMax: number; readonly whenFull: WhenFull } {
  const group = check.group("queue", options, ["max", "whenFull"]);
  return {
    queueMax: group.integer("max", options?.max ?? 10_000, { infinity: true }),
    whenFull: group.oneOf("whenFull", options?.whenFull ?? "reject", ["reject", "wait", "drop-oldest"]),
  };
}
