import { type Deadline, deadlineIn, onAbort } from "@servertech/core";
import { type RpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import type { ResponseEnvelope } from "../wire/response.ts";
import type { CalledMethod } from "./called-method.ts";
import type { ClientConnection } from "./connection.ts";

/** What a call asks of its channel. */
export interface CallOwner {
  /** The call is over, however it ended. */
  ended(call: ClientCall, failed: boolean): void;
}

export interface CallInit {
  readonly owner: CallOwner;
  readonly method: CalledMethod;
  readonly request: unknown;
  readonly metadata: Buffer | undefined;
  /** 0 = none. */
  readonly timeoutMs: number;
  readonly waitForReady: boolean;
}

/** One call from its start to its end: its deadline, its signal, and where it is. It settles exactly once. */
export abstract class ClientCall {
  readonly method: CalledMethod;
  readonly request: unknown;
  readonly metadata: Buffer | undefined;
  readonly timeoutMs: number;
  readonly waitForReady: boolean;
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
  readonly #owner: CallOwner;
  readonly #deadline: Deadline | undefined;
  #stopListening: (() => void) | undefined;
  #settled = false;

  constructor({ owner, method, request, metadata, timeoutMs, waitForReady }: CallInit) {
    this.#owner = owner;
    this.method = method;
    this.request = request;
    this.metadata = metadata;
    this.timeoutMs = timeoutMs;
    this.waitForReady = waitForReady;
    if (timeoutMs > 0) this.#deadline = deadlineIn(timeoutMs, () => this.#deadlinePassed());
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Listens to the caller's signal; to be called once, right after the constructor. */
  listenTo(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const stop = onAbort(signal, (reason) => this.abort(reason));
    if (this.#settled) stop();
    else this.#stopListening = stop;
  }

  /** The caller does not want it any more: it fails with `reason` itself. */
  abort(reason: unknown): void {
    if (this.#settled) return;
    this.#cancel(Status.Cancelled, reason instanceof Error ? reason.message : "cancelled");
    this.settle(true);
    this.failed(reason);
  }

  /** Ends it with an error. */
  fail(error: RpcError): void {
    if (this.#settled) return;
    this.settle(true);
    this.failed(error);
  }

  /** The peer does not play by the rules, or sends too much: it is told to stop, and the call ends with an error. */
  giveUp(error: RpcError): void {
    if (this.#settled) return;
    this.#cancel(Status.Cancelled, error.message);
    this.fail(error);
  }

  #deadlinePassed(): void {
    if (this.#settled) return;
    const { fullName } = this.method;
    const error = rpcError(Status.DeadlineExceeded, `${fullName} was not answered within ${this.timeoutMs} ms`, {
      ...(this.lastError === undefined ? {} : { cause: this.lastError }),
      maybeExecuted: this.streamId !== 0,
      retryable: this.streamId === 0,
    });
    this.#cancel(Status.DeadlineExceeded, "the deadline passed");
    this.fail(error);
  }

  #cancel(status: number, reason: string): void {
    this.connection?.cancel(this, status, reason);
  }

  protected settle(failed: boolean): void {
    this.#settled = true;
    this.#deadline?.cancel();
    this.waitLimit?.cancel();
    this.#stopListening?.();
    this.#owner.ended(this, failed);
  }

  /** Tells the caller. */
  protected abstract failed(reason: unknown): void;
  /** The Response came and is no error: its message is at the place given. */
  abstract onReply(buffer: Buffer, start: number, end: number): void;
  /** A frame of Data came. */
  abstract onData(buffer: Buffer, start: number, end: number, last: boolean, limit: number): void;

  /** A Response came. */
  onResponse(buffer: Buffer, envelope: ResponseEnvelope): void {
    const { status } = envelope;
    if (status === undefined) this.onReply(buffer, envelope.payloadStart, envelope.payloadEnd);
    else this.fail(rpcError(status.code, status.message, { details: status.details }));
  }
}
