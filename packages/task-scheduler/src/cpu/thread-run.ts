import { QueueFullError } from "../errors.ts";
import type { TaskReference } from "../define-tasks.ts";
import type { RunHost } from "../run-host.ts";
import type { ResolvedRunOptions } from "../run-options.ts";
import type { Timing } from "../task-context.ts";
import { type RunOwner, TaskRun } from "../task-run.ts";
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
    call: { readonly task: TaskReference; readonly args: readonly unknown[] },
    options: ResolvedRunOptions,
    owner: RunOwner,
    timing?: Timing,
  ) {
    super(host, options, owner, timing);
    this.#lane = lane;
    this.task = call.task;
    this.args = call.args;
  }

  get name(): string {
    return this.task.name;
  }

  protected refusal(): Error | undefined {
    const failure = this.#lane.failureOf(this);
    if (failure !== undefined) return failure;
    return this.#lane.hasRoom ? undefined : new QueueFullError("cpu", this.#lane.queueMax);
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
