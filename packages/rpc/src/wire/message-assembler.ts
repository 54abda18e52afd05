import { MessageTooLarge } from "./message-too-large.ts";

interface Unfinished {
  /** Type of its frames. */
  readonly type: number;
  /** What came so far, and room for more. */
  store: Buffer;
  bytes: number;
}

const EMPTY = Buffer.alloc(0);
const FIRST_BYTES = 64 << 10;
/** Their last piece may never come: who refuses more forgets the oldest. */
const MOST_REFUSED = 1_000;

/**
 * Puts together messages that come in several frames, of several streams at once and in bounded memory: pieces are copied into
 * one growing buffer a message, so that many little ones cost no more than few long ones.
 */
export class MessageAssembler {
  readonly #unfinished = new Map<number, Unfinished>();
  /** Messages that were refused, with the type of their frames: the rest of their pieces is dropped. */
  readonly #refused = new Map<number, number>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes of all unfinished messages together. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Messages that have begun and are not complete, without those that were refused. */
  get size(): number {
    return this.#unfinished.size;
  }

  has(streamId: number): boolean {
    return (
      (this.#unfinished.size > 0 && this.#unfinished.has(streamId)) ||
      (this.#refused.size > 0 && this.#refused.has(streamId))
    );
  }

  /** Whether a message of that type of frame is unfinished, and was not refused. */
  hasOf(type: number): boolean {
    for (const message of this.#unfinished.values()) if (message.type === type) return true;
    return false;
  }

  /** A frame of that type came: an unfinished message of another type has ended. */
  only(streamId: number, type: number): void {
    if (!this.has(streamId)) return;
    if ((this.#unfinished.get(streamId)?.type ?? this.#refused.get(streamId)) !== type) this.drop(streamId);
  }

  /** Its first piece was refused: the rest of it is dropped without a word. */
  refuse(streamId: number, type: number): void {
    this.drop(streamId);
    const [oldest] = this.#refused.keys();
    if (oldest !== undefined && this.#refused.size >= MOST_REFUSED) this.#refused.delete(oldest);
    this.#refused.set(streamId, type);
  }

  /**
   * A piece that is not the last.
   *
   * @returns false when it was dropped, as the message was refused earlier.
   * @throws MessageTooLarge, once for a message: the rest of it is dropped without a word.
   */
  add(streamId: number, type: number, buffer: Buffer, start: number, end: number, maxBytes: number): boolean {
    if (this.#refused.has(streamId)) return false;
    let message = this.#unfinished.get(streamId);
    if (message === undefined) {
      message = { type, store: EMPTY, bytes: 0 };
      this.#unfinished.set(streamId, message);
    }
    this.#append(streamId, message, buffer, start, end, maxBytes);
    return true;
  }

  /**
   * The last piece.
   *
   * @returns the message; undefined when it was refused earlier.
   * @throws MessageTooLarge
   */
  finish(streamId: number, buffer: Buffer, start: number, end: number, maxBytes: number): Buffer | undefined {
    const message = this.#unfinished.get(streamId);
    if (message === undefined) {
      this.#refused.delete(streamId);
      return undefined;
    }
    try {
      this.#append(streamId, message, buffer, start, end, maxBytes);
      return message.store.subarray(0, message.bytes);
    } finally {
      this.drop(streamId);
    }
  }

  /** The stream has ended: what is unfinished of it is forgotten. */
  drop(streamId: number): void {
    if (!this.has(streamId)) return;
    this.#refused.delete(streamId);
    this.#bytes -= this.#unfinished.get(streamId)?.bytes ?? 0;
    this.#unfinished.delete(streamId);
  }

  #append(streamId: number, message: Unfinished, buffer: Buffer, start: number, end: number, maxBytes: number): void {
    const bytes = end - start;
    if (bytes === 0) return;
    const length = message.bytes + bytes;
    if (length > maxBytes || this.#bytes + bytes > this.#maxBytes) {
      this.refuse(streamId, message.type);
      throw new MessageTooLarge(length > maxBytes ? maxBytes : this.#maxBytes);
    }
    if (length > message.store.length) {
      const room = Math.max(length, Math.min(maxBytes, Math.max(FIRST_BYTES, message.store.length * 2)));
      const grown = Buffer.allocUnsafeSlow(room);
      message.store.copy(grown, 0, 0, message.bytes);
      message.store = grown;
    }
    buffer.copy(message.store, message.bytes, start, end);
    message.bytes = length;
    this.#bytes += bytes;
  }
}
