import type { MessagePort } from "node:worker_threads";
import { encodeError } from "./error-record.ts";
import { BELL_WORD, type FromThread, type ThreadData, type ToThread, UNREADABLE } from "./protocol.ts";
import { TASK_SETS, type TaskFunctions } from "./task-sets.ts";
import { TaskThread } from "./task-thread.ts";

/** Makes this thread one of a pool. */
export function serve(
  port: MessagePort,
  receive: (port: MessagePort) => { message: ToThread } | undefined,
  data: ThreadData,
  importFile: (url: string) => Promise<unknown>,
): void {
  const sets = new Map<string, TaskFunctions>();
  Object.defineProperty(globalThis, TASK_SETS, { value: sets });
  const words = new Int32Array(data.words);
  const load = async (set: string, url: string): Promise<TaskFunctions> => {
    await importFile(url);
    const functions = sets.get(set);
    if (functions === undefined) throw new Error(`${url} did not call defineTasks for ${set}`);
    return functions;
  };
  const thread = new TaskThread((message: FromThread) => port.postMessage(message), words, load, data);
  port.on("messageerror", (error: unknown) => port.postMessage([-1, UNREADABLE, encodeError(error), -1]));
  port.on("message", (first: ToThread) => {
    for (let message: ToThread | undefined = first; message !== undefined; message = receive(port)?.message)
      thread.receive(message);
    if (data.bell) sleepOnBell();
  });

  /** Waits for messages without the event loop, as long as nothing here needs that. */
  function sleepOnBell(): void {
    while (thread.isIdle) {
      const rung = Atomics.load(words, BELL_WORD);
      const next = receive(port);
      if (next !== undefined) thread.receive(next.message);
      else Atomics.wait(words, BELL_WORD, rung);
    }
  }
}
