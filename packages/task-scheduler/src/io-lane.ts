import { Backlog, type WhenFull } from "./backlog.ts";
import { ClosureRun } from "./closure-run.ts";
import { DroppedError } from "./errors.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { RateLimit, type ResolvedRate } from "./rate-limit.ts";
import type { RunHost } from "./run-host.ts";
import { RunList } from "./run-list.ts";
import { isThenable } from "./run-options.ts";
import { LazyContext } from "./task-context.ts";
import type { Timer } from "./timers/timers.ts";

export interface IoLaneOptions {
  concurrency: number;
  queueMax: number;
  whenFull: WhenFull;
  rate: ResolvedRate | undefined;
  agingMs: number;
}

/** Runs closures on the event loop, at most `concurrency` at once; the others wait by priority. */
export class IoLane {
  readonly #host: RunHost;
  readonly concurrency: number;
  readonly #ready: PriorityQueue<ClosureRun>;
  readonly #backlog: Backlog<ClosureRun>;
  readonly #rate: RateLimit | undefined;
  /** Attempts that nobody has given up. */
  readonly #running = new RunList<ClosureRun>();
  #seq = 0;
  #slots = 0;
  #overdue = 0;
  #pumping = false;
  #rateTimer: Timer | undefined;

  constructor(host: RunHost, { concurrency, queueMax, whenFull, rate, agingMs }: IoLaneOptions) {
    const aging = { agingMs, now: () => host.clock.monotonic() };
    this.#host = host;
    this.concurrency = concurrency;
    this.#rate = rate === undefined ? undefined : new RateLimit(rate);
    this.#ready = new PriorityQueue(aging);
    this.#backlog = new Backlog({
      max: queueMax,
      whenFull,
      aging,
      readyOf: () => this.#ready,
      queues: () => [this.#ready],
      free: () => (this.#opensInMs > 0 ? 0 : this.concurrency - this.#slots),
    });
  }

  get waiting(): number {
    return this.#backlog.size;
  }

  /** Slots in use, the overdue ones included. */
  get running(): number {
    return this.#slots;
  }

  get overdue(): number {
    return this.#overdue;
  }

  get queueMax(): number {
    return this.#backlog.max;
  }

  /** Milliseconds until the rate lets the next one start; 0 or less is now. */
  get #opensInMs(): number {
    return this.#rate === undefined ? 0 : this.#rate.opensAt - this.#host.clock.monotonic();
  }

  get #isFree(): boolean {
    return this.#slots < this.concurrency && this.#backlog.size === 0 && this.#opensInMs <= 0;
  }

  /** Whether the lane takes a new run. May take the place of another one for it. */
  admits(run: ClosureRun): boolean {
    if (this.#isFree) return true;
    return this.#backlog.admit(run, (victim) => victim.drop(new DroppedError("io", this.queueMax))) === "open";
  }

  enqueue(run: ClosureRun): void {
    run.seq = ++this.#seq;
    if (run.key === undefined && this.#isFree) {
      this.#start(run);
      return;
    }
    run.keepScope();
    if (run.attempt === 0) this.#backlog.add(run);
    else this.#backlog.readd(run);
    this.#pump();
  }

  withdraw(run: ClosureRun): void {
    this.#backlog.withdraw(run);
    this.#pump();
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
    return [...this.#backlog.toArray(), ...this.#running.toArray()];
  }

  /** Those that wait for room. */
  callers(): ClosureRun[] {
    return this.#backlog.callers();
  }

  #start(run: ClosureRun): void {
    const context = new LazyContext(
      run.attempt + 1,
      run.timing,
      run.hasProgress ? (value) => run.progressed(value) : undefined,
    );
    run.context = context;
    this.#slots += 1;
    this.#running.push(run);
    this.#rate?.take(this.#host.clock.monotonic());
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
    this.#backlog.ended(run);
    if (ok) run.succeed(value);
    else run.fail(value);
    this.#pump();
  }

  #pump(): void {
    // A function that returns at once ends inside #start: the loop goes on instead of nesting.
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#slots < this.concurrency) {
      this.#backlog.letIn();
      const run = this.#ready.peek();
      if (run === undefined || !this.#rateAllows()) break;
      this.#backlog.take(run);
      this.#start(run);
    }
    this.#backlog.letIn();
    this.#pumping = false;
  }

  #rateAllows(): boolean {
    const waitMs = this.#opensInMs;
    if (waitMs <= 0) return true;
    if (this.#rateTimer === undefined)
      this.#rateTimer = this.#host.timers.after(waitMs, () => {
        this.#rateTimer = undefined;
        this.#pump();
      });
    return false;
  }
}
