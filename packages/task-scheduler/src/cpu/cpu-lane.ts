import type { ResourceLimits } from "node:worker_threads";
import { type Logger, deadlineIn } from "@servertech/core";
import { Backlog, type WhenFull } from "../backlog.ts";
import { DroppedError, TaskNotCloneableError, WorkerCrashedError } from "../errors.ts";
import type { RunHost } from "../run-host.ts";
import { type ErrorRecord, decodeError } from "../thread/error-record.ts";
import { type FromThread, ITEM, LOADED, LOAD_FAILED, PROGRESS, UNREADABLE, WAS_REVOKED } from "../thread/protocol.ts";
import { systemClock } from "../timers/clock.ts";
import { IdleThreads } from "./idle-threads.ts";
import { countPool, discountPool } from "./pool-count.ts";
import { PoolThread } from "./pool-thread.ts";
import { StallWatch } from "./stall-watch.ts";
import { TaskLoads } from "./task-loads.ts";
import type { TaskSet } from "./task-set.ts";
import { TaskSets } from "./task-sets.ts";
import type { LinkOwner, StartThread, ThreadLink } from "./thread-link.ts";
import type { ThreadRun } from "./thread-run.ts";

/** Ending a thread takes this long at most, unless it sits in a call of the system. */
const END_MS = 900;
/** Messages that are taken in one turn of the event loop. */
const TAKE_MAX = 256;

export interface CpuLaneOptions {
  min: number;
  max: number;
  idleMs: number;
  perThread: number;
  killMs: number;
  queueMax: number;
  whenFull: WhenFull;
  agingMs: number;
  recycleTasks: number;
  recycleHeapMb: number;
  bell: boolean;
  resourceLimits: ResourceLimits | undefined;
  startThread: StartThread;
  logger: Logger;
}

/**
 * Runs tasks on worker threads.
 *
 * As long as something waits, a thread runs, or is being started, or what waits is being rejected. A thread may have
 * several short calls at once; what it has not started is taken back when it makes no progress or ends, and waits again
 * in its old place. What it has started is never run again by itself.
 */
export class CpuLane implements LinkOwner {
  readonly #host: RunHost;
  readonly #options: CpuLaneOptions;
  readonly sets: TaskSets;
  readonly #threads = new Map<ThreadLink, PoolThread>();
  /** Told to end, not gone yet. */
  readonly #ending = new Map<ThreadLink, PoolThread>();
  readonly #idle: IdleThreads;
  readonly #backlog: Backlog<ThreadRun>;
  readonly #loads: TaskLoads;
  readonly #watch: StallWatch;
  #seq = 0;
  #respawns = 0;
  #stolen = 0;
  #pumpIsDue = false;
  #counted = false;
  #closed = false;
  #onEmpty: (() => void) | undefined;

  constructor(host: RunHost, options: CpuLaneOptions) {
    this.#host = host;
    this.#options = options;
    const aging = { agingMs: options.agingMs, now: () => host.clock.monotonic() };
    this.sets = new TaskSets(aging);
    this.#backlog = new Backlog({
      max: options.queueMax,
      whenFull: options.whenFull,
      aging,
      readyOf: (run) => run.set.queue,
      queues: () => this.sets.queues(),
      // A task for which there is a thread, or one is or can be started, needs no place.
      free: () => this.#idle.size + this.#loads.count + this.#startable,
    });
    this.#idle = new IdleThreads(host, options.idleMs, {
      surplus: () => this.#threads.size - options.min,
      end: (thread) => this.#end(thread),
    });
    this.#loads = new TaskLoads(host, options.logger, {
      end: (thread) => this.#end(thread),
      reject: (set, failure) => {
        for (const run of this.#backlog.toArray()) if (run.set === set) run.stop(failure);
      },
      mayStart: () => this.#schedulePump(),
    });
    this.#watch = new StallWatch({
      threads: () => this.#threads.values(),
      stalled: (thread) => this.#takeBack(thread),
      stuck: (thread) => {
        this.#takeBack(thread);
        this.#kill(thread);
      },
    });
  }

  get waiting(): number {
    return this.#backlog.size;
  }

  get queueMax(): number {
    return this.#backlog.max;
  }

  get max(): number {
    return this.#options.max;
  }

  /** Tasks that threads have. */
  get running(): number {
    let running = 0;
    for (const thread of this.#threads.values()) running += thread.posted;
    return running;
  }

  get stats(): {
    readonly threads: number;
    readonly idle: number;
    readonly respawns: number;
    readonly stolen: number;
  } {
    return Object.freeze({
      threads: this.#threads.size,
      idle: this.#idle.size,
      respawns: this.#respawns,
      stolen: this.#stolen,
    });
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

  enqueue(run: ThreadRun): void {
    run.seq = ++this.#seq;
    const { failure } = run.set;
    if (failure !== undefined) {
      run.stop(failure);
      return;
    }
    if (run.attempt === 0) this.#backlog.add(run);
    else this.#backlog.readd(run);
    this.#schedulePump();
  }

  withdraw(run: ThreadRun): void {
    this.#backlog.withdraw(run);
    this.#schedulePump();
  }

  /** Aborts the attempt's signal, and ends its thread if it goes on for `killMs`. */
  interrupt(run: ThreadRun, reason: unknown): void {
    const { thread } = run;
    if (thread === undefined || run.killTimer !== undefined || thread.revoke(run)) return;
    thread.abort(run, reason);
    this.#killAfterGrace(thread, run);
  }

  /** Nobody reads the stream any more. */
  finish(run: ThreadRun): void {
    const { thread } = run;
    if (thread === undefined || run.killTimer !== undefined) return;
    thread.link.post({ kind: "finish", slot: run.slot });
    this.#killAfterGrace(thread, run);
  }

  #killAfterGrace(thread: PoolThread, run: ThreadRun): void {
    const { killMs } = this.#options;
    if (killMs === 0) {
      this.#kill(thread);
      return;
    }
    thread.doomed += 1;
    run.killTimer = this.#host.timers.after(killMs, () => this.#kill(thread));
  }

  /** A timeout counts from the start in the thread, not from the post. */
  remainingMs(run: ThreadRun, limitMs: number): number {
    const { thread } = run;
    if (thread === undefined) return 0;
    if (!thread.hasStarted(run)) return limitMs;
    return this.#host.clock === systemClock ? limitMs - thread.startedForMs(run) : 0;
  }

  /** Everything that waits or runs. */
  runs(): ThreadRun[] {
    const running = [...this.#threads.values(), ...this.#ending.values()].flatMap((thread) => thread.runs());
    return [...this.#backlog.toArray(), ...running];
  }

  /** Ends all threads. Resolves when they are gone; at the latest after a second, with a warning to the logger. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const thread of this.#threads.values()) this.#end(thread);
    this.#watch.end();
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

  /** All calls of one turn go out together. */
  #schedulePump(): void {
    if (this.#pumpIsDue) return;
    this.#pumpIsDue = true;
    queueMicrotask(() => {
      this.#pumpIsDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#closed) return;
    const blocked = new Set<TaskSet>();
    this.#backlog.letIn();
    while (this.#backlog.ready > 0) {
      const set = this.sets.next(blocked);
      if (set === undefined) break;
      const run = set.queue.peek();
      if (run === undefined || !this.#place(run)) blocked.add(set);
      this.#backlog.letIn();
    }
    for (const thread of this.#threads.values()) thread.flush(this.#refused);
  }

  readonly #refused = (run: ThreadRun, error: Error): void => {
    const { thread } = run;
    this.#detach(run);
    this.#backlog.ended(run);
    if (thread?.posted === 0) this.#nothingLeft(thread);
    run.fail(error);
    this.#schedulePump();
  };

  /** Gives a task to a thread, or sees to it that there will be one. */
  #place(run: ThreadRun): boolean {
    const { set } = run;
    const idle = this.#idle.take(set);
    if (idle !== undefined) {
      this.#assign(idle, run);
      return true;
    }
    while (set.wantsThread && this.#startLoad(set));
    const thread = this.#leastBusy(run);
    if (thread === undefined) return false;
    this.#assign(thread, run);
    return true;
  }

  #leastBusy(run: ThreadRun): PoolThread | undefined {
    let best: PoolThread | undefined;
    for (const thread of this.#threads.values())
      if (thread.sets.has(run.set) && thread.takes(run) && (best === undefined || thread.ahead < best.ahead))
        best = thread;
    return best?.posted === 0 ? undefined : best;
  }

  #assign(thread: PoolThread, run: ThreadRun): void {
    this.#backlog.take(run);
    thread.assign(run);
    run.begin();
    this.#watch.arm();
  }

  #startLoad(set: TaskSet): boolean {
    const idle = this.#idle.takeAny() ?? (this.#startable > 0 ? this.#newThread(set) : undefined);
    // All are busy: the first one that comes to an end of its work loads the set.
    const thread = idle ?? [...this.#threads.values()].find((one) => this.#canReserve(one, set));
    if (thread === undefined) return false;
    this.#loads.begin(thread, set);
    return true;
  }

  #canReserve(thread: PoolThread, set: TaskSet): boolean {
    return thread.loading === undefined && !thread.sets.has(set) && !thread.isWorn && thread.doomed === 0;
  }

  #newThread(set: TaskSet): PoolThread | undefined {
    if (!this.#counted) {
      this.#counted = true;
      countPool(this.#options.logger);
    }
    const { startThread, perThread, bell, resourceLimits, recycleTasks, recycleHeapMb } = this.#options;
    try {
      const link = startThread(this, { perThread, bell, heap: recycleHeapMb !== Infinity, resourceLimits });
      const thread = new PoolThread(link, { perThread, maxTasks: recycleTasks, maxHeapMb: recycleHeapMb });
      this.#threads.set(link, thread);
      return thread;
    } catch (error) {
      this.#startFailed(set, error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  }

  arrived(link: ThreadLink): void {
    const thread = this.#threads.get(link) ?? this.#ending.get(link);
    if (thread !== undefined) this.#takeAnswers(thread, TAKE_MAX);
    this.#schedulePump();
  }

  #takeAnswers(thread: PoolThread, max: number): void {
    for (let taken = 0; taken < max; taken += 1) {
      const message = thread.link.take();
      if (message === undefined) return;
      this.#answered(thread, message);
    }
  }

  #answered(thread: PoolThread, [slot, kind, value, micros]: FromThread): void {
    if (slot < 0) this.#notOfCall(thread, kind, value);
    else {
      const run = thread.runIn(slot);
      if (kind === ITEM) run?.kind.stream?.onItem(value);
      else if (kind === PROGRESS) run?.progressed(value);
      else this.#ended(thread, slot, run, kind, value, micros);
    }
  }

  #notOfCall(thread: PoolThread, kind: number, value: unknown): void {
    if (kind === LOADED) this.#loaded(thread);
    // What it carries was made by `encodeError`.
    else if (kind === LOAD_FAILED) this.#loads.failed(thread, decodeError(value as ErrorRecord));
    else if (kind === UNREADABLE) this.#unreadable(thread, decodeError(value as ErrorRecord));
  }

  #loaded(thread: PoolThread): void {
    const load = this.#loads.end(thread);
    if (load === undefined) return;
    thread.sets.add(load.set);
    if (!thread.ending) this.#idle.add(thread);
  }

  /** A start failed that was no load. */
  #startFailed(set: TaskSet, error: Error): void {
    this.#loads.startFailed({ set, failuresBefore: set.failures }, error);
  }

  /** One of the unstarted calls cannot be read there: each is sent by itself from now on, which shows which. */
  #unreadable(thread: PoolThread, error: Error): void {
    const runs = thread.revokeUnstarted();
    for (const run of runs) {
      this.#detach(run);
      if (runs.length > 1) {
        run.isSuspect = true;
        this.#putBack(run);
      } else {
        this.#backlog.ended(run);
        run.fail(new TaskNotCloneableError("argument", run.name, error));
      }
    }
    // It has no answer for what it could not read.
    this.#kill(thread);
  }

  garbled(link: ThreadLink, error: unknown): void {
    const thread = this.#threads.get(link);
    // Which call's result it was is lost, and with it what the thread does now.
    if (thread === undefined) return;
    this.#options.logger.error({ err: error }, "a thread sent what cannot be read");
    this.#kill(thread);
  }

  #ended(
    thread: PoolThread,
    slot: number,
    run: ThreadRun | undefined,
    kind: number,
    value: unknown,
    micros: number,
  ): void {
    thread.release(slot, kind !== WAS_REVOKED);
    // Items and progress do not count: the call goes on, and others wait behind it.
    thread.heardAt = performance.now();
    thread.stalled = false;
    if (run !== undefined) {
      this.#detach(run);
      this.#backlog.ended(run);
    }
    if (kind !== WAS_REVOKED && run !== undefined) {
      thread.proven = true;
      run.set.proven();
      run.pace.note(run.kind.items === undefined ? micros : micros / run.kind.items);
    }
    if (thread.posted === 0) this.#nothingLeft(thread);
    run?.answered(kind, value);
  }

  #nothingLeft(thread: PoolThread): void {
    if (thread.ending) return;
    if (thread.isWorn) this.#end(thread);
    else if (thread.loading === undefined) this.#idle.add(thread);
    else if (!thread.loading.started) this.#loadReserved(thread, thread.loading.set);
  }

  #loadReserved(thread: PoolThread, set: TaskSet): void {
    if (set.queue.size > 0) thread.load();
    else {
      this.#loads.end(thread);
      this.#idle.add(thread);
    }
  }

  /** The call is not with its thread any more. */
  #detach(run: ThreadRun): void {
    if (run.killTimer !== undefined) {
      this.#host.timers.cancel(run.killTimer);
      if (run.thread !== undefined) run.thread.doomed -= 1;
    }
    run.killTimer = run.thread = undefined;
  }

  exited(link: ThreadLink, exitCode: number, error: Error | undefined): void {
    const thread = this.#threads.get(link) ?? this.#ending.get(link);
    if (thread === undefined) return;
    // What it had sent before its end counts.
    this.#takeAnswers(thread, Infinity);
    if (!thread.ending) this.#respawns += 1;
    this.#threads.delete(link);
    this.#ending.delete(link);
    this.#idle.remove(thread);
    const load = this.#loads.end(thread);
    if (load?.started === true && !thread.ending) {
      const cause = error ?? new Error(`the thread ended with exit code ${exitCode} while it loaded the file`);
      this.#loads.startFailed(load, cause);
    }
    for (const run of thread.runs()) this.#lost(thread, run, exitCode, error);
    if (this.#threads.size + this.#ending.size === 0) this.#onEmpty?.();
    this.#schedulePump();
  }

  /** A thread ended that had a task. */
  #lost(thread: PoolThread, run: ThreadRun, exitCode: number, error: Error | undefined): void {
    const started = thread.hasStarted(run);
    this.#detach(run);
    // What was given away to the thread cannot be given again.
    if (started || run.transfer !== undefined) {
      thread.proven = true;
      run.set.proven();
      this.#backlog.ended(run);
      run.fail(new WorkerCrashedError(run.name, exitCode, error === undefined ? {} : { cause: error }));
      return;
    }
    if (run.state !== "running") {
      this.#backlog.ended(run);
      return;
    }
    this.#putBack(run);
    // Threads that end before they start anything would do so for ever.
    const cause = error ?? new Error(`the thread ended with exit code ${exitCode} after it had loaded the file`);
    if (!thread.proven && !thread.ending) this.#startFailed(run.set, cause);
  }

  #takeBack(thread: PoolThread): void {
    thread.stalled = true;
    for (const run of thread.revokeUnstarted()) {
      this.#stolen += 1;
      this.#detach(run);
      this.#putBack(run);
    }
    this.#schedulePump();
  }

  #putBack(run: ThreadRun): void {
    if (run.state !== "running") {
      this.#backlog.ended(run);
      return;
    }
    run.unbegin();
    this.#backlog.putBack(run);
  }

  #kill(thread: PoolThread): void {
    if (thread.ending) return;
    this.#respawns += 1;
    this.#end(thread);
  }

  #end(thread: PoolThread): void {
    this.#idle.remove(thread);
    if (this.#threads.delete(thread.link)) this.#ending.set(thread.link, thread);
    thread.end();
  }
}
