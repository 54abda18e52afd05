/** What a task is given: a closure as its only argument, a task of `defineTasks` as its last one. */
export interface TaskContext {
  /** Aborts at a timeout, an abort or a cancel while the task runs, with their reason. */
  readonly signal: AbortSignal;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** Timed work: the instant it was due, in milliseconds since 1970. */
  readonly scheduledAt: number | undefined;
  /** Periodic work: how many earlier or further instants this run stands for, because it comes late. */
  readonly missed: number | undefined;
  /** Tells the caller's `onProgress` how far the task is. From a thread the value must be cloneable. */
  readonly progress: (value: unknown) => void;
}

/** When a timed run was due. */
export interface Timing {
  readonly scheduledAt: number;
  readonly missed: number | undefined;
}

/** A context whose signal costs nothing until somebody asks for it. */
export class LazyContext implements TaskContext {
  readonly attempt: number;
  readonly scheduledAt: number | undefined;
  readonly missed: number | undefined;
  #controller: AbortController | undefined;
  readonly #onProgress: ((value: unknown) => void) | undefined;
  #abort: { readonly reason: unknown } | undefined;

  constructor(attempt: number, timing: Timing | undefined, onProgress?: (value: unknown) => void) {
    this.#onProgress = onProgress;
    this.attempt = attempt;
    this.scheduledAt = timing?.scheduledAt;
    this.missed = timing?.missed;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abort !== undefined) this.#controller.abort(this.#abort.reason);
    }
    return this.#controller.signal;
  }

  /** Usable without the context, as in `({ progress }) => progress(1)`. */
  get progress(): (value: unknown) => void {
    return (value) => this.#onProgress?.(value);
  }

  get aborted(): boolean {
    return this.#abort !== undefined;
  }

  abort(reason: unknown): void {
    if (this.#abort !== undefined) return;
    this.#abort = { reason };
    this.#controller?.abort(reason);
  }
}
