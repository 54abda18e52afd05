import type { AsyncResource } from "node:async_hooks";
import { newScope } from "../closure-run.ts";
import type { TaskReference } from "../define-tasks.ts";
import { QueueFullError, TaskNotCloneableError, UnknownTaskError } from "../errors.ts";
import type { RunHost } from "../run-host.ts";
import type { Timing } from "../task-context.ts";
import { type RunOwner, TaskRun } from "../task-run.ts";
import { type ErrorRecord, decodeError } from "../thread/error-record.ts";
import { type CallDetails, ERROR, NOT_CLONEABLE, type NotCloneable, RESULT, UNKNOWN_TASK } from "../thread/protocol.ts";
import type { Timer } from "../timers/timers.ts";
import type { ThreadWork } from "../work.ts";
import type { CpuLane } from "./cpu-lane.ts";
import { AHEAD_MICROS, type FunctionPace } from "./function-pace.ts";
import type { PoolThread } from "./pool-thread.ts";
import type { TaskSet } from "./task-set.ts";
import type { Transferable } from "./thread-link.ts";

/** What makes a call more than one call of a function. */
export interface CallKind {
  /** The arguments are those of so many calls. */
  readonly items?: number;
  /** The task is a generator: items ahead of the reader, and who gets them. */
  readonly stream?: { readonly highWaterMark: number; readonly onItem: (item: unknown) => void };
}

/** A call of a task on a thread. */
export class ThreadRun extends TaskRun {
  readonly lane = "cpu";
  readonly task: TaskReference;
  readonly set: TaskSet;
  readonly pace: FunctionPace;
  /** The arguments as they are sent. */
  readonly message: readonly unknown[];
  readonly transfer: readonly Transferable[] | undefined;
  readonly kind: CallKind;
  /** The thread that has the running attempt, and its slot there. */
  thread: PoolThread | undefined;
  slot = -1;
  /** The end that awaits its thread if it goes on after its abort. */
  killTimer: Timer | undefined;
  /** A message with it could not be read: it is sent by itself to find out which call it is. */
  isSuspect = false;
  readonly #lane: CpuLane;

  constructor(
    host: RunHost,
    lane: CpuLane,
    work: ThreadWork,
    owner: RunOwner,
    timed?: { readonly timing: Timing; readonly scope: AsyncResource },
    kind: CallKind = {},
  ) {
    super(host, work.options, owner, timed?.timing, timed?.scope);
    this.#lane = lane;
    this.task = work.task;
    this.set = lane.sets.of(work.task);
    this.pace = this.set.pace(work.name);
    this.message = work.args;
    this.transfer = work.transfer;
    this.kind = kind;
    if (this.hasProgress) this.scope ??= newScope();
  }

  get name(): string {
    return this.task.name;
  }

  /** Whether it is posted to a thread that has nothing else only. */
  get isAlone(): boolean {
    return this.transfer !== undefined || this.isSuspect || this.kind.stream !== undefined;
  }

  get isChunk(): boolean {
    return this.kind.items !== undefined;
  }

  /** What it is taken for, in microseconds. */
  get estimate(): number {
    if (this.isAlone) return AHEAD_MICROS;
    return this.pace.micros * (this.kind.items ?? 1);
  }

  get details(): CallDetails | 0 {
    const { attempt, timing, hasProgress, kind } = this;
    // `attempt` was counted when it was given to its thread.
    if (attempt === 1 && timing === undefined && !hasProgress && !this.isChunk && kind.stream === undefined) return 0;
    return {
      attempt,
      scheduledAt: timing?.scheduledAt,
      missed: timing?.missed,
      progress: hasProgress,
      chunk: this.isChunk,
      highWaterMark: kind.stream?.highWaterMark,
    };
  }

  /** Its thread has ended the attempt. Any other kind is of work that was revoked: given up, or elsewhere by now. */
  answered(kind: number, value: unknown): void {
    // What the values carry was made by the thread's side of the protocol.
    if (kind === RESULT) this.succeed(value);
    else if (kind === ERROR) this.fail(decodeError(value as ErrorRecord));
    else if (kind === UNKNOWN_TASK) this.fail(new UnknownTaskError(this.name, this.task.url));
    else if (kind === NOT_CLONEABLE) {
      const { side, error } = value as NotCloneable;
      this.fail(new TaskNotCloneableError(side, this.name, decodeError(error)));
    }
  }

  /** The reader of the stream has taken items. */
  credit(items: number): void {
    if (this.state === "running") this.thread?.link.post({ kind: "credit", slot: this.slot, items });
  }

  /** The reader of the stream wants no more. */
  finish(): void {
    this.#lane.finish(this);
  }

  protected refusal(): Error | undefined {
    const { failure } = this.set;
    if (failure !== undefined) return failure;
    return this.#lane.admits(this) ? undefined : new QueueFullError("cpu", this.#lane.queueMax);
  }

  protected enqueue(): void {
    this.#lane.enqueue(this);
  }

  protected withdraw(): void {
    this.#lane.withdraw(this);
  }

  protected interrupt(reason: unknown): void {
    this.#lane.interrupt(this, reason);
  }

  protected remainingMs(limitMs: number): number {
    return this.#lane.remainingMs(this, limitMs);
  }
}
