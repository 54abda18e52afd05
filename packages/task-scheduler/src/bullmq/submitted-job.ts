import { CancelledError } from "../errors.ts";
import type { JobCall } from "../queue/queue-engine.ts";
import type { TaskHandle, TaskState } from "../task-handle.ts";

/** What a submitted job tells its lane. */
export interface SubmittedJobOwner {
  settled(ok: boolean): void;
  /** The job is not wanted any more. */
  cancel(): void;
  callbackFailed(error: unknown): void;
}

/** A call of a job that waits for its result. */
export class SubmittedJob implements TaskHandle<unknown> {
  readonly done: Promise<unknown>;
  endInterest: () => void = () => {};
  readonly #owner: SubmittedJobOwner;
  readonly #onProgress: JobCall["onProgress"];
  readonly #dueAt: number;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #state: TaskState;

  constructor({ onProgress }: JobCall, delayMs: number, owner: SubmittedJobOwner) {
    this.#owner = owner;
    this.#onProgress = onProgress;
    this.#dueAt = Date.now() + delayMs;
    this.#state = delayMs > 0 ? "scheduled" : "queued";
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Its failure is also in the queue, for all to see.
    this.done.catch(() => {});
  }

  get state(): TaskState {
    return this.#state === "scheduled" && Date.now() >= this.#dueAt ? "queued" : this.#state;
  }

  get next(): number | undefined {
    return this.state === "scheduled" ? this.#dueAt : undefined;
  }

  get #isOver(): boolean {
    return this.#state === "done" || this.#state === "failed" || this.#state === "cancelled";
  }

  cancel(): boolean {
    if (this.#isOver) return false;
    this.stop(new CancelledError());
    return true;
  }

  stop(reason: unknown): void {
    if (this.#isOver) return;
    this.#owner.cancel();
    this.#settle("cancelled", reason);
  }

  started(): void {
    if (!this.#isOver) this.#state = "running";
  }

  progressed(value: unknown): void {
    if (this.#onProgress === undefined || this.#isOver) return;
    try {
      this.#onProgress(value);
    } catch (error) {
      this.#owner.callbackFailed(error);
    }
  }

  succeed(value: unknown): void {
    if (!this.#isOver) this.#settle("done", value);
  }

  fail(error: unknown): void {
    if (!this.#isOver) this.#settle("failed", error);
  }

  /** Its result is not waited for any more; the job itself goes on. */
  drop(error: Error): void {
    if (!this.#isOver) this.#settle("cancelled", error);
  }

  /** It was never submitted. */
  refuse(error: unknown): void {
    this.#state = "failed";
    this.#reject(error);
  }

  #settle(state: "done" | "failed" | "cancelled", value: unknown): void {
    this.#state = state;
    this.endInterest();
    if (state === "done") this.#resolve(value);
    else this.#reject(value);
    this.#owner.settled(state === "done");
  }
}
