import { MessageChannel, type MessagePort, Worker, receiveMessageOnPort } from "node:worker_threads";
import { threadSource } from "../gen/thread-source.ts";
import { BELL_WORD, type FromThread, type ThreadData, type ToThread, WORDS } from "../thread/protocol.ts";
import type { TaskSet } from "./task-set.ts";
import type { LinkOptions, LinkOwner, ThreadLink, Transferable } from "./thread-link.ts";

// A text with `eval: true` would do, but Node.js 20 ignores `--import` for it, and with that loaders for TypeScript. The
// program itself is not in the URL, which would stand in every line of a stack.
const BOOTSTRAP = new URL(
  `data:text/javascript,${encodeURIComponent(
    'const { workerData } = process.getBuiltinModule("node:worker_threads");' +
      'const { runInThisContext } = process.getBuiltinModule("node:vm");' +
      'runInThisContext(workerData.source, { filename: "task-scheduler-thread.js" })((url) => import(url));',
  )}`,
);

/** A worker thread. */
export class WorkerLink implements ThreadLink {
  readonly words: Int32Array<SharedArrayBuffer> = new Int32Array(
    new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT),
  );
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #bell: boolean;
  /** The message of the event that brought the news of more. */
  #first: FromThread | undefined;
  #error: Error | undefined;

  constructor(owner: LinkOwner, { perThread, bell, heap, resourceLimits }: LinkOptions) {
    // A channel of our own: its messages can be taken without an event each, also after the end of the thread.
    const { port1, port2 } = new MessageChannel();
    const data: ThreadData = { words: this.words.buffer, perThread, bell, heap };
    this.#worker = new Worker(BOOTSTRAP, {
      name: "task-scheduler",
      workerData: { ...data, source: threadSource, port: port2 },
      transferList: [port2],
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#port = port1;
    this.#bell = bell;
    port1.on("message", (message: FromThread) => {
      this.#first = message;
      owner.arrived(this);
    });
    port1.on("messageerror", (error: unknown) => owner.garbled(this, error));
    this.#worker.on("error", (error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(`the thread threw ${String(error)}`);
    });
    this.#worker.on("exit", (exitCode) => {
      owner.exited(this, exitCode, this.#error);
      port1.close();
    });
    // After the listeners: a listener of messages makes a port keep the process alive again.
    port1.unref();
    this.#worker.unref();
  }

  post(message: ToThread, transfer?: readonly Transferable[]): void {
    if (transfer === undefined) this.#port.postMessage(message);
    else this.#port.postMessage(message, transfer);
    if (!this.#bell) return;
    Atomics.add(this.words, BELL_WORD, 1);
    Atomics.notify(this.words, BELL_WORD);
  }

  load(set: TaskSet): void {
    this.post({ kind: "load", set: set.key, url: set.source });
  }

  take(): FromThread | undefined {
    const first = this.#first;
    if (first === undefined) return receiveMessageOnPort(this.#port)?.message as FromThread | undefined;
    this.#first = undefined;
    return first;
  }

  end(): void {
    void this.#worker.terminate();
  }
}
