import { AsyncResource } from "node:async_hooks";
import { QueueFullError } from "./errors.ts";
import type { IoLane } from "./io-lane.ts";
import type { RunHost } from "./run-host.ts";
import type { ResolvedRunOptions } from "./run-options.ts";
import type { LazyContext, TaskContext, Timing } from "./task-context.ts";
import { type RunOwner, TaskRun } from "./task-run.ts";

/** What runs on the event loop: a function, with or without a promise. */
export type Closure<R = unknown> = (context: TaskContext) => R;

/** A call of a closure. */
export class ClosureRun extends TaskRun {
  readonly lane = "io";
  readonly name: string;
  readonly fn: Closure;
  /** The running attempt. */
  context: LazyContext | undefined;
  readonly #lane: IoLane;

  constructor(
    host: RunHost,
    lane: IoLane,
    work: { readonly closure: Closure; readonly name: string; readonly options: ResolvedRunOptions },
    owner: RunOwner,
    timed?: { readonly timing: Timing; readonly scope: AsyncResource },
  ) {
    super(host, work.options, owner, timed?.timing, timed?.scope);
    this.#lane = lane;
    this.fn = work.closure;
    this.name = work.name;
    if (work.options.retry !== undefined || work.options.after !== undefined || this.hasProgress) this.keepScope();
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
