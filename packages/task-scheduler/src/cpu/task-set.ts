import { fileURLToPath } from "node:url";
import type { TaskReference } from "../define-tasks.ts";
import { TasksSourceError, WorkerStartError } from "../errors.ts";
import { PriorityQueue, type PriorityQueueOptions } from "../priority-queue.ts";
import type { TaskFunctions } from "../thread/task-sets.ts";
import { FunctionPace } from "./function-pace.ts";
import type { ThreadRun } from "./thread-run.ts";

const MAX_FAILURES = 3;
const FIRST_BACK_OFF_MS = 50;

/** One set of tasks as a scheduler sees it: what waits for it, and how loading its file goes. */
export class TaskSet {
  /** The set's identity. */
  readonly key: string;
  /** The file that defines it. */
  readonly url: string;
  /** What threads import: the file, or what was made of it for a Node.js that loads no TypeScript. */
  source: string;
  readonly functions: TaskFunctions;
  readonly queue: PriorityQueue<ThreadRun>;
  /** Threads that are loading it now, or will as soon as they are idle. */
  loading = 0;
  /** After a failed load, until the next one may start. */
  backingOff = false;
  /** Why every task of this set is rejected. */
  failure: Error | undefined;
  readonly #paces = new Map<string, FunctionPace>();
  #failures = 0;

  constructor({ set, url, functions }: TaskReference, queue: PriorityQueueOptions) {
    this.key = set;
    this.url = this.source = url;
    this.functions = functions;
    this.queue = new PriorityQueue(queue);
  }

  pace(name: string): FunctionPace {
    let pace = this.#paces.get(name);
    if (pace === undefined) this.#paces.set(name, (pace = new FunctionPace()));
    return pace;
  }

  /** Starts that failed since the last good one; a start remembers it to be told from those before a failure. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether a further thread should load it: the ones that do will serve as many waiting tasks. */
  get wantsThread(): boolean {
    // While it is not known to load, one thread tries.
    const most = this.#failures === 0 ? this.queue.size : Math.min(1, this.queue.size);
    return !this.backingOff && this.loading < most;
  }

  /** A thread has started a task of it. */
  proven(): void {
    this.#failures = 0;
  }

  /**
   * A start failed.
   *
   * @param failuresBefore the value of `failures` when it began: starts that fail together count as one.
   * @returns the time until the next start, in milliseconds; undefined when there is none to wait for.
   */
  failed(cause: Error, failuresBefore: number): number | undefined {
    if (this.failure !== undefined || failuresBefore !== this.#failures) return undefined;
    this.#failures += 1;
    if (this.needsBundle(cause)) this.failure = new TasksSourceError(this.#file, cause);
    else if (this.#failures === MAX_FAILURES)
      this.failure = new WorkerStartError(
        `${this.#file} could not be loaded in ${MAX_FAILURES} starts: ${cause.message}`,
        {
          cause,
        },
      );
    return this.failure === undefined ? FIRST_BACK_OFF_MS * 2 ** (this.#failures - 1) : undefined;
  }

  /** Whether a load failed because the file is TypeScript, and nothing was done about that. */
  needsBundle(error: Error): boolean {
    return isUnknownExtension(error) && this.source === this.url && this.url.endsWith("ts");
  }

  get #file(): string {
    return fileURLToPath(this.url);
  }
}

function isUnknownExtension(error: Error): boolean {
  return (error as { code?: unknown }).code === "ERR_UNKNOWN_FILE_EXTENSION";
}
