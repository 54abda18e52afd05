import { type Deadline, deadlineIn, onAbort } from "@servertech/core";
import { type Metadata, NO_METADATA } from "../metadata.ts";
import { type RpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import type { Encoding } from "../wire/compression.ts";
import type { SendStream } from "../wire/message-sender.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import type { ReceiveStream } from "../wire/receive-window.ts";
import type { ResponseEnvelope } from "../wire/response.ts";
import type { ClientCallTrace } from "../tracing.ts";
import type { CalledMethod } from "./called-method.ts";
import type { ClientConnection } from "./connection.ts";
import type { Link } from "./link.ts";

/** What a call asks of its channel. */
export interface CallOwner {
  /** Messages are decoded from bytes of their own. */
  readonly copyBytes: boolean;
  /** What went wrong last with its servers. */
  readonly lastError: unknown;
  /** The call is over. @param error how it failed; undefined = it went well. */
  ended(call: ClientCall, error: unknown): void;
  /** An attempt failed. @returns true when the channel makes another one: the call goes on. */
  triesAgain(call: ClientCall, error: RpcError): boolean;
}

export interface CallInit {
  readonly owner: CallOwner;
  readonly method: CalledMethod;
  readonly request: unknown;
  readonly metadata: Buffer | undefined;
  /** 0 = none. */
  readonly timeoutMs: number;
  readonly waitForReady: boolean;
  readonly idempotent: boolean;
  /** What subscribers are told of it; undefined without any. */
  readonly trace: ClientCallTrace | undefined;
  /** What it is kept together by with others at one server; undefined = nothing. */
  readonly key: string | undefined;
  /** One of several attempts at a call that is made more than once at a time: it does not count by itself. */
  readonly hedged: boolean;
  /** Whoever makes it makes the next attempt, too. */
  readonly once: boolean;
}

/** The reason, for a message: it is read more often than a cause. */
export function because(cause: unknown): string {
  return cause instanceof Error && cause.message !== "" ? `: ${cause.message}` : "";
}

/** One call from its start to its end: its deadline, its signal, and where it is. It settles exactly once. */
export abstract class ClientCall implements SendStream, ReceiveStream {
  readonly method: CalledMethod;
  readonly request: unknown;
  readonly metadata: Buffer | undefined;
  readonly timeoutMs: number;
  readonly waitForReady: boolean;
  readonly idempotent: boolean;
  readonly trace: ClientCallTrace | undefined;
  readonly key: string | undefined;
  readonly hedged: boolean;
  readonly once: boolean;
  /** When the deadline passes, on the clock of performance.now(); only known once the call had to wait. */
  deadlineAt = 0;
  /** Times it was given to a connection. */
  attempts = 0;
  /** The connection it was given to, and its id there once it is written. */
  connection: ClientConnection | undefined;
  streamId = 0;
  /** The last endpoint that did not do it. */
  failedEndpoint: string | undefined;
  /** What kept it from being done so far. */
  lastError: unknown;
  /** Ends the wait for a usable connection. */
  waitLimit: Deadline | undefined;
  /** Where it was sent last. */
  link: Link | undefined;
  /** When it was sent, on the clock of performance.now(); 0 = it is not timed. */
  sentAt = 0;
  // Its stream, as the connection knows it.
  sendWindow = 0;
  sending = false;
  credit = 0;
  unreturned = 0;
  deferred = 0;
  /** How this attempt's messages may be compressed. */
  encoding: Encoding | undefined;
  protected trailersReceived: Metadata = NO_METADATA;
  protected readonly owner: CallOwner;
  readonly #deadline: Deadline | undefined;
  #stopListening: (() => void) | undefined;
  #settled = false;

  constructor(init: CallInit) {
    const { owner, method, request, metadata, timeoutMs, waitForReady, idempotent, trace, key, hedged, once } = init;
    this.owner = owner;
    this.method = method;
    this.request = request;
    this.metadata = metadata;
    this.timeoutMs = timeoutMs;
    this.waitForReady = waitForReady;
    this.idempotent = idempotent;
    this.trace = trace;
    this.key = key;
    this.hedged = hedged;
    this.once = once;
    if (timeoutMs > 0) this.#deadline = deadlineIn(timeoutMs, () => this.#deadlinePassed());
  }

  get id(): number {
    return this.streamId;
  }

  get settled(): boolean {
    return this.#settled;
  }

  get receiving(): boolean {
    return !this.#settled;
  }

  /** Whether another attempt can be the same call again: no message was delivered, and none that was streamed is lost. */
  get repeatable(): boolean {
    return true;
  }

  /** Whether the caller streams messages. */
  get streams(): boolean {
    return false;
  }

  /** It has to wait: from now on its deadline is known as a time, and what is left of it can be sent. */
  knowDeadline(): void {
    if (this.deadlineAt === 0 && this.#deadline !== undefined) this.deadlineAt = this.#deadline.dueAt;
  }

  /** Listens to the caller's signal; to be called once, right after the constructor. */
  listenTo(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const before = this.#stopListening;
    const stop = onAbort(signal, (reason) => this.abort(reason));
    if (this.#settled) stop();
    else
      this.#stopListening =
        before === undefined
          ? stop
          : () => {
              before();
              stop();
            };
  }

  /** The caller does not want it any more: it fails with `reason` itself. */
  abort(reason: unknown): void {
    if (this.#settled) return;
    this.#cancel(Status.Cancelled, reason instanceof Error ? reason.message : "cancelled");
    this.settle(reason);
    this.failed(reason);
  }

  /** Ends it with an error. */
  fail(error: RpcError): void {
    if (this.#settled) return;
    this.settle(error);
    this.failed(error);
  }

  /** An attempt failed: the channel makes another, or the call ends with the error. */
  attemptFailed(error: RpcError): void {
    if (this.#settled || this.owner.triesAgain(this, error)) return;
    this.fail(error);
  }

  /** The peer does not play by the rules, or sends too much: it is told to stop, and the call ends with an error. */
  giveUp(error: RpcError): void {
    if (this.#settled) return;
    this.#cancel(Status.Cancelled, error.message);
    this.fail(error);
  }

  /** The request cannot be sent. */
  cannotSend(error: unknown): void {
    if (error instanceof MessageTooLarge) this.fail(rpcError(Status.ResourceExhausted, error.message));
    else {
      const text = `the request of ${this.method.fullName} cannot be encoded${because(error)}`;
      this.fail(rpcError(Status.InvalidArgument, text, { cause: error }));
    }
  }

  #deadlinePassed(): void {
    if (this.#settled) return;
    const { fullName } = this.method;
    // A call that never left has waited for a server: why there was none is the owner's to know.
    const cause = this.lastError ?? (this.attempts === 0 ? this.owner.lastError : undefined);
    const text = `${fullName} was not answered within ${this.timeoutMs} ms${because(cause)}`;
    const error = rpcError(Status.DeadlineExceeded, text, {
      ...(cause === undefined ? {} : { cause }),
      maybeExecuted: this.streamId !== 0,
      retryable: this.streamId === 0,
    });
    this.#cancel(Status.DeadlineExceeded, "the deadline passed");
    this.fail(error);
  }

  #cancel(status: number, reason: string): void {
    this.connection?.cancel(this, status, reason);
  }

  protected settle(error: unknown): void {
    this.#settled = true;
    this.#deadline?.cancel();
    this.waitLimit?.cancel();
    this.#stopListening?.();
    this.owner.ended(this, error);
  }

  /** There may be room for its next message. */
  wake(): void {}

  /** The connection has written its request: what it streams may follow. */
  started(): void {}

  /** The attempt is over without an end of the call: nothing of it is left on its connection. */
  detach(): void {
    this.connection = undefined;
    this.streamId = 0;
    this.sending = false;
    this.unreturned = this.deferred = 0;
  }

  /** Tells the caller. */
  protected abstract failed(reason: unknown): void;
  /** The Response came and is no error: its message is at the place given. */
  abstract onReply(buffer: Buffer, start: number, end: number, compressed: boolean): void;
  /** No message waits to be read. */
  get allRead(): boolean {
    return true;
  }

  /**
   * A message of Data came, or the end of a stream, or both.
   *
   * @param charge what it holds of the windows until it is read.
   * @param most charges beyond which the reader is too far behind.
   */
  abstract onData(
    buffer: Buffer,
    start: number,
    end: number,
    flags: number,
    compressed: boolean,
    charge: number,
    most: number,
  ): void;

  /** A Response came. */
  onResponse(buffer: Buffer, envelope: ResponseEnvelope, compressed: boolean): void {
    const { status, trailers } = envelope;
    this.trailersReceived = trailers;
    if (status === undefined) return this.onReply(buffer, envelope.payloadStart, envelope.payloadEnd, compressed);
    const error = rpcError(status.code, status.message, {
      details: status.details,
      trailers,
      retryable: this.idempotent && status.code === Status.Unavailable,
      // A server that closes by force says so of calls whose handlers are at work.
      maybeExecuted: !this.idempotent && status.code === Status.Unavailable,
    });
    this.attemptFailed(error);
  }

  /** @throws RpcError when the message cannot be decoded, or is too long once decompressed. */
  decode(buffer: Buffer, start: number, end: number, compressed: boolean): unknown {
    const { response, maxMessageBytes, fullName } = this.method;
    try {
      const encoding = compressed ? this.encoding : undefined;
      return response.decode(buffer, start, end, maxMessageBytes, encoding, this.owner.copyBytes);
    } catch (cause) {
      if (cause instanceof MessageTooLarge) throw rpcError(Status.ResourceExhausted, cause.message, { cause });
      throw rpcError(Status.Internal, `a message of ${fullName} cannot be decoded`, { cause });
    }
  }
}
