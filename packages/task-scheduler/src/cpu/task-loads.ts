import type { Logger } from "@servertech/core";
import type { RunHost } from "../run-host.ts";
import type { PoolThread } from "./pool-thread.ts";
import type { TaskSet } from "./task-set.ts";
import { bundleTypeScript } from "./typescript-bundle.ts";

export interface TaskLoadsOwner {
  /** Ends a thread in which a load failed. */
  end(thread: PoolThread): void;
  /** Rejects everything that waits for a set which cannot be loaded. */
  reject(set: TaskSet, failure: Error): void;
  /** Another load may be started now. */
  mayStart(): void;
}

/** A load that has ended, as it was. */
export type Load = NonNullable<PoolThread["loading"]>;

/**
 * The loads of task files in threads: one at a time in each, at once or as soon as it is idle. A file that fails is tried
 * again after a pause, and given up after some starts.
 */
export class TaskLoads {
  readonly #host: RunHost;
  readonly #logger: Logger;
  readonly #owner: TaskLoadsOwner;
  #count = 0;

  constructor(host: RunHost, logger: Logger, owner: TaskLoadsOwner) {
    this.#host = host;
    this.#logger = logger;
    this.#owner = owner;
  }

  /** Loads under way or reserved. */
  get count(): number {
    return this.#count;
  }

  /** Has the thread load a set, at the latest when it has ended what it has. */
  begin(thread: PoolThread, set: TaskSet): void {
    this.#count += 1;
    set.loading += 1;
    thread.loading = { set, failuresBefore: set.failures, started: false };
    if (thread.posted === 0) thread.load();
  }

  /** The thread's load is over, or will not come. */
  end(thread: PoolThread): Load | undefined {
    const load = thread.loading;
    if (load === undefined) return undefined;
    thread.loading = undefined;
    load.set.loading -= 1;
    this.#count -= 1;
    return load;
  }

  /** The thread says that its load failed. */
  failed(thread: PoolThread, error: Error): void {
    const load = this.end(thread);
    if (load === undefined) return;
    // A module that failed once fails in this thread for ever: https://tc39.es/ecma262/#sec-moduleevaluation
    this.#owner.end(thread);
    if (load.set.needsBundle(error)) void this.#bundle(load, error);
    else this.startFailed(load, error);
  }

  /** Threads here load no TypeScript: they get what the project's esbuild makes of it, if there is one. */
  async #bundle(load: Load, error: Error): Promise<void> {
    const { set } = load;
    if (set.backingOff) return;
    set.backingOff = true;
    try {
      set.source = await bundleTypeScript(set.url);
    } catch (reason) {
      this.#logger.warn({ err: reason, file: set.url }, "a task file in TypeScript could not be bundled");
      this.startFailed(load, error);
    }
    set.backingOff = false;
    this.#owner.mayStart();
  }

  /** A start of the set failed, in the load itself or beside it; `failuresBefore` says how many had failed when it began. */
  startFailed({ set, failuresBefore }: Pick<Load, "set" | "failuresBefore">, error: Error): void {
    const delayMs = set.failed(error, failuresBefore);
    if (set.failure !== undefined) this.#owner.reject(set, set.failure);
    if (delayMs === undefined) return;
    set.backingOff = true;
    this.#host.timers.after(delayMs, () => {
      set.backingOff = false;
      this.#owner.mayStart();
    });
  }
}
