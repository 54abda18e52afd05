/**
 * The program of a pool's thread. It is bundled into `src/gen/thread-source.ts`, a text that the scheduler starts its
 * threads with: a bundler of the user's program cannot lose it. So it imports nothing at run time.
 */
import type { MessagePort } from "node:worker_threads";
import { LazyContext } from "../task-context.ts";
import { type ErrorRecord, decodeReason, encodeError } from "./error-record.ts";
import {
  type FromThread,
  POSTED,
  REVOKED,
  STARTED,
  STARTED_AT_WORD,
  STATE_WORD,
  type ThreadData,
  type ToThread,
  sharedNow,
} from "./protocol.ts";
import { TASK_SETS, type TaskFunctions, callTask } from "./task-sets.ts";

type RunMessage = Extract<ToThread, { kind: "run" }>;

/** The side of the thread: loads task files, runs one task at a time and answers each message but aborts. */
class TaskThread {
  readonly #send: (message: FromThread) => void;
  readonly #words: Int32Array;
  readonly #sets: Map<string, TaskFunctions>;
  readonly #importFile: (url: string) => Promise<unknown>;
  #context: LazyContext | undefined;

  constructor(
    send: (message: FromThread) => void,
    words: Int32Array,
    sets: Map<string, TaskFunctions>,
    importFile: (url: string) => Promise<unknown>,
  ) {
    this.#send = send;
    this.#words = words;
    this.#sets = sets;
    this.#importFile = importFile;
  }

  receive(message: ToThread): void {
    if (message.kind === "run") this.#start(message);
    else if (message.kind === "load") void this.#load(message.set, message.url);
    else this.#context?.abort(decodeReason(message.reason));
  }

  async #load(set: string, url: string): Promise<void> {
    try {
      await this.#importFile(url);
      if (!this.#sets.has(set)) throw new Error(`${url} did not call defineTasks for ${set}`);
    } catch (error) {
      this.#send({ kind: "load-failed", error: encodeError(error) });
      return;
    }
    this.#send({ kind: "loaded" });
  }

  #start(message: RunMessage): void {
    this.#words[STARTED_AT_WORD] = sharedNow();
    if (Atomics.compareExchange(this.#words, STATE_WORD, POSTED, STARTED) === REVOKED) this.#send({ kind: "revoked" });
    else void this.#run(message);
  }

  async #run({ set, name, args, attempt, scheduledAt, missed, progress }: RunMessage): Promise<void> {
    const functions = this.#sets.get(set);
    if (functions === undefined || !Object.hasOwn(functions, name)) {
      this.#send({ kind: "unknown-task" });
      return;
    }
    const timing = scheduledAt === undefined ? undefined : { scheduledAt, missed };
    const report = progress ? (value: unknown) => this.#send({ kind: "progress", value }) : undefined;
    this.#context = new LazyContext(attempt, timing, report);
    try {
      const value = await callTask(functions, name, args, this.#context);
      this.#answer(value);
    } catch (error) {
      this.#send({ kind: "error", error: encodeError(error) });
    } finally {
      this.#context = undefined;
    }
  }

  #answer(value: unknown): void {
    let refused: ErrorRecord;
    try {
      this.#send({ kind: "result", value });
      return;
    } catch (error) {
      refused = encodeError(error);
    }
    this.#send({ kind: "not-cloneable", side: "result", error: refused });
  }
}

/** Makes this thread one of a pool. */
export function serve(port: MessagePort, data: ThreadData, importFile: (url: string) => Promise<unknown>): void {
  const sets = new Map<string, TaskFunctions>();
  Object.defineProperty(globalThis, TASK_SETS, { value: sets });
  const send = (message: FromThread) => port.postMessage(message);
  const thread = new TaskThread(send, new Int32Array(data.words), sets, importFile);
  port.on("messageerror", (error: unknown) =>
    send({ kind: "not-cloneable", side: "argument", error: encodeError(error) }),
  );
  port.on("message", (message: ToThread) => thread.receive(message));
}
