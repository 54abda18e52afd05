import { AsyncResource } from "node:async_hooks";
import { QueueFullError } from "./errors.ts";
import { PriorityQueue } from "./priority-queue.ts";
import type { RunHost } from "./run-host.ts";
import { RunList } from "./run-list.ts";
import type { ResolvedRunOptions } from "./run-options.ts";
import { LazyContext, type TaskContext, type Timing } from "./task-context.ts";
import { type RunOwner, TaskRun } from "./task-run.ts";

/** What runs on the event loop: a function, with or without a promise. */
export type Closure<R = unknown> = (context: TaskContext) => R;

/** A call of a closure. */
export class ClosureRun extends TaskRun {
  readonly lane = "io";
  readonly fn: Closure;
  /** The submitter's `AsyncLocalStorage`; undefined while the submitter itself is still running. */
  scope: AsyncResource | undefined;
  /** The running attempt. */
  context: LazyContext | undefined;
  readonly #lane: IoLane;

  constructor(
    host: RunHost,
    lane: IoLane,
    fn: Closure,
    options: ResolvedRunOptions,
    owner: RunOwner,
    timed?: { readonly timing: Timing; readonly scope: AsyncResource },
  ) {
    super(host, options, owner, timed?.timing);
    this.#lane = lane;
    this.fn = fn;
    this.scope = timed?.scope;
    if (options.retry !== undefined) this.keepScope();
  }

  get name(): string {
    return this.fn.name || "(anonymous function)";
  }

  keepScope(): void {
    this.scope ??= newScope();
  }

  protected refusal(): Error | undefined {
    return this.#lane.hasRoom ? undefined : new QueueFullError("io", this.#lane.queueMax);
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

export interface IoLaneOptions {
  concurrency: number;
  queueMax: number;
  agingMs: number;
}

/** Runs closures on the event loop, at most `concurrency` at once; the others wait by priority. */
export class IoLane {
  readonly queueMax: number;
  readonly #concurrency: number;
  readonly #queue: PriorityQueue<ClosureRun>;
  /** Attempts that nobody has given up. */
  readonly #running = new RunList<ClosureRun>();
  #seq = 0;
  #slots = 0;
  #overdue = 0;
  #pumping = false;

  constructor(host: RunHost, { concurrency, queueMax, agingMs }: IoLaneOptions) {
    this.#concurrency = concurrency;
    this.queueMax = queueMax;
    this.#queue = new PriorityQueue({ agingMs, now: () => host.clock.monotonic() });
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Slots in use, the overdue ones included. */
  get running(): number {
    return this.#slots;
  }

  get overdue(): number {
    return this.#overdue;
  }

  get hasRoom(): boolean {
    return this.#isFree || this.#queue.size < this.queueMax;
  }

  get #isFree(): boolean {
    return this.#slots < this.#concurrency && this.#queue.size === 0;
  }

  enqueue(run: ClosureRun): void {
    run.seq = ++this.#seq;
    if (this.#isFree) {
      this.#start(run);
      return;
    }
    run.keepScope();
    this.#queue.push(run);
  }

  withdraw(run: ClosureRun): void {
    this.#queue.remove(run);
  }

  /** Aborts the attempt's signal. Its slot stays taken until the function settles, so that the limit holds. */
  interrupt(run: ClosureRun, reason: unknown): void {
    const { context } = run;
    if (context === undefined || context.aborted) return;
    this.#running.remove(run);
    this.#overdue += 1;
    context.abort(reason);
  }

  /** Everything that waits or runs. */
  runs(): ClosureRun[] {
    return [...this.#queue.toArray(), ...this.#running.toArray()];
  }

  #start(run: ClosureRun): void {
    const context = new LazyContext(run.attempt + 1, run.timing);
    run.context = context;
    this.#slots += 1;
    this.#running.push(run);
    run.begin();
    const { fn, scope } = run;
    let result: unknown;
    let pending: boolean;
    try {
      result = scope === undefined ? fn(context) : scope.runInAsyncScope(fn, undefined, context);
      pending = isThenable(result);
    } catch (error) {
      this.#ended(run, context, false, error);
      return;
    }
    if (!pending) this.#ended(run, context, true, result);
    else
      Promise.resolve(result).then(
        (value) => this.#ended(run, context, true, value),
        (error: unknown) => this.#ended(run, context, false, error),
      );
  }

  #ended(run: ClosureRun, context: LazyContext, ok: boolean, value: unknown): void {
    this.#slots -= 1;
    if (context.aborted) this.#overdue -= 1;
    else this.#running.remove(run);
    run.context = undefined;
    if (ok) run.succeed(value);
    else run.fail(value);
    this.#pump();
  }

  #pump(): void {
    // A function that returns at once ends inside #start: the loop goes on instead of nesting.
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#slots < this.#concurrency) {
      const run = this.#queue.shift();
      if (run === undefined) break;
      this.#start(run);
    }
    this.#pumping = false;
  }
}

function isThenable(value: unknown): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}
