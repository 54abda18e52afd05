import type { AsyncResource } from "node:async_hooks";
import { newScope } from "../closure-run.ts";
import { QueueFullError } from "../errors.ts";
import type { TaskReference } from "../define-tasks.ts";
import type { RunHost } from "../run-host.ts";
import type { Timing } from "../task-context.ts";
import { type RunOwner, TaskRun } from "../task-run.ts";
import type { ThreadWork } from "../work.ts";
import type { CpuLane } from "./cpu-lane.ts";
import type { PoolThread } from "./pool-thread.ts";

/** A call of a task on a thread. */
export class ThreadRun extends TaskRun {
  readonly lane = "cpu";
  readonly task: TaskReference;
  readonly args: readonly unknown[];
  /** The thread that has the running attempt. */
  thread: PoolThread | undefined;
  readonly #lane: CpuLane;

  constructor(
    host: RunHost,
    lane: CpuLane,
    work: ThreadWork,
    owner: RunOwner,
    timed?: { readonly timing: Timing; readonly scope: AsyncResource },
  ) {
    super(host, work.options, owner, timed?.timing, timed?.scope);
    this.#lane = lane;
    this.task = work.task;
    this.args = work.args;
    if (this.hasProgress) this.scope ??= newScope();
  }

  get name(): string {
    return this.task.name;
  }

  protected refusal(): Error | undefined {
    const failure = this.#lane.failureOf(this);
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
