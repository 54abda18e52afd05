import { AsyncResource } from "node:async_hooks";
import { QueueFullError } from "./errors.ts";
import type { IoLane } from "./io-lane.ts";
import type { RunHost } from "./run-host.ts";
import type { LazyContext, TaskContext, Timing } from "./task-context.ts";
import { type RunOwner, TaskRun } from "./task-run.ts";
import type { ClosureWork } from "./work.ts";

/** What runs on the event loop: a function, with or without a promise. */
export type Closure<R = unknown> = (context: TaskContext) => R;

/** A call of a closure. */
export class ClosureRun extends TaskRun {
  /** The running attempt. */
  context: LazyContext | undefined;
  readonly #work: ClosureWork;
  readonly #lane: IoLane;

  constructor(
    host: RunHost,
    lane: IoLane,
    work: ClosureWork,
    owner: RunOwner,
    timed?: { readonly timing: Timing; readonly scope: AsyncResource },
  ) {
    super(host, work.options, owner, timed?.timing, timed?.scope);
    this.#work = work;
    this.#lane = lane;
    if (work.options.retry !== undefined || work.options.after !== undefined || this.hasProgress) this.keepScope();
  }

  get lane(): "io" {
    return "io";
  }

  get name(): string {
    return this.#work.name;
  }

  get fn(): Closure {
    return this.#work.closure;
  }

  /** Without this the submitter itself must still be running when the closure starts. */
  keepScope(): void {
    this.scope ??= newScope();
  }

  protected refusal(): Error | undefined {
    return this.#lane.admits(this) ? undefined : new QueueFullError("io", this.#lane.queueMax);
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

  protected remainingMs(): number {
    return 0;
  }
}

/** Keeps the `AsyncLocalStorage` of whoever calls this. */
export function newScope(): AsyncResource {
  return new AsyncResource("servertech.task");
}
