import { TaskNotCloneableError } from "../errors.ts";
import { encodeReason } from "../thread/error-record.ts";
import { type Calls, HEAP_WORD, POSTED, REVOKED, SLOTS, STARTED, sharedSince } from "../thread/protocol.ts";
import { AHEAD_MICROS } from "./function-pace.ts";
import type { TaskSet } from "./task-set.ts";
import type { ThreadLink } from "./thread-link.ts";
import type { ThreadRun } from "./thread-run.ts";

/** Most calls that are posted to a thread ahead of those it runs. */
const WINDOW = 32;

export interface PoolThreadOptions {
  readonly perThread: number;
  /** Calls after which the thread takes no more. */
  readonly maxTasks: number;
  /** Size of its heap after which it takes no more, in MiB. */
  readonly maxHeapMb: number;
}

/** One thread of the pool: the calls it has, each in a slot, and what may be posted to it. */
export class PoolThread {
  /** The sets it has loaded. */
  readonly sets: Set<TaskSet> = new Set();
  /** The set it is loading, or is to load once it is idle, and how many loads of that set had failed before. */
  loading: { readonly set: TaskSet; readonly failuresBefore: number; started: boolean } | undefined;
  /** Whether it ever started a task. */
  proven: boolean = false;
  /** Aborted calls that have not ended: unless they do the thread will be ended. */
  doomed: number = 0;
  /** Its unstarted tasks were taken back: it gets no others before it has answered something. */
  stalled: boolean = false;
  /** When something was last posted to it idle, or it last ended a call; `performance.now()`. */
  heardAt: number = 0;
  /** Since when it has nothing to do, on the scheduler's monotonic clock. */
  idleSince: number = 0;
  readonly link: ThreadLink;
  readonly #options: PoolThreadOptions;
  readonly #runs: (ThreadRun | undefined)[] = [];
  readonly #estimates: number[] = [];
  readonly #freeSlots: number[] = [];
  readonly #known = new Set<number>();
  #outbox: ThreadRun[] = [];
  #posted = 0;
  #ahead = 0;
  #total = 0;
  #refilling = true;
  #ending = false;

  constructor(link: ThreadLink, options: PoolThreadOptions) {
    this.link = link;
    this.#options = options;
  }

  /** Whether it was told to end. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Calls it has and has not answered. */
  get posted(): number {
    return this.#posted;
  }

  /** Estimated work it has, in microseconds. */
  get ahead(): number {
    return this.#ahead;
  }

  /** Whether it takes no more calls, and is to end once it has answered all it has. */
  get isWorn(): boolean {
    const { maxTasks, maxHeapMb } = this.#options;
    return this.#total >= maxTasks || (this.link.words[HEAP_WORD] as number) > maxHeapMb;
  }

  /** Whether `run`, of a set that it has loaded, may be posted now. */
  takes(run: ThreadRun): boolean {
    if (this.stalled || this.loading !== undefined || this.doomed > 0 || this.isWorn) return false;
    if (this.#posted === 0) return true;
    if (run.isAlone || this.#posted >= SLOTS - WINDOW) return false;
    if (this.#posted < this.#options.perThread) return true;
    if (run.isChunk) return this.#posted < 2;
    // Once full it is refilled when it is half empty: messages with several calls are cheaper.
    if (!this.#refilling) return false;
    if (this.#posted < WINDOW && this.#ahead + run.estimate <= AHEAD_MICROS) return true;
    this.#refilling = false;
    return false;
  }

  /** Gives it a call; {@link PoolThread.flush} sends it. */
  assign(run: ThreadRun): void {
    const slot = this.#freeSlots.pop() ?? this.#runs.length;
    if (this.#posted === 0) this.heardAt = performance.now();
    Atomics.store(this.link.words, slot, POSTED);
    this.#runs[slot] = run;
    this.#estimates[slot] = run.estimate;
    this.#posted += 1;
    this.#total += 1;
    this.#ahead += run.estimate;
    run.thread = this;
    run.slot = slot;
    this.#outbox.push(run);
  }

  /** @param refused gets the calls whose arguments cannot be cloned. */
  flush(refused: (run: ThreadRun, error: Error) => void): void {
    const runs = this.#outbox;
    if (runs.length === 0) return;
    this.#outbox = [];
    if (runs.length > 1 && this.#send(runs) === undefined) return;
    for (const run of runs) {
      const error = this.#send([run]);
      if (error === undefined) continue;
      this.release(run.slot, false);
      refused(run, new TaskNotCloneableError("argument", run.name, error));
    }
  }

  #send(runs: readonly ThreadRun[]): { readonly error: unknown } | undefined {
    const calls: Calls = [];
    const fresh: number[] = [];
    for (const { slot, pace, task, message, details } of runs) {
      const isKnown = this.#known.has(pace.id) || fresh.includes(pace.id);
      if (!isKnown) fresh.push(pace.id);
      calls.push(slot, isKnown ? pace.id : [pace.id, task.set, task.name], message, details);
    }
    try {
      this.link.post(calls, runs[0]?.transfer);
    } catch (error) {
      return { error };
    }
    for (const id of fresh) this.#known.add(id);
    return undefined;
  }

  runIn(slot: number): ThreadRun | undefined {
    return this.#runs[slot];
  }

  /** The call in a slot is answered: it ran, or it was taken back before. */
  release(slot: number, ran: boolean): void {
    if (!ran) this.#total -= 1;
    this.#runs[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#posted -= 1;
    this.#ahead = this.#posted === 0 ? 0 : this.#ahead - (this.#estimates[slot] as number);
    if (this.#posted * 2 <= WINDOW && this.#ahead * 2 <= AHEAD_MICROS) this.#refilling = true;
  }

  hasStarted(run: ThreadRun): boolean {
    return Atomics.load(this.link.words, run.slot) === STARTED;
  }

  /** Milliseconds since it started the call. */
  startedForMs(run: ThreadRun): number {
    return sharedSince(Atomics.load(this.link.words, SLOTS + run.slot));
  }

  /** Takes a call back if the thread has not started it, and says whether that worked. */
  revoke(run: ThreadRun): boolean {
    return Atomics.compareExchange(this.link.words, run.slot, POSTED, REVOKED) === POSTED;
  }

  /** Takes back all calls that it has not started and that can be posted again. */
  revokeUnstarted(): ThreadRun[] {
    const back = this.runs().filter((run) => run.transfer === undefined && this.revoke(run));
    for (const run of back) this.#runs[run.slot] = undefined;
    return back;
  }

  /** The calls that it has. */
  runs(): ThreadRun[] {
    return this.#runs.filter((run) => run !== undefined);
  }

  abort(run: ThreadRun, reason: unknown): void {
    this.link.post({ kind: "abort", slot: run.slot, reason: encodeReason(reason) });
  }

  load(): void {
    if (this.loading === undefined) return;
    this.loading.started = true;
    this.link.load(this.loading.set);
  }

  /** Ends the thread wherever it is. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.link.end();
  }
}
