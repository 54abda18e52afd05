import { type Deadline, deadlineIn } from "@servertech/core";
import { type Metadata, MetadataList, type MutableMetadata } from "../metadata.ts";
import { isRpcError, type RpcError, rpcError } from "../rpc-error.ts";
import type { MethodInfo } from "../service.ts";
import { Status } from "../status.ts";
import { type ServerCallTrace, publishEnd, serverCalls } from "../tracing.ts";
import { MessageQueue, type MessageSource } from "../streams/message-queue.ts";
import type { Encoding } from "../wire/compression.ts";
import type { SendCompression, SendStream } from "../wire/message-sender.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import type { ReceiveStream } from "../wire/receive-window.ts";
import type { BoundMethod } from "./bound-method.ts";
import type { CallContext, Peer } from "./handlers.ts";

/** What a call asks of its connection. */
export interface CallOwner {
  readonly peer: Peer;
  /** Status for a message that cannot be decoded. */
  readonly badPayloadStatus: number;
  /** Messages are decoded from bytes of their own. */
  readonly copyBytes: boolean;
  /** The call's deadline passed. */
  deadlinePassed(call: ServerCall): void;
  /** The handler took so many bytes of Data, or will never take them. */
  taken(call: ServerCall, bytes: number): void;
  /** A message of the client's stream cannot be decoded. */
  requestBroken(call: ServerCall, error: RpcError): void;
}

/** What the Request said of its call. */
export interface CallFacts {
  readonly metadata: Metadata;
  /** 0 = none. */
  readonly timeoutNano: number;
  readonly attempt: number;
  /** How its messages may be compressed. */
  readonly encoding: Encoding | undefined;
  /** How its replies are compressed. */
  readonly compression: SendCompression | undefined;
  /** The client honours windows on it. */
  readonly flow: boolean;
}

const NANOS_PER_MS = 1e6;

/** One call in work: its context, as the handler sees it, and what its connection has to remember of it. */
export class ServerCall implements CallContext, SendStream, ReceiveStream, MessageSource {
  readonly id: number;
  readonly bound: BoundMethod;
  metadata: Metadata;
  readonly deadline: number | undefined;
  readonly attempt: number;
  readonly encoding: Encoding | undefined;
  readonly compression: SendCompression | undefined;
  readonly flow: boolean;
  /** What the client streams; undefined when it sends one message. */
  readonly requests: MessageQueue | undefined;
  sendWindow: number = Infinity;
  sending = false;
  credit = 0;
  unreturned = 0;
  deferred = 0;
  /** The client has said that it sends no more. Of a unary call it is true from the start. */
  remoteClosed = true;
  /** What subscribers are told of it; undefined without any. */
  trace: ServerCallTrace | undefined;
  /** Called once, when the call is settled while its stream is open. */
  onSettled: (() => void) | undefined;
  readonly #owner: CallOwner;
  readonly #timer: Deadline | undefined;
  #controller: AbortController | undefined;
  #abortReason: RpcError | undefined;
  #settled = false;
  #waiting: (() => void) | undefined;
  #trailers: MetadataList | undefined;

  constructor(owner: CallOwner, id: number, bound: BoundMethod, facts: CallFacts) {
    this.#owner = owner;
    this.id = id;
    this.bound = bound;
    this.metadata = facts.metadata;
    this.attempt = Math.max(1, facts.attempt);
    this.encoding = facts.encoding;
    this.compression = facts.compression;
    this.flow = facts.flow;
    this.requests = bound.takesStream ? new MessageQueue(this) : undefined;
    if (facts.timeoutNano > 0) {
      const ms = facts.timeoutNano / NANOS_PER_MS;
      this.deadline = Date.now() + ms;
      this.#timer = deadlineIn(ms, () => owner.deadlinePassed(this));
    }
  }

  // As the handler sees it

  get method(): MethodInfo {
    return this.bound.info;
  }

  get remainingMs(): number {
    return this.deadline === undefined ? Infinity : Math.max(0, this.deadline - Date.now());
  }

  get peer(): Peer {
    return this.#owner.peer;
  }

  get trailers(): MutableMetadata {
    return (this.#trailers ??= new MetadataList());
  }

  /** Undefined when there are none. */
  get setTrailers(): MetadataList | undefined {
    return this.#trailers === undefined || this.#trailers.size === 0 ? undefined : this.#trailers;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  // Its end

  /** Tells subscribers how it ended: the first word counts. */
  tell(status: number, error: unknown): void {
    if (this.trace === undefined || this.trace.status !== undefined) return;
    this.trace.status = status;
    publishEnd(serverCalls, this.trace, status === Status.Ok ? undefined : { error });
  }

  /** Nothing may be sent for it any more. */
  get settled(): boolean {
    return this.#settled;
  }

  get receiving(): boolean {
    return !this.#settled && !this.remoteClosed;
  }

  /** The last frame was sent. */
  settle(): void {
    this.#settled = true;
    this.#timer?.cancel();
    this.requests?.clear();
    this.requests?.end();
    this.wake();
    this.onSettled?.();
    this.onSettled = undefined;
  }

  /** Nobody waits for the reply any more. */
  abort(status: number, reason: string): void {
    if (this.#settled) return;
    this.#abortReason = rpcError(status, reason);
    this.tell(status, this.#abortReason);
    this.requests?.clear();
    this.requests?.fail(this.#abortReason);
    this.settle();
    this.#controller?.abort(this.#abortReason);
  }

  // Sending

  /** Waits for `wake`. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Something changed: the window, the output, or the call is settled. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  // Receiving

  decode(buffer: Buffer, start: number, end: number, compressed: boolean): unknown {
    const { request, maxMessageBytes, info } = this.bound;
    try {
      const encoding = compressed ? this.encoding : undefined;
      return request.decode(buffer, start, end, maxMessageBytes, encoding, this.#owner.copyBytes);
    } catch (cause) {
      if (cause instanceof MessageTooLarge) throw rpcError(Status.ResourceExhausted, cause.message, { cause });
      throw rpcError(this.#owner.badPayloadStatus, `the message for ${info.fullName} cannot be decoded`, { cause });
    }
  }

  taken(bytes: number): void {
    const deferred = this.#settled || this.requests?.empty === true ? this.deferred : 0;
    this.deferred -= deferred;
    this.#owner.taken(this, bytes + deferred);
  }

  broken(error: unknown): void {
    this.#owner.requestBroken(this, isRpcError(error) ? error : rpcError(Status.Internal, "a message is broken"));
  }

  left(): void {
    // The client goes on until the call ends: what it sends is dropped.
  }
}
