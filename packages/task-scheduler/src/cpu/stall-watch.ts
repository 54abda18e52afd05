import type { PoolThread } from "./pool-thread.ts";

/** A thread that makes no progress for so long must not hold up what it has not started. */
const STALL_MS = 2;
/** A thread that does not start anything for so long is taken for stuck. */
const STUCK_MS = 1_000;

/** What the watch does with what it sees. */
export interface StallWatchOwner {
  threads(): Iterable<PoolThread>;
  /** Takes the unstarted calls of a thread back. */
  stalled(thread: PoolThread): void;
  /** What an earlier task left behind keeps the thread from starting its calls. */
  stuck(thread: PoolThread): void;
}

/**
 * Looks after threads that have calls which they have not started. By real time, whatever the scheduler's clock says:
 * threads do not run on a fake clock.
 */
export class StallWatch {
  readonly #owner: StallWatchOwner;
  #timer: NodeJS.Timeout | undefined;

  constructor(owner: StallWatchOwner) {
    this.#owner = owner;
  }

  /** Calls were posted. */
  arm(): void {
    this.#timer ??= setTimeout(this.#look, STALL_MS).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    let watched = 0;
    for (const thread of this.#owner.threads()) {
      if (thread.ending || thread.posted === 0) continue;
      const runs = thread.runs();
      const started = runs.filter((run) => thread.hasStarted(run)).length;
      if (started === 0) {
        if (now - thread.heardAt > STUCK_MS) this.#owner.stuck(thread);
        watched += 1;
      } else if (runs.length > started) {
        watched += 1;
        if (now - thread.heardAt > STALL_MS) this.#owner.stalled(thread);
      }
    }
    if (watched > 0) this.arm();
  };
}
