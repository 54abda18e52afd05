import { type ResourceLimits, Worker } from "node:worker_threads";
import { threadSource } from "../gen/thread-source.ts";
import { encodeError, encodeReason } from "../thread/error-record.ts";
import {
  type FromThread,
  POSTED,
  REVOKED,
  STARTED,
  STARTED_AT_WORD,
  STATE_WORD,
  type ThreadData,
  type ToThread,
  WORDS,
  sharedSince,
} from "../thread/protocol.ts";
import type { Timer } from "../timers/timers.ts";
import type { TaskSet } from "./task-set.ts";
import type { ThreadRun } from "./thread-run.ts";

// A text with `eval: true` would do, but Node.js 20 ignores `--import` for it, and with that loaders for TypeScript. The
// program itself is not in the URL, which would stand in every line of a stack.
const BOOTSTRAP = new URL(
  `data:text/javascript,${encodeURIComponent(
    'const { workerData } = process.getBuiltinModule("node:worker_threads");' +
      'const { runInThisContext } = process.getBuiltinModule("node:vm");' +
      'runInThisContext(workerData.source, { filename: "task-scheduler-thread.js" })((url) => import(url));',
  )}`,
);

/** Whom a thread reports to. */
export interface ThreadOwner {
  /** The answer to a load or to a task. */
  answered(thread: PoolThread, message: FromThread): void;
  /** It is gone. Everything it had sent was answered before. */
  exited(thread: PoolThread, exitCode: number, error: Error | undefined): void;
}

/** One worker thread, which does one thing at a time. Never keeps the process alive by itself. */
export class PoolThread {
  /** The sets it has loaded. */
  readonly sets: Set<TaskSet> = new Set();
  /** The set it is loading, and how many loads of that set had failed before. */
  loading: { readonly set: TaskSet; readonly failuresBefore: number } | undefined;
  /** The task it has. */
  run: ThreadRun | undefined;
  /** Whether it ever started a task. */
  proven: boolean = false;
  /** The end that awaits it if its aborted task goes on. */
  killTimer: Timer | undefined;
  /** The task it had when the watch last looked and had not started. */
  watched: ThreadRun | undefined;
  /** Since when it has nothing to do, on the scheduler's monotonic clock. */
  idleSince: number = 0;
  #ending = false;
  readonly #worker: Worker;
  readonly #words: Int32Array<SharedArrayBuffer> = new Int32Array(
    new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT),
  );
  #error: Error | undefined;

  /** @throws what `new Worker` throws. */
  constructor(owner: ThreadOwner, resourceLimits: ResourceLimits | undefined) {
    const workerData: ThreadData = { words: this.#words.buffer, source: threadSource };
    this.#worker = new Worker(BOOTSTRAP, {
      name: "task-scheduler",
      workerData,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#worker.on("message", (message: FromThread) => owner.answered(this, message));
    this.#worker.on("messageerror", (error: unknown) =>
      owner.answered(this, { kind: "not-cloneable", side: "result", error: encodeError(error) }),
    );
    this.#worker.on("error", (error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(`the thread threw ${String(error)}`);
    });
    this.#worker.on("exit", (exitCode) => owner.exited(this, exitCode, this.#error));
    // After the listeners: a listener of messages makes the thread keep the process alive again.
    this.#worker.unref();
  }

  /** Whether it was told to end. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Whether it has started the task it has. */
  get hasStarted(): boolean {
    return Atomics.load(this.#words, STATE_WORD) === STARTED;
  }

  /** Milliseconds since it started the task it has. */
  get startedForMs(): number {
    return sharedSince(Atomics.load(this.#words, STARTED_AT_WORD));
  }

  load(set: TaskSet): void {
    this.loading = { set, failuresBefore: set.failures };
    set.loading += 1;
    this.#send({ kind: "load", set: set.key, url: set.url });
  }

  /** @throws what `postMessage` throws at arguments that cannot be cloned; the thread has nothing to do then. */
  post(run: ThreadRun): void {
    Atomics.store(this.#words, STATE_WORD, POSTED);
    const { set, name } = run.task;
    const { scheduledAt, missed } = run.timing ?? { scheduledAt: undefined, missed: undefined };
    this.#send({
      kind: "run",
      set,
      name,
      args: run.args,
      attempt: run.attempt + 1,
      scheduledAt,
      missed,
      progress: run.hasProgress,
    });
    this.run = run;
  }

  /** Takes the task back if the thread has not started it, and says whether that worked. */
  revoke(): boolean {
    return Atomics.compareExchange(this.#words, STATE_WORD, POSTED, REVOKED) === POSTED;
  }

  abort(reason: unknown): void {
    this.#send({ kind: "abort", reason: encodeReason(reason) });
  }

  /** Ends the thread wherever it is. `exited` follows. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    void this.#worker.terminate();
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}
