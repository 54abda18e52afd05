import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { MOST_WAITING, tooManyWait } from "./outbox.ts";

interface Sent {
  readonly message: unknown;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Of messages that wait for a reader, once no server takes them, those whose senders do not wait. */
const ROOM = 16;

/**
 * Hands messages from one who sends to one who reads. `put` settles with what becomes of its message: the reader accepts or
 * refuses it; one that comes for the next message has accepted the last.
 */
export class Handoff implements AsyncIterableIterator<unknown, undefined, undefined> {
  readonly #fullName: string;
  readonly #waiting: Sent[] = [];
  readonly #readers: ((result: IteratorResult<unknown, undefined>) => void)[] = [];
  /** What the reader is at work with. */
  #taken: Sent | undefined;
  #room = 0;
  #ended = false;
  #closed: { readonly reason: unknown } | undefined;

  /** @param fullName of the method, for errors. */
  constructor(fullName: string) {
    this.#fullName = fullName;
  }

  // The sender's side

  put(message: unknown): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed.reason);
    if (this.#ended) return Promise.reject(rpcError(Status.FailedPrecondition, "no message may follow the end"));
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(tooManyWait(this.#fullName));
    return new Promise((resolve, reject) => {
      const sent = { message, resolve, reject };
      const reader = this.#readers.shift();
      if (reader !== undefined) reader(this.#take(sent));
      else if (this.#waiting.push(sent) <= this.#room) resolve();
    });
  }

  /** No more messages come. */
  end(): void {
    this.#ended = true;
    if (this.#waiting.length === 0) this.#finish();
  }

  // The reader's side

  next(): Promise<IteratorResult<unknown, undefined>> {
    this.accept();
    const next = this.#waiting.shift();
    if (next !== undefined) {
      if (this.#room > 0) this.#waiting[this.#room - 1]?.resolve();
      return Promise.resolve(this.#take(next));
    }
    if (this.#ended || this.#closed !== undefined) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  #take(sent: Sent): IteratorResult<unknown, undefined> {
    this.accept();
    if (this.#room > 0) sent.resolve();
    else this.#taken = sent;
    return { done: false, value: sent.message };
  }

  /** What was taken last has been sent. */
  accept(): void {
    this.#taken?.resolve();
    this.#taken = undefined;
  }

  /** What was taken last cannot be sent. @returns whether a sender hears of it. */
  refuse(reason: unknown): boolean {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.reject(reason);
    return taken !== undefined;
  }

  /** No server takes the messages: who sends some does not have to wait until somebody reads them. */
  makeRoom(): void {
    this.#room = ROOM;
    this.accept();
    for (const { resolve } of this.#waiting.slice(0, ROOM)) resolve();
  }

  /** Nobody reads any more: what was not accepted, and what comes, is refused with `reason`. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    this.refuse(reason);
    this.#rejectWaiting(reason);
  }

  /** What was taken last may still be sent. */
  return(): Promise<IteratorResult<unknown, undefined>> {
    const reason = rpcError(Status.FailedPrecondition, "the messages are read no further");
    this.#closed ??= { reason };
    this.#rejectWaiting(reason);
    return Promise.resolve({ done: true, value: undefined });
  }

  #rejectWaiting(reason: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
    this.#finish();
  }

  #finish(): void {
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
