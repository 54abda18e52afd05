import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";

/** Messages that may wait for the reader before `put` waits, too. */
const ROOM = 16;

/** Hands messages from one who sends to one who reads; `put` resolves once few enough wait. */
export class Handoff implements AsyncIterableIterator<unknown, undefined, undefined> {
  #waiting: { readonly message: unknown; readonly resolve: () => void; readonly reject: (reason: unknown) => void }[] =
    [];
  #readers: ((result: IteratorResult<unknown, undefined>) => void)[] = [];
  #ended = false;
  #closed: { readonly reason: unknown } | undefined;

  put(message: unknown): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed.reason);
    if (this.#ended) return Promise.reject(rpcError(Status.FailedPrecondition, "no message may follow the end"));
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: message });
      return Promise.resolve();
    }
    if (this.#waiting.length < ROOM) {
      this.#waiting.push({ message, resolve: nothing, reject: nothing });
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#waiting.push({ message, resolve, reject }));
  }

  /** No more messages come. */
  end(): void {
    this.#ended = true;
    if (this.#waiting.length === 0) this.#finish();
  }

  /** Nobody reads any more: what waits, and what comes, is refused with `reason`. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
    this.#finish();
  }

  #finish(): void {
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#waiting[ROOM - 1]?.resolve();
      return Promise.resolve({ done: false, value: next.message });
    }
    if (this.#ended || this.#closed !== undefined) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    this.close(new Error("the stream is read no further"));
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function nothing(): void {}
