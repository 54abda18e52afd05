import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import type { ServerCall } from "./call.ts";

/** Where the messages of a stream go. */
export interface StreamSink {
  /** Sends one message, at once or as soon as the windows take it. @throws RpcError when it is of a wrong type or too long. */
  sendData(call: ServerCall, message: unknown): void;
  /** Whether the next message may be sent; if not, the call is woken when that may have changed. */
  mayStream(call: ServerCall): boolean;
  endStream(call: ServerCall): void;
  failStream(call: ServerCall, error: unknown): void;
}

/**
 * Sends what a handler yields, no faster than the client takes it. When the client goes away, the iterator is told by
 * `return`. Resolves once the handler has ended; never rejects.
 */
export async function serveStream(call: ServerCall, messages: unknown, sink: StreamSink): Promise<void> {
  if (!isAsyncIterable(messages)) {
    sink.failStream(call, rpcError(Status.Internal, `${call.bound.info.fullName} gave no stream`));
    return;
  }
  let ended: Promise<void> | undefined;
  try {
    const iterator = messages[Symbol.asyncIterator]();
    call.onSettled = () => {
      ended = end(iterator);
    };
    for (;;) {
      const step = await iterator.next();
      if (step.done === true) break;
      while (!call.settled && !sink.mayStream(call)) await call.wait();
      // What is yielded after the client has gone is dropped; `return` is on its way to the iterator.
      if (call.settled) break;
      sink.sendData(call, step.value);
    }
    // The end comes after a message that is still on its way in pieces.
    while (!call.settled && call.sending) await call.wait();
    if (!call.settled) {
      call.onSettled = undefined;
      sink.endStream(call);
    }
  } catch (error) {
    // What was yielded before comes before the error.
    while (!call.settled && call.sending) await call.wait();
    sink.failStream(call, error);
  }
  await ended;
}

/** The iterator frees what it holds; an error on that way has no reader any more. */
async function end(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The client has gone, and the call was answered or needs no answer.
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
