import { type Metadata, NO_METADATA } from "../metadata.ts";
import { type ErrorDetail, type RpcErrorCode, type RpcError, isRpcError, rpcError } from "../rpc-error.ts";
import { givesStream, takesStream } from "../server/handlers.ts";
import { Status } from "../status.ts";
import { MessageQueue, type MessageSource } from "../streams/message-queue.ts";
import { Flag } from "../wire/frame.ts";
import { type CallInit, ClientCall } from "./call.ts";
import { Outbox } from "./outbox.ts";
import type { Rejected } from "./unary-call.ts";

/** How a stream ended. */
export interface RpcStatus {
  /** One of `Status`; `Ok` when the server ended it. */
  readonly status: number;
  /** `OK`, or the code of the error. */
  readonly code: "OK" | RpcErrorCode;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  /** What the server sent with the end. */
  readonly trailers: Metadata;
}

/** What all calls with a stream have. */
export interface StreamEnd {
  /** Ends the call here and on the server; `next` says done, `send` and `end` reject. */
  cancel(reason?: string): void;
  /** How it ended; never rejects. A stream that was cancelled has status CANCELLED. */
  readonly status: Promise<RpcStatus>;
  /** What the server sent with the end; never rejects. */
  readonly trailers: Promise<Metadata>;
}

/**
 * The messages of a server stream, in order. Leaving a `for await` loop early cancels the call. After an error `next` rejects
 * once with it, after all messages that came before it, then says done.
 */
export interface ServerStream<T> extends AsyncIterableIterator<T, undefined, undefined>, StreamEnd {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): ServerStream<T>;
}

/** The sending side of a call. */
export interface RequestSink<T> {
  /**
   * Sends a message; resolves once the server's window and the socket have taken it: waiting for that is what bounds memory.
   *
   * @throws RpcError RESOURCE_EXHAUSTED when it is too long, or 10,000 messages wait already; INVALID_ARGUMENT when it cannot
   * be encoded: the call goes on; FAILED_PRECONDITION after `end`, and when the server has ended the call; else how the call
   * failed.
   */
  send(message: T): Promise<void>;
}

/** A call whose caller streams messages and gets one reply. */
export interface ClientStream<Request, Response> extends RequestSink<Request>, StreamEnd {
  /** Says that no more messages come, and waits for the reply. May be called again. @throws RpcError how the call failed. */
  end(): Promise<Response>;
}

/** A call with a stream in each direction. */
export interface BidiStream<Request, Response>
  extends AsyncIterableIterator<Response, undefined, undefined>,
    RequestSink<Request>,
    StreamEnd {
  /** Says that no more messages come. Those of the server may still be read. */
  end(): void;
  next(): Promise<IteratorResult<Response, undefined>>;
  return(): Promise<IteratorResult<Response, undefined>>;
  [Symbol.asyncIterator](): BidiStream<Request, Response>;
}

/** Makes the call of a kind that has streams. */
export function streamCall(init: CallInit): StreamCall {
  if (init.method.kind === "clientStream") return new ClientStreamCall(init);
  return init.method.kind === "bidi" ? new BidiCall(init) : new StreamCall(init);
}

/** Every kind of call but a unary one. Which of its members a caller sees is up to the kind. */
export class StreamCall extends ClientCall implements MessageSource {
  readonly #queue: MessageQueue;
  readonly #outbox: Outbox | undefined;
  readonly #givesStream: boolean;
  #delivered = false;
  #cancelReason = "cancelled";
  #reply: { readonly message: unknown } | undefined;
  #failure: { readonly reason: unknown } | undefined;
  readonly #replyWaiters: { readonly resolve: (message: unknown) => void; readonly reject: Rejected }[] = [];
  #ended: RpcStatus | undefined;
  #status: Promise<RpcStatus> | undefined;
  #resolveStatus: ((status: RpcStatus) => void) | undefined;

  constructor(init: CallInit) {
    super(init);
    const { kind } = init.method;
    this.#queue = new MessageQueue(this);
    this.#givesStream = givesStream(kind);
    this.#outbox = takesStream(kind) ? new Outbox(this) : undefined;
  }

  // The caller's side

  next(): Promise<IteratorResult<unknown, undefined>> {
    return this.#queue.next();
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    return this.#queue.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  send(message: unknown): Promise<void> {
    const failure = this.#failure ?? (this.#ended === undefined ? undefined : { reason: ended() });
    if (failure !== undefined) return handled(Promise.reject(failure.reason));
    return this.#outbox === undefined ? Promise.reject(ended()) : this.#outbox.send(message);
  }

  /** Says that no more messages come. */
  protected endRequests(): void {
    this.#outbox?.end();
  }

  /** The one reply of a client stream. */
  protected reply(): Promise<unknown> {
    if (this.#reply !== undefined) return Promise.resolve(this.#reply.message);
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    return new Promise((resolve, reject) => this.#replyWaiters.push({ resolve, reject }));
  }

  cancel(reason = "cancelled"): void {
    // The reader has left: neither messages nor an error are for it any more.
    this.#cancelReason = reason;
    this.#queue.leave();
    this.left();
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

  get trailers(): Promise<Metadata> {
    return this.status.then(({ trailers }) => trailers);
  }

  // The connection's side

  override get streams(): boolean {
    return this.#outbox !== undefined;
  }

  override get repeatable(): boolean {
    return !this.#delivered && this.#outbox?.sentAny !== true;
  }

  override get allRead(): boolean {
    return this.#queue.empty;
  }

  override started(): void {
    this.#outbox?.open();
  }

  override wake(): void {
    this.#outbox?.flush();
  }

  override detach(): void {
    super.detach();
    this.#outbox?.close();
  }

  /** The caller has said that it sends no more, and the server was told. */
  get halfClosed(): boolean {
    return this.#outbox?.endSent !== false;
  }

  override onData(
    buffer: Buffer,
    start: number,
    end: number,
    flags: number,
    compressed: boolean,
    charge: number,
    most: number,
  ): void {
    if (!this.#givesStream) {
      this.taken(charge);
      const text = `${this.method.fullName} answered with a stream, a message was expected`;
      return this.giveUp(rpcError(Status.Internal, text));
    }
    // Data with "remote closed" and a body is a last message: PROTOCOL.md allows it.
    if (end > start || (flags & Flag.noData) === 0) {
      this.#delivered = true;
      if (!this.#queue.push(buffer, start, end, compressed, charge, most)) {
        this.taken(charge);
        const text = `${this.method.fullName}: more than ${most} bytes wait to be read`;
        return this.giveUp(rpcError(Status.ResourceExhausted, text));
      }
    }
    if ((flags & Flag.remoteClosed) !== 0) this.#endOk();
  }

  /** The reply of a client stream; or the end of another stream, with trailers or as Rust's ttrpc ends one. */
  override onReply(buffer: Buffer, start: number, end: number, compressed: boolean): void {
    if (!this.#givesStream) {
      let message: unknown;
      try {
        message = this.decode(buffer, start, end, compressed);
      } catch (error) {
        return this.fail(error as RpcError);
      }
      this.#reply = { message };
    }
    this.#endOk();
  }

  taken(bytes: number): void {
    const deferred = this.settled || this.#queue.empty ? this.deferred : 0;
    this.deferred -= deferred;
    this.connection?.taken(this, bytes + deferred);
  }

  broken(error: unknown): void {
    this.giveUp(error as RpcError);
  }

  left(): void {
    this.giveUp(rpcError(Status.Cancelled, this.#cancelReason));
  }

  #endOk(): void {
    // A last message that could not be decoded has ended it already.
    if (this.settled) return;
    this.connection?.finished(this);
    this.settle(undefined);
    this.#end({ status: Status.Ok, code: "OK", message: "", details: [], trailers: this.trailersReceived });
    this.#queue.end();
    const { message } = this.#reply ?? {};
    for (const { resolve } of this.#replyWaiters.splice(0)) resolve(message);
    this.#outbox?.fail(ended());
  }

  protected override failed(reason: unknown): void {
    this.#failure = { reason };
    this.#queue.fail(reason);
    this.#end(statusOf(reason));
    for (const { reject } of this.#replyWaiters.splice(0)) reject(reason);
    this.#outbox?.fail(reason);
  }

  #end(status: RpcStatus): void {
    this.#ended = Object.freeze(status);
    this.#resolveStatus?.(this.#ended);
  }
}

export class ClientStreamCall extends StreamCall implements ClientStream<unknown, unknown> {
  end(): Promise<unknown> {
    this.endRequests();
    return this.reply();
  }

  /** @internal For one who hears of the reply by `whenReplied`. */
  endWithoutReply(): void {
    this.endRequests();
  }

  /** @internal */
  whenReplied(): Promise<unknown> {
    return this.reply();
  }
}

export class BidiCall extends StreamCall implements BidiStream<unknown, unknown> {
  end(): void {
    this.endRequests();
  }
}

/** The promise's owner may look at the outcome of the call instead. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function ended(): RpcError {
  return rpcError(Status.FailedPrecondition, "the call has ended");
}

export function statusOf(reason: unknown): RpcStatus {
  if (isRpcError(reason)) {
    const { status, code, message, details, trailers } = reason;
    return { status, code, message, details, trailers };
  }
  const message = reason instanceof Error ? reason.message : String(reason);
  return { status: Status.Cancelled, code: "RPC_CANCELLED", message, details: [], trailers: NO_METADATA };
}
