import { encodeError } from "../thread/error-record.ts";
import { type FromThread, type ToThread, UNREADABLE, WORDS } from "../thread/protocol.ts";
import { TaskThread } from "../thread/task-thread.ts";
import type { TaskFunctions } from "../thread/task-sets.ts";
import type { TaskSet } from "../cpu/task-set.ts";
import type { LinkOptions, LinkOwner, StartThread, ThreadLink, Transferable } from "../cpu/thread-link.ts";

/**
 * Runs tasks in this thread, for tests: `createScheduler({ cpu: { threads: inlineThreads() } })`. Arguments and results
 * go through `structuredClone`, errors are made again, so that what fails on threads fails here. What cannot be
 * imitated: an endless loop is not ended, `process.exit` ends the process.
 */
export function inlineThreads(): StartThread {
  return (owner, options) => new InlineLink(owner, options);
}

class InlineLink implements ThreadLink {
  readonly words: Int32Array = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  readonly #owner: LinkOwner;
  readonly #thread: TaskThread;
  readonly #sets = new Map<string, TaskFunctions>();
  readonly #sent: FromThread[] = [];
  #arriving = false;
  #ended = false;

  constructor(owner: LinkOwner, options: LinkOptions) {
    this.#owner = owner;
    const load = (set: string): Promise<TaskFunctions> => Promise.resolve(this.#sets.get(set) ?? {});
    this.#thread = new TaskThread((message) => this.#send(message), this.words, load, options);
  }

  post(message: ToThread, transfer?: readonly Transferable[]): void {
    const copy = structuredClone(message, transfer === undefined ? {} : { transfer: [...transfer] as ArrayBuffer[] });
    setImmediate(() => {
      if (this.#ended) return;
      try {
        this.#thread.receive(copy);
      } catch (error) {
        this.#send([-1, UNREADABLE, encodeError(error), -1]);
      }
    });
  }

  load(set: TaskSet): void {
    this.#sets.set(set.key, set.functions);
    this.post({ kind: "load", set: set.key, url: set.url });
  }

  take(): FromThread | undefined {
    return this.#sent.shift();
  }

  end(): void {
    this.#ended = true;
    setImmediate(() => this.#owner.exited(this, 1, undefined));
  }

  #send(message: FromThread): void {
    if (this.#ended) return;
    this.#sent.push(structuredClone(message));
    if (this.#arriving) return;
    this.#arriving = true;
    setImmediate(() => {
      this.#arriving = false;
      if (!this.#ended) this.#owner.arrived(this);
    });
  }
}
