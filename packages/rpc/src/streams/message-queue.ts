import { StoredMessages } from "./stored-messages.ts";

/** What the messages of a stream come from. */
export interface MessageSource {
  /** @throws RpcError when it cannot be decoded, or is too long once it is decompressed. */
  decode(buffer: Buffer, start: number, end: number, compressed: boolean): unknown;
  /** The reader took a message of so many bytes. */
  taken(bytes: number): void;
  /** A message could not be decoded: the stream is of no more use. To end it, `fail` is to be called. */
  broken(error: unknown): void;
  /** The reader wants no more messages. */
  left(): void;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/** Messages may be empty and count nothing in bytes. */
const MOST_QUEUED = 1 << 16;
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The receiving side of a stream: messages in, in order, to one reader. What came before the end or an error is read first.
 *
 * Messages that wait are kept as bytes and decoded when they are taken, so that little compressed ones never become large in
 * the queue.
 */
export class MessageQueue implements AsyncIterableIterator<unknown, undefined, undefined> {
  readonly #source: MessageSource;
  readonly #stored = new StoredMessages();
  readonly #waiters: Waiter[] = [];
  /** What `next` rejects with once the queue is empty. */
  #error: { readonly reason: unknown } | undefined;
  #ended = false;
  #left = false;

  constructor(source: MessageSource) {
    this.#source = source;
  }

  /** No message waits to be read. */
  get empty(): boolean {
    return this.#stored.size === 0;
  }

  // The reader's side

  next(): Promise<IteratorResult<unknown, undefined>> {
    const block = this.#stored.shift();
    if (block !== undefined) return this.#take(block);
    if (this.#error !== undefined) {
      const { reason } = this.#error;
      this.#error = undefined;
      return Promise.reject(reason);
    }
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    this.leave();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The message that was just shifted, in its block. */
  #take(block: Buffer): Promise<IteratorResult<unknown, undefined>> {
    const { start, end, compressed, charge } = this.#stored;
    let value: unknown;
    try {
      value = this.#source.decode(block, start, end, compressed);
    } catch (error) {
      this.#break(charge, error);
      return this.next();
    }
    this.#source.taken(charge);
    return Promise.resolve({ done: false, value });
  }

  // The connection's side

  /**
   * A message came: `buffer[start, end)`.
   *
   * @param charge bytes of windows that it holds until it is taken.
   * @param mostBytes charges beyond which no further message is kept.
   * @returns false when the reader is too far behind: the message was not kept.
   */
  push(buffer: Buffer, start: number, end: number, compressed: boolean, charge: number, mostBytes: number): boolean {
    if (this.#left || this.#ended) {
      this.#source.taken(charge);
      return true;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      if (this.#stored.charges > mostBytes || this.#stored.size >= MOST_QUEUED) return false;
      this.#stored.push(buffer, start, end, compressed, charge);
      return true;
    }
    let value: unknown;
    try {
      value = this.#source.decode(buffer, start, end, compressed);
    } catch (error) {
      this.#waiters.unshift(waiter);
      this.#break(charge, error);
      return true;
    }
    waiter.resolve({ done: false, value });
    this.#source.taken(charge);
    return true;
  }

  #break(charge: number, error: unknown): void {
    this.#source.taken(charge);
    this.clear();
    // The stream may be over for its connection, and its reader not yet through.
    if (this.#ended) this.#error = { reason: error };
    else this.#source.broken(error);
  }

  /** No more messages will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE);
  }

  /** What waits for the reader takes no room of other streams any more. */
  #release(): void {
    this.#source.taken(this.#stored.release());
  }

  /** No more messages will come: after those that wait, `reason` is the reader's. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter.reject(reason);
    else if (!this.#left) this.#error = { reason };
    this.end();
  }

  /** Forgets the messages that wait. */
  clear(): void {
    const charges = this.#stored.release();
    this.#stored.clear();
    this.#source.taken(charges);
  }

  /** The reader is gone: neither messages nor an error are for it any more. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#error = undefined;
    this.clear();
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE);
    this.#source.left();
  }
}
