export { createScheduler } from "./scheduler.ts";
export { defineTasks } from "./define-tasks.ts";
export {
  CancelledError,
  DependencyFailedError,
  DroppedError,
  QueueFullError,
  NotPortableError,
  ReplacedError,
  SchedulerClosedError,
  SchedulerError,
  TaskNotCloneableError,
  TaskTimeoutError,
  TasksInEntryError,
  TasksSourceError,
  UnknownTaskError,
  WorkerCrashedError,
  WorkerStartError,
} from "./errors.ts";

export type { LaneOptions, Scheduler, SchedulerCloseOptions, TaskOptions } from "./scheduler.ts";
export type { CpuOptions, IoOptions, QueueOptions, RecycleOptions, SchedulerOptions } from "./scheduler-options.ts";
export type { Lane } from "./work.ts";
export type { WhenFull } from "./backlog.ts";
export type { RateOptions } from "./rate-limit.ts";
export type { Priority, RetryOptions, RunOptions } from "./run-options.ts";
export type { MapClosure, MapOptions } from "./map.ts";
export type { Items, StreamOptions } from "./streams/open-stream.ts";
export type { Job } from "./queue/define-job.ts";
export type { JobCronOptions, JobRunOptions, JobSeriesOptions } from "./queue/job-verbs.ts";
export type { QueueEngine } from "./queue/queue-engine.ts";
export type { StartThread, Transferable } from "./cpu/thread-link.ts";
export type { CronOptions, EveryOptions, Misfire, Overlap, PeriodicOptions } from "./periodic/periodic-options.ts";
export type { Closure } from "./closure-run.ts";
export type { Task, TaskArgs, TaskReference, Tasks } from "./define-tasks.ts";
export type { TaskContext } from "./task-context.ts";
export type { TaskHandle, TaskState } from "./task-handle.ts";
export type { PeriodicHandle } from "./periodic/series.ts";
export type { DurationSummary, HistogramStats } from "./histograms.ts";
export type { SchedulerStats } from "./stats.ts";
export type { FailureInfo, OnError } from "./failure-reporter.ts";
export type { TaskTrace } from "./task-tracing.ts";
export type { Clock } from "./timers/clock.ts";
export type { SchedulerErrorCode } from "./errors.ts";
