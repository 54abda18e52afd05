import type { ResourceLimits } from "node:worker_threads";
import { type Logger, deadlineIn } from "@servertech/core";
import { Backlog, type WhenFull } from "../backlog.ts";
import { DroppedError, TaskNotCloneableError, UnknownTaskError, WorkerCrashedError } from "../errors.ts";
import type { PriorityQueueOptions } from "../priority-queue.ts";
import type { RunHost } from "../run-host.ts";
import { decodeError } from "../thread/error-record.ts";
import type { FromThread } from "../thread/protocol.ts";
import { systemClock } from "../timers/clock.ts";
import type { Timer } from "../timers/timers.ts";
import { IdleThreads } from "./idle-threads.ts";
import { countPool, discountPool } from "./pool-count.ts";
import { PoolThread, type ThreadOwner } from "./pool-thread.ts";
import { TaskSet } from "./task-set.ts";
import type { ThreadRun } from "./thread-run.ts";

/** Ending a thread takes this long at most, unless it sits in a call of the system. */
const END_MS = 900;
/** A thread that has not started its task for one to two of these is taken for stuck. */
const WATCH_MS = 1_000;

export interface CpuLaneOptions {
  min: number;
  max: number;
  idleMs: number;
  killMs: number;
  queueMax: number;
  whenFull: WhenFull;
  agingMs: number;
  resourceLimits: ResourceLimits | undefined;
  logger: Logger;
}

/**
 * Runs tasks on worker threads.
 *
 * As long as something waits, a thread runs, or is being started, or what waits is being rejected. A thread has one
 * task at a time: ending it touches nothing else. A task whose thread ends before it started it waits again, in its old
 * place; one that was started is never run again by itself.
 */
export class CpuLane implements ThreadOwner {
  readonly #host: RunHost;
  readonly #options: CpuLaneOptions;
  readonly #sets = new Map<string, TaskSet>();
  readonly #threads = new Set<PoolThread>();
  /** Told to end, not gone yet. */
  readonly #ending = new Set<PoolThread>();
  readonly #idle: IdleThreads;
  readonly #backlog: Backlog<ThreadRun>;
  #seq = 0;
  #loading = 0;
  #respawns = 0;
  #pumping = false;
  #counted = false;
  #watch: Timer | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(host: RunHost, options: CpuLaneOptions) {
    this.#host = host;
    this.#options = options;
    this.#backlog = new Backlog({
      max: options.queueMax,
      whenFull: options.whenFull,
      aging: this.#aging,
      readyOf: (run) => this.#setOf(run).queue,
      queues: () => [...this.#sets.values()].map(({ queue }) => queue),
      // A task for which there is a thread, or one is or can be started, needs no place.
      free: () => this.#idle.size + this.#loading + this.#startable,
    });
    this.#idle = new IdleThreads(host, options.idleMs, {
      surplus: () => this.#threads.size - options.min,
      end: (thread) => this.#end(thread),
    });
  }

  get #aging(): PriorityQueueOptions {
    return { agingMs: this.#options.agingMs, now: () => this.#host.clock.monotonic() };
  }

  get waiting(): number {
    return this.#backlog.size;
  }

  get queueMax(): number {
    return this.#backlog.max;
  }

  /** Threads that have a task. */
  get running(): number {
    let running = 0;
    for (const thread of this.#threads) if (thread.run !== undefined) running += 1;
    return running;
  }

  get stats(): { readonly threads: number; readonly idle: number; readonly respawns: number } {
    return Object.freeze({ threads: this.#threads.size, idle: this.#idle.size, respawns: this.#respawns });
  }

  /** Whether the lane takes a new run. May take the place of another one for it. */
  admits(run: ThreadRun): boolean {
    return this.#backlog.admit(run, (victim) => victim.drop(new DroppedError("cpu", this.queueMax))) === "open";
  }

  /** Those that wait for room. */
  callers(): ThreadRun[] {
    return this.#backlog.callers();
  }

  get #startable(): number {
    return this.#options.max - this.#threads.size - this.#ending.size;
  }

  /** Why all tasks of the run's set are rejected, if they are. */
  failureOf(run: ThreadRun): Error | undefined {
    return this.#sets.get(run.task.set)?.failure;
  }

  enqueue(run: ThreadRun): void {
    run.seq = ++this.#seq;
    const { failure } = this.#setOf(run);
    if (failure !== undefined) {
      run.stop(failure);
      return;
    }
    if (run.attempt === 0) this.#backlog.add(run);
    else this.#backlog.readd(run);
    this.#pump();
  }

  withdraw(run: ThreadRun): void {
    this.#backlog.withdraw(run);
    this.#pump();
  }

  /** Aborts the attempt's signal, and ends its thread if it goes on for `killMs`. */
  interrupt(run: ThreadRun, reason: unknown): void {
    const { thread } = run;
    if (thread === undefined || thread.killTimer !== undefined) return;
    thread.revoke();
    thread.abort(reason);
    const { killMs } = this.#options;
    if (killMs === 0) this.#kill(thread);
    else thread.killTimer = this.#host.timers.after(killMs, () => this.#kill(thread));
  }

  /** A timeout counts from the start in the thread, not from the post. */
  remainingMs(run: ThreadRun, limitMs: number): number {
    const { thread } = run;
    if (thread === undefined) return 0;
    if (!thread.hasStarted) return limitMs;
    return this.#host.clock === systemClock ? limitMs - thread.startedForMs : 0;
  }

  /** Everything that waits or runs. */
  runs(): ThreadRun[] {
    const running = [...this.#threads, ...this.#ending].flatMap(({ run }) => (run === undefined ? [] : [run]));
    return [...this.#backlog.toArray(), ...running];
  }

  /** Ends all threads. Resolves when they are gone; at the latest after a second, with a warning to the logger. */
  async close(): Promise<void> {
    for (const thread of this.#threads) this.#end(thread);
    this.#watch?.cancel();
    if (this.#counted) discountPool();
    if (this.#ending.size === 0) return;
    await new Promise<void>((resolve) => {
      const late = deadlineIn(END_MS, () => {
        this.#options.logger.warn(
          { threads: this.#ending.size },
          "threads did not end: they sit in calls of the system",
        );
        resolve();
      });
      this.#onEmpty = () => {
        late.cancel();
        resolve();
      };
    });
  }

  #setOf({ task }: ThreadRun): TaskSet {
    let set = this.#sets.get(task.set);
    if (set === undefined) {
      set = new TaskSet(task.set, task.url, this.#aging);
      this.#sets.set(task.set, set);
    }
    return set;
  }

  #pump(): void {
    // Rejecting a task or starting a thread may come back here: the loop goes on instead of nesting.
    if (this.#pumping) return;
    this.#pumping = true;
    do this.#backlog.letIn();
    while (this.#backlog.ready > 0 && this.#step());
    this.#pumping = false;
  }

  #step(): boolean {
    if (this.#idle.size === 0 && this.#startable <= 0) return false;
    const set = this.#nextSet();
    if (set === undefined) return false;
    const ready = this.#idle.take(set);
    if (ready === undefined) this.#startLoad(set);
    else this.#post(ready, set);
    return true;
  }

  /** The set of the next task to start, out of those that a thread can take now. */
  #nextSet(): TaskSet | undefined {
    const now = this.#sets.size > 1 ? this.#host.clock.monotonic() : 0;
    let best: { set: TaskSet; priority: number; seq: number } | undefined;
    for (const set of this.#sets.values()) {
      const head = set.queue.peek();
      if (head === undefined || !(set.wantsThread || this.#idle.has(set))) continue;
      if (this.#sets.size === 1) return set;
      const priority = set.queue.effectivePriority(head, now);
      if (best === undefined || priority > best.priority || (priority === best.priority && head.seq < best.seq))
        best = { set, priority, seq: head.seq };
    }
    return best?.set;
  }

  #startLoad(set: TaskSet): void {
    const thread = this.#idle.takeAny() ?? this.#newThread(set);
    if (thread === undefined) return;
    this.#loading += 1;
    thread.load(set);
  }

  #newThread(set: TaskSet): PoolThread | undefined {
    if (!this.#counted) {
      this.#counted = true;
      countPool(this.#options.logger);
    }
    try {
      const thread = new PoolThread(this, this.#options.resourceLimits);
      this.#threads.add(thread);
      return thread;
    } catch (error) {
      this.#startFailed(set, error instanceof Error ? error : new Error(String(error)), set.failures);
      return undefined;
    }
  }

  #post(thread: PoolThread, set: TaskSet): void {
    const run = set.queue.peek();
    if (run === undefined) return;
    this.#backlog.take(run);
    try {
      thread.post(run);
    } catch (error) {
      this.#idle.add(thread);
      run.begin();
      this.#backlog.ended(run);
      run.fail(new TaskNotCloneableError("argument", run.name, error));
      return;
    }
    run.thread = thread;
    run.begin();
    this.#watch ??= this.#host.timers.after(WATCH_MS, this.#look);
  }

  answered(thread: PoolThread, message: FromThread): void {
    if (message.kind === "progress") {
      thread.run?.progressed(message.value);
      return;
    }
    if (message.kind === "loaded" || message.kind === "load-failed") this.#loaded(thread, message);
    else this.#finished(thread, message);
    this.#pump();
  }

  #loaded(thread: PoolThread, message: Extract<FromThread, { kind: "loaded" | "load-failed" }>): void {
    const load = this.#endLoad(thread);
    if (load === undefined) return;
    if (message.kind === "loaded") {
      thread.sets.add(load.set);
      this.#idle.add(thread);
      return;
    }
    // A module that failed once fails in this thread for ever: https://tc39.es/ecma262/#sec-moduleevaluation
    this.#end(thread);
    this.#startFailed(load.set, decodeError(message.error), load.failuresBefore);
  }

  #endLoad(thread: PoolThread): PoolThread["loading"] {
    const load = thread.loading;
    if (load === undefined) return undefined;
    thread.loading = undefined;
    load.set.loading -= 1;
    this.#loading -= 1;
    return load;
  }

  #startFailed(set: TaskSet, error: Error, failuresBefore: number): void {
    const delayMs = set.failed(error, failuresBefore);
    if (set.failure !== undefined)
      for (const run of this.#backlog.toArray()) if (this.#setOf(run) === set) run.stop(set.failure);
    if (delayMs === undefined) return;
    set.backingOff = true;
    this.#host.timers.after(delayMs, () => {
      set.backingOff = false;
      this.#pump();
    });
  }

  #finished(thread: PoolThread, message: Exclude<FromThread, { kind: "loaded" | "load-failed" | "progress" }>): void {
    const { run } = thread;
    if (run === undefined) return;
    this.#release(thread, run, false);
    if (message.kind !== "revoked") this.#proven(thread, run);
    if (!thread.ending) this.#idle.add(thread);
    switch (message.kind) {
      case "result":
        return run.succeed(message.value);
      case "error":
        return run.fail(decodeError(message.error));
      case "not-cloneable":
        return run.fail(new TaskNotCloneableError(message.side, run.name, decodeError(message.error)));
      case "unknown-task":
        return run.fail(new UnknownTaskError(run.name, run.task.url));
      case "revoked":
        // Only work that was given up is revoked and left with its thread.
        return;
    }
  }

  #release(thread: PoolThread, run: ThreadRun, isBack: boolean): void {
    thread.killTimer?.cancel();
    thread.killTimer = thread.run = run.thread = undefined;
    if (!isBack) this.#backlog.ended(run);
  }

  #proven(thread: PoolThread, run: ThreadRun): void {
    thread.proven = true;
    this.#setOf(run).proven();
  }

  exited(thread: PoolThread, exitCode: number, error: Error | undefined): void {
    if (!thread.ending) this.#respawns += 1;
    this.#threads.delete(thread);
    this.#ending.delete(thread);
    this.#idle.remove(thread);
    const load = this.#endLoad(thread);
    if (load !== undefined && !thread.ending) {
      const cause = error ?? new Error(`the thread ended with exit code ${exitCode} while it loaded the file`);
      this.#startFailed(load.set, cause, load.failuresBefore);
    }
    if (thread.run !== undefined) this.#lost(thread, thread.run, exitCode, error);
    if (this.#threads.size + this.#ending.size === 0) this.#onEmpty?.();
    this.#pump();
  }

  /** A thread ended that had a task. */
  #lost(thread: PoolThread, run: ThreadRun, exitCode: number, error: Error | undefined): void {
    const started = thread.hasStarted;
    this.#release(thread, run, !started && run.state === "running");
    if (started) {
      this.#proven(thread, run);
      run.fail(new WorkerCrashedError(run.name, exitCode, error === undefined ? {} : { cause: error }));
      return;
    }
    if (run.state !== "running") return;
    this.#putBack(run);
    // Threads that end before they start anything would do so for ever.
    const set = this.#setOf(run);
    const cause = error ?? new Error(`the thread ended with exit code ${exitCode} after it had loaded the file`);
    if (!thread.proven) this.#startFailed(set, cause, set.failures);
  }

  #putBack(run: ThreadRun): void {
    run.unbegin();
    this.#backlog.putBack(run);
  }

  /** Takes tasks back from threads that do not start them: what an earlier task left behind keeps them busy. */
  readonly #look = (): void => {
    this.#watch = undefined;
    let busy = false;
    for (const thread of this.#threads) {
      const { run } = thread;
      const started = run === undefined || thread.hasStarted;
      busy ||= run !== undefined;
      if (started || thread.watched !== run) thread.watched = started ? undefined : run;
      else if (thread.revoke()) {
        this.#release(thread, run, true);
        this.#putBack(run);
        this.#kill(thread);
      }
    }
    if (busy) this.#watch = this.#host.timers.after(WATCH_MS, this.#look);
    this.#pump();
  };

  #kill(thread: PoolThread): void {
    if (thread.ending) return;
    this.#respawns += 1;
    this.#end(thread);
  }

  #end(thread: PoolThread): void {
    this.#idle.remove(thread);
    if (this.#threads.delete(thread)) this.#ending.add(thread);
    thread.end();
  }
}
