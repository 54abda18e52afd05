import { type RpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import { because } from "./call.ts";
import type { StreamCall } from "./stream-call.ts";

interface Waiting {
  readonly message: unknown;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Messages that may wait to be sent, all those of a caller that does not await `send`. */
export const MOST_WAITING = 10_000;

export function tooManyWait(fullName: string): RpcError {
  return rpcError(Status.ResourceExhausted, `${MOST_WAITING} messages of ${fullName} wait to be sent`);
}

/** What a caller streams: in order, no faster than the server's windows and the socket take it. */
export class Outbox {
  readonly #call: StreamCall;
  #waiting: Waiting[] = [];
  /** The message that is on its way in pieces. */
  #underWay: Waiting | undefined;
  /** The server has the request, or will have it before what follows. */
  #open = false;
  #ended = false;
  #flushing = false;
  /** A message was given to a connection. */
  sentAny = false;
  /** The server was told that no more messages come. */
  endSent = false;

  constructor(call: StreamCall) {
    this.#call = call;
  }

  send(message: unknown): Promise<void> {
    if (this.#ended) return Promise.reject(rpcError(Status.FailedPrecondition, "no message may follow the end"));
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(tooManyWait(this.#call.method.fullName));
    const sent = new Promise<void>((resolve, reject) => this.#waiting.push({ message, resolve, reject }));
    // Its caller may look at the outcome of the call instead.
    sent.catch(() => {});
    this.flush();
    return sent;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.flush();
  }

  open(): void {
    this.#open = true;
    this.flush();
  }

  /** The connection is lost, and another attempt may follow. */
  close(): void {
    this.#open = false;
    this.endSent = false;
  }

  /** Sends what there is room for. */
  flush(): void {
    const { connection } = this.#call;
    if (!this.#open || connection === undefined || this.#flushing) return;
    this.#flushing = true;
    this.#settleUnderWay();
    while (this.#waiting.length > 0 && connection.maySend(this.#call)) this.#sendNext();
    this.#flushing = false;
    if (!this.#ended || this.endSent || this.#waiting.length > 0 || this.#call.sending || this.#call.settled) return;
    this.endSent = true;
    connection.sendEnd(this.#call);
  }

  #sendNext(): void {
    const next = this.#waiting.shift() as Waiting;
    const failed = (error: unknown): void => next.reject(this.#unsendable(error));
    try {
      this.#call.connection?.sendData(this.#call, next.message, (error) => {
        this.#underWay = undefined;
        this.#call.sending = false;
        failed(error);
        this.flush();
      });
    } catch (error) {
      failed(error);
      return;
    }
    this.sentAny = true;
    if (this.#call.sending) this.#underWay = next;
    else next.resolve();
  }

  #settleUnderWay(): void {
    if (this.#underWay === undefined || this.#call.sending) return;
    this.#underWay.resolve();
    this.#underWay = undefined;
  }

  #unsendable(error: unknown): Error {
    if (error instanceof MessageTooLarge) return rpcError(Status.ResourceExhausted, error.message);
    const text = `a message of ${this.#call.method.fullName} cannot be encoded${because(error)}`;
    return rpcError(Status.InvalidArgument, text, { cause: error });
  }

  /** The call is over. */
  fail(reason: unknown): void {
    this.#ended = true;
    this.#underWay?.reject(reason);
    this.#underWay = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}
