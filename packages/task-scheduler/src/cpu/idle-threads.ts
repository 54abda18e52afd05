import type { RunHost } from "../run-host.ts";
import type { Timer } from "../timers/timers.ts";
import type { PoolThread } from "./pool-thread.ts";
import type { TaskSet } from "./task-set.ts";

/** The pool as its idle threads see it. */
export interface IdleThreadsOwner {
  /** How many threads there are above the minimum. */
  surplus(): number;
  end(thread: PoolThread): void;
}

/** Threads with nothing to do. The one used last is used next, so that the surplus has time to be seen and ended. */
export class IdleThreads {
  readonly #host: RunHost;
  readonly #idleMs: number;
  readonly #owner: IdleThreadsOwner;
  /** The one idle for the longest time first. */
  readonly #threads: PoolThread[] = [];
  #timer: Timer | undefined;

  constructor(host: RunHost, idleMs: number, owner: IdleThreadsOwner) {
    this.#host = host;
    this.#idleMs = idleMs;
    this.#owner = owner;
  }

  get size(): number {
    return this.#threads.length;
  }

  add(thread: PoolThread): void {
    thread.idleSince = this.#host.clock.monotonic();
    this.#threads.push(thread);
    if (this.#timer === undefined) this.#timer = this.#host.timers.after(this.#idleMs, this.#shrink);
  }

  has(set: TaskSet): boolean {
    return this.#threads.some((thread) => thread.sets.has(set));
  }

  /** A thread that has loaded `set`. */
  take(set: TaskSet): PoolThread | undefined {
    const index = this.#threads.findLastIndex((thread) => thread.sets.has(set));
    return index === -1 ? undefined : this.#threads.splice(index, 1)[0];
  }

  takeAny(): PoolThread | undefined {
    return this.#threads.pop();
  }

  remove(thread: PoolThread): void {
    const index = this.#threads.indexOf(thread);
    if (index !== -1) this.#threads.splice(index, 1);
  }

  readonly #shrink = (): void => {
    this.#timer = undefined;
    const now = this.#host.clock.monotonic();
    for (;;) {
      const oldest = this.#threads[0];
      if (oldest === undefined || this.#owner.surplus() <= 0) return;
      const restMs = oldest.idleSince + this.#idleMs - now;
      if (restMs > 0) {
        this.#timer = this.#host.timers.after(restMs, this.#shrink);
        return;
      }
      this.#owner.end(oldest);
    }
  };
}
