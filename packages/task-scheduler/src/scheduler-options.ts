import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import { type Logger, type OptionChecks, optionChecks } from "@servertech/core";
import type { WhenFull } from "./backlog.ts";
import type { StartThread } from "./cpu/thread-link.ts";
import { WorkerLink } from "./cpu/worker-link.ts";
import type { OnError } from "./failure-reporter.ts";
import type { RateOptions, ResolvedRate } from "./rate-limit.ts";
import type { QueueEngine } from "./queue/queue-engine.ts";
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

/** The age at which a thread ends. */
export interface RecycleOptions {
  /** Tasks that it was given. At least 1; `Infinity` is legal. @default Infinity */
  tasks?: number | undefined;
  /** Size of its heap, in MiB, looked at every 50 ms. At least 1; `Infinity` is legal. @default Infinity */
  heapMb?: number | undefined;
}

/** The threads' lane: tasks of `defineTasks`. */
export interface CpuOptions {
  /** Idle threads that are kept. From 0 to `max`. @default 0 */
  min?: number | undefined;
  /** Threads at once; they start on demand. At least 1. @default os.availableParallelism() */
  max?: number | undefined;
  /** Idle time after which a thread above `min` ends, in milliseconds. At least 1. @default 10_000 */
  idleMs?: number | undefined;
  /**
   * Async tasks started at once on one thread. Above 1 the end of a thread, by a crash or because one of its tasks goes
   * on after its abort, fails all that it has started. At least 1; `Infinity` is legal. @default 1
   */
  perThread?: number | undefined;
  /** When a thread ends, between two tasks, to make room for a fresh one. @default never */
  recycle?: RecycleOptions | undefined;
  /**
   * How a thread waits for tasks. `'atomics'` answers a single call sooner, but blocks the event loop of the thread:
   * only for tasks without async functions and without timers. @default 'port'
   */
  wake?: "port" | "atomics" | undefined;
  /** What threads are made of; `inlineThreads()` of `/testing` runs tasks in this thread. @default worker threads */
  threads?: StartThread | undefined;
  /** Time from an abort or a timeout until the thread of a task that goes on is ended, in milliseconds. 0 to 1,000. @default 50 */
  killMs?: number | undefined;
  queue?: QueueOptions | undefined;
  /** Memory limits of each thread: https://nodejs.org/api/worker_threads.html#workerresourcelimits. @default Node's */
  resourceLimits?: ResourceLimits | undefined;
}

/** The options of {@link createScheduler}. */
export interface SchedulerOptions {
  io?: IoOptions | undefined;
  cpu?: CpuOptions | undefined;
  /** Where jobs of `defineJob` run: `bullmq()` of `@servertech/task-scheduler/bullmq`. @default nowhere */
  queue?: QueueEngine | undefined;
  /** Waiting time after which a task counts as one priority level higher, in milliseconds; 0 is never. @default 1_000 */
  agingMs?: number | undefined;
  /** Whether timed work that is not due keeps the process alive. Waiting and running work always does. @default false */
  keepAlive?: boolean | undefined;
  /** Whether `stats()` has histograms of waiting, running and lateness; costs two looks at the clock a run. @default false */
  histograms?: boolean | undefined;
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
    readonly perThread: number;
    readonly recycleTasks: number;
    readonly recycleHeapMb: number;
    readonly bell: boolean;
    readonly startThread: StartThread;
    readonly queueMax: number;
    readonly whenFull: WhenFull;
    readonly resourceLimits: ResourceLimits | undefined;
  };
  readonly queue: QueueEngine | undefined;
  readonly agingMs: number;
  readonly histograms: boolean;
  readonly keepAlive: boolean;
  readonly logger: Logger | undefined;
  readonly onError: OnError | undefined;
  readonly clock: Clock;
}

const KNOWN = ["io", "cpu", "queue", "agingMs", "histograms", "keepAlive", "logger", "onError", "clock"];
const LIMITS = ["maxOldGenerationSizeMb", "maxYoungGenerationSizeMb", "codeRangeSizeMb", "stackSizeMb"];

/** @throws OptionError with every problem. */
export function resolveSchedulerOptions(options: SchedulerOptions): ResolvedSchedulerOptions {
  const check = optionChecks(options, KNOWN);
  const {
    queue,
    agingMs = 1_000,
    histograms = false,
    keepAlive = false,
    logger,
    onError,
    clock = systemClock,
  } = options ?? {};
  const io = resolveIo(check, options?.io ?? {});
  const cpu = resolveCpu(check, options?.cpu ?? {});
  if (queue !== undefined) check.object("queue", queue, ["open"]);
  check.duration("agingMs", agingMs);
  check.boolean("histograms", histograms);
  check.boolean("keepAlive", keepAlive);
  if (logger !== undefined) check.object("logger", logger, ["debug", "info", "warn", "error"]);
  if (onError !== undefined) check.func("onError", onError);
  check.object("clock", clock, ["wall", "monotonic", "wake", "clear"]);
  return check.done({ io, cpu, queue, agingMs, histograms, keepAlive, logger, onError, clock });
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
  const group = check.group("cpu", options, [
    "min",
    "max",
    "idleMs",
    "killMs",
    "perThread",
    "recycle",
    "wake",
    "threads",
    "queue",
    "resourceLimits",
  ]);
  const max = group.integer("max", options.max ?? availableParallelism(), { min: 1 });
  const min = group.integer("min", options.min ?? 0, { min: 0, max });
  const idleMs = group.duration("idleMs", options.idleMs ?? 10_000, { min: 1 });
  const killMs = group.duration("killMs", options.killMs ?? 50, { max: 1_000 });
  const perThread = group.integer("perThread", options.perThread ?? 1, { min: 1, infinity: true });
  const bell = group.oneOf("wake", options.wake ?? "port", ["port", "atomics"]) === "atomics";
  const startThread = group.func("threads", options.threads ?? startWorker);
  const { resourceLimits } = options;
  if (resourceLimits !== undefined) {
    const limits = group.group("resourceLimits", resourceLimits, LIMITS);
    for (const [name, value] of Object.entries(resourceLimits ?? {}))
      if (LIMITS.includes(name)) limits.number(name, value as number);
  }
  return {
    min,
    max,
    idleMs,
    killMs,
    perThread,
    bell,
    startThread,
    ...resolveRecycle(group, options.recycle),
    ...resolveQueue(group, options.queue),
    resourceLimits,
  };
}

const startWorker: StartThread = (owner, options) => new WorkerLink(owner, options);

function resolveRecycle(
  check: OptionChecks,
  options: RecycleOptions | undefined,
): { readonly recycleTasks: number; readonly recycleHeapMb: number } {
  const group = check.group("recycle", options, ["tasks", "heapMb"]);
  return {
    recycleTasks: group.integer("tasks", options?.tasks ?? Infinity, { min: 1, infinity: true }),
    recycleHeapMb: group.integer("heapMb", options?.heapMb ?? Infinity, { min: 1, infinity: true }),
  };
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
