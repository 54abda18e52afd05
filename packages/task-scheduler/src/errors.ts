import { ServertechError, type ServertechErrorOptions } from "@servertech/core";

/**
 * - `NOT_PORTABLE`: another machine cannot honour an option, or carry a value.
 * - `SCHEDULER_CLOSED`: submitted after `close`, or dropped by a close whose time was up.
 * - `SCHEDULER_QUEUE_FULL`: the lane's waiting queue is full. Retryable.
 * - `SCHEDULER_DROPPED`: pushed out of a full queue by newer work (`whenFull: 'drop-oldest'`). Retryable.
 * - `TASK_CANCELLED`: `handle.cancel()`, or timed work that was not due when the scheduler closed.
 * - `TASK_REPLACED`: ended by the next run of its series (`overlap: 'replace'`).
 * - `TASK_TIMEOUT`: an attempt ran longer than `timeoutMs`. Retryable.
 * - `TASK_QUEUE_TIMEOUT`: no slot came free within `queueTimeoutMs`. Retryable.
 * - `TASK_DEADLINE`: not settled within `deadlineMs`. Retryable.
 * - `TASK_DEPENDENCY`: something in `after` failed.
 * - `WORKER_CRASHED`: the thread that ran the task ended. Retryable.
 * - `WORKER_START`: a task file could not be loaded in three starts in a row.
 * - `TASK_NOT_CLONEABLE`: an argument, the result or an item cannot be sent between threads.
 * - `TASK_UNKNOWN`: the task file, as a thread loaded it, has no such task.
 * - `TASKS_IN_ENTRY`: `defineTasks` was called in the program's entry file.
 * - `TASKS_TYPESCRIPT`: the task file is TypeScript and this Node.js cannot load it.
 */
export type SchedulerErrorCode =
  | "NOT_PORTABLE"
  | "SCHEDULER_CLOSED"
  | "SCHEDULER_QUEUE_FULL"
  | "SCHEDULER_DROPPED"
  | "TASK_CANCELLED"
  | "TASK_REPLACED"
  | "TASK_TIMEOUT"
  | "TASK_QUEUE_TIMEOUT"
  | "TASK_DEADLINE"
  | "TASK_DEPENDENCY"
  | "WORKER_CRASHED"
  | "WORKER_START"
  | "TASK_NOT_CLONEABLE"
  | "TASK_UNKNOWN"
  | "TASKS_IN_ENTRY"
  | "TASKS_TYPESCRIPT";

/** The base of all errors of this package but `OptionError`. */
export class SchedulerError extends ServertechError<SchedulerErrorCode> {
  override readonly name: string = "SchedulerError";
}

/** Submitted after `close`, or dropped because the time of `close` was up. */
export class SchedulerClosedError extends SchedulerError {
  override readonly name: string = "SchedulerClosedError";

  constructor(message = "the scheduler is closed") {
    super("SCHEDULER_CLOSED", message);
  }
}

/** The lane's waiting queue holds as many tasks as it may. */
export class QueueFullError extends SchedulerError {
  override readonly name: string = "QueueFullError";
  readonly lane: "io" | "cpu";
  /** The bound, in waiting tasks. */
  readonly max: number;

  constructor(lane: "io" | "cpu", max: number) {
    super("SCHEDULER_QUEUE_FULL", `the queue of the ${lane} lane is full: ${max} tasks wait`, { retryable: true });
    this.lane = lane;
    this.max = max;
  }
}

/** Ended by `handle.cancel()`, or by `close` before it was due. */
export class CancelledError extends SchedulerError {
  override readonly name: string = "CancelledError";

  constructor(message = "the task was cancelled") {
    super("TASK_CANCELLED", message);
  }
}

/** Pushed out of a full queue by newer work. */
export class DroppedError extends SchedulerError {
  override readonly name: string = "DroppedError";

  constructor(lane: "io" | "cpu", max: number) {
    super("SCHEDULER_DROPPED", `newer work took the place in the queue of the ${lane} lane: ${max} tasks wait`, {
      retryable: true,
    });
  }
}

/** Ended because the next run of its series is due. */
export class ReplacedError extends SchedulerError {
  override readonly name: string = "ReplacedError";

  constructor() {
    super("TASK_REPLACED", "the next run of the series took its place");
  }
}

const LIMITS = {
  run: ["TASK_TIMEOUT", "ran longer than"],
  queue: ["TASK_QUEUE_TIMEOUT", "waited for"],
  deadline: ["TASK_DEADLINE", "did not end within"],
} as const;

/** A limit of time has passed; `phase` says which: `timeoutMs`, `queueTimeoutMs` or `deadlineMs`. */
export class TaskTimeoutError extends SchedulerError {
  override readonly name: string = "TaskTimeoutError";
  readonly phase: "run" | "queue" | "deadline";
  /** The limit, in milliseconds. */
  readonly limitMs: number;
  /** The task's or the function's name. */
  readonly task: string;

  constructor(phase: "run" | "queue" | "deadline", limitMs: number, task: string) {
    const [code, what] = LIMITS[phase];
    super(code, `${task} ${what} ${limitMs} ms`, { retryable: true });
    this.phase = phase;
    this.limitMs = limitMs;
    this.task = task;
  }
}

/** Something that the task was to come `after` has failed; `cause` is its error. */
export class DependencyFailedError extends SchedulerError {
  override readonly name: string = "DependencyFailedError";

  constructor(task: string, cause: unknown) {
    super("TASK_DEPENDENCY", `${task} was not run: what it comes after failed`, { cause });
  }
}

/** The thread that ran the task ended: by `process.exit`, an uncaught error, or because its memory was full. */
export class WorkerCrashedError extends SchedulerError {
  override readonly name: string = "WorkerCrashedError";
  readonly exitCode: number;
  readonly task: string;

  constructor(task: string, exitCode: number, options: Pick<ServertechErrorOptions, "cause"> = {}) {
    super("WORKER_CRASHED", `the thread running ${task} ended with exit code ${exitCode}`, {
      ...options,
      retryable: true,
    });
    this.task = task;
    this.exitCode = exitCode;
  }
}

/** A task file could not be loaded; `cause` is the last start's error. */
export class WorkerStartError extends SchedulerError {
  override readonly name: string = "WorkerStartError";

  constructor(message: string, options: Pick<ServertechErrorOptions, "cause">) {
    super("WORKER_START", message, options);
  }
}

/** A value cannot be sent between threads; `cause` is the `DataCloneError`. */
export class TaskNotCloneableError extends SchedulerError {
  override readonly name: string = "TaskNotCloneableError";
  readonly side: "argument" | "result" | "item";
  readonly task: string;

  constructor(side: "argument" | "result" | "item", task: string, cause: unknown) {
    const what = side === "result" ? "the result" : `an ${side}`;
    super("TASK_NOT_CLONEABLE", `${what} of ${task} cannot be cloned`, { cause });
    this.side = side;
    this.task = task;
  }
}

/** The task file, as a thread loaded it, has no such task. */
export class UnknownTaskError extends SchedulerError {
  override readonly name: string = "UnknownTaskError";
  readonly task: string;

  constructor(task: string, file: string) {
    super("TASK_UNKNOWN", `no task ${task} in ${file} as a thread loaded it`);
    this.task = task;
  }
}

/** `defineTasks` in the program's entry file: each thread would run the whole program again. */
export class TasksInEntryError extends SchedulerError {
  override readonly name: string = "TasksInEntryError";

  constructor(file: string) {
    super(
      "TASKS_IN_ENTRY",
      `defineTasks was called in the program's entry, ${file}: each thread would run the whole program again. ` +
        "Keep the tasks in a file of their own, and give a bundler that file as an entry of its own",
    );
  }
}

/** The task file is TypeScript and this Node.js loads none. */
export class TasksSourceError extends SchedulerError {
  override readonly name: string = "TasksSourceError";

  constructor(file: string, cause: unknown) {
    super(
      "TASKS_TYPESCRIPT",
      `${file} is TypeScript and Node.js ${process.version} cannot load it in a thread: ` +
        "build it, install esbuild in its project, or start Node.js with --import and a loader for TypeScript",
      { cause },
    );
  }
}

/** The `queue` lane cannot honour an option, or carry a value. */
export class NotPortableError extends SchedulerError {
  override readonly name: string = "NotPortableError";
  /** The option, or where the value stands. */
  readonly capability: string;

  /** @param what what `capability` is, as in "the option". */
  constructor(capability: string, what: string) {
    super("NOT_PORTABLE", `${what} ${capability} cannot go to another machine`);
    this.capability = capability;
  }
}
