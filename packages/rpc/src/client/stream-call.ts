import { type ErrorDetail, type RpcErrorCode, isRpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { ClientCall } from "./call.ts";

/** How a stream ended. */
export interface RpcStatus {
  /** One of `Status`; `Ok` when the server ended it. */
  readonly status: number;
  /** `OK`, or the code of the error. */
  readonly code: "OK" | RpcErrorCode;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
}

/**
 * The messages of a server stream, in order. Leaving a `for await` loop early cancels the call. After an error `next` rejects
 * once with it, after all messages that came before it, then says done.
 */
export interface ServerStream<T> extends AsyncIterableIterator<T, undefined, undefined> {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  /** Ends the call here and on the server; `next` says done. */
  cancel(reason?: string): void;
  /** How it ended; never rejects. A stream that was cancelled has status CANCELLED. */
  readonly status: Promise<RpcStatus>;
  [Symbol.asyncIterator](): ServerStream<T>;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

interface Received {
  readonly message: unknown;
  readonly bytes: number;
}

/** Taken messages are removed from the queue so many at a time: one by one would cost a move of all behind them. */
const COMPACT_AT = 1_024;
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
const OK: RpcStatus = Object.freeze({ status: Status.Ok, code: "OK", message: "", details: Object.freeze([]) });

export class StreamCall extends ClientCall implements ServerStream<unknown> {
  #queue: Received[] = [];
  #taken = 0;
  /** Bytes in the queue that the server has not been told to be free. */
  #unread = 0;
  readonly #waiters: Waiter[] = [];
  /** What `next` rejects with once the queue is empty. */
  #error: { readonly reason: unknown } | undefined;
  #ended: RpcStatus | undefined;
  #status: Promise<RpcStatus> | undefined;
  #resolveStatus: ((status: RpcStatus) => void) | undefined;

  // The reader's side

  next(): Promise<IteratorResult<unknown, undefined>> {
    const received = this.#take();
    if (received !== undefined) return Promise.resolve({ done: false, value: received.message });
    if (this.#error !== undefined) {
      const { reason } = this.#error;
      this.#error = undefined;
      return Promise.reject(reason);
    }
    if (this.#ended !== undefined) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    this.cancel();
    return Promise.resolve(DONE);
  }

  cancel(reason = "cancelled"): void {
    this.giveUp(rpcError(Status.Cancelled, reason));
    // The reader has left: neither messages nor an error are for it any more.
    this.#queue = [];
    this.#taken = 0;
    this.#error = undefined;
  }

  get status(): Promise<RpcStatus> {
    this.#status ??=
      this.#ended === undefined
        ? new Promise((resolve) => {
            this.#resolveStatus = resolve;
          })
        : Promise.resolve(this.#ended);
    return this.#status;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Received | undefined {
    const received = this.#queue[this.#taken];
    if (received === undefined) return undefined;
    this.#taken += 1;
    if (this.#taken === this.#queue.length) {
      this.#queue = [];
      this.#taken = 0;
    } else if (this.#taken >= COMPACT_AT) {
      this.#queue.splice(0, this.#taken);
      this.#taken = 0;
    }
    if (this.#ended === undefined) {
      this.#unread -= received.bytes;
      this.connection?.consumed(this, received.bytes);
    }
    return received;
  }

  // The connection's side

  override onData(buffer: Buffer, start: number, end: number, last: boolean, limit: number): void {
    const bytes = end - start;
    // Data with "remote closed" and a body is a last message: PROTOCOL.md allows it.
    if (bytes > 0 || !last) {
      if (this.#unread > limit) {
        this.connection?.consumed(this, bytes);
        this.giveUp(
          rpcError(Status.ResourceExhausted, `${this.method.fullName}: more than ${limit} bytes wait to be read`),
        );
        return;
      }
      let message: unknown;
      try {
        message = this.method.response.decode(buffer, start, end);
      } catch (cause) {
        this.connection?.consumed(this, bytes);
        const text = `a message of ${this.method.fullName} cannot be decoded`;
        this.giveUp(rpcError(Status.Internal, text, { cause }));
        return;
      }
      this.#deliver(message, bytes);
    }
    if (last) this.#endOk();
  }

  /** Rust's ttrpc ends a stream with an empty Response of status OK. */
  override onReply(): void {
    this.#endOk();
  }

  #deliver(message: unknown, bytes: number): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#unread += bytes;
      this.#queue.push({ message, bytes });
      return;
    }
    waiter.resolve({ done: false, value: message });
    this.connection?.consumed(this, bytes);
  }

  #endOk(): void {
    this.connection?.finished(this);
    this.settle(false);
    this.#end(OK);
  }

  protected override failed(reason: unknown): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#error = { reason };
    else waiter.reject(reason);
    this.#end(statusOf(reason));
  }

  #end(status: RpcStatus): void {
    this.#ended = status;
    // What waits for the reader takes no room of other streams from now on.
    this.connection?.consumed(this, this.#unread);
    this.#unread = 0;
    this.#resolveStatus?.(status);
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE);
  }
}

function statusOf(reason: unknown): RpcStatus {
  if (isRpcError(reason)) {
    const { status, code, message, details } = reason;
    return Object.freeze({ status, code, message, details });
  }
  const message = reason instanceof Error ? reason.message : String(reason);
  return Object.freeze({ status: Status.Cancelled, code: "RPC_CANCELLED", message, details: [] });
}
