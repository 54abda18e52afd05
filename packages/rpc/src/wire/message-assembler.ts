import { MessageTooLarge } from "./message-too-large.ts";

interface Unfinished {
  pieces: Buffer[];
  bytes: number;
  /** It was refused: the rest of its pieces is dropped. */
  refused: boolean;
}

/** Puts together messages that come in several frames, of several streams at once and in bounded memory. */
export class MessageAssembler {
  readonly #unfinished = new Map<number, Unfinished>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes of all unfinished messages together. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Messages that have begun and are not complete. */
  get size(): number {
    return this.#unfinished.size;
  }

  /** Bytes of unfinished messages. */
  get bytes(): number {
    return this.#bytes;
  }

  has(streamId: number): boolean {
    return this.#unfinished.size > 0 && this.#unfinished.has(streamId);
  }

  /**
   * A piece that is not the last.
   *
   * @returns false when it was dropped, as the message was refused earlier.
   * @throws MessageTooLarge, once for a message: the rest of it is dropped without a word.
   */
  add(streamId: number, buffer: Buffer, start: number, end: number, maxBytes: number): boolean {
    let message = this.#unfinished.get(streamId);
    if (message === undefined) {
      message = { pieces: [], bytes: 0, refused: false };
      this.#unfinished.set(streamId, message);
    }
    if (message.refused) return false;
    this.#grow(message, end - start, maxBytes);
    // A copy: the piece must not keep the whole chunk of the socket alive.
    message.pieces.push(Buffer.from(buffer.subarray(start, end)));
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
    if (message === undefined || message.refused) {
      this.#unfinished.delete(streamId);
      return undefined;
    }
    try {
      this.#grow(message, end - start, maxBytes);
    } finally {
      this.drop(streamId);
    }
    return Buffer.concat([...message.pieces, buffer.subarray(start, end)]);
  }

  /** The stream has ended: what is unfinished of it is forgotten. */
  drop(streamId: number): void {
    if (this.#unfinished.size === 0) return;
    this.#bytes -= this.#unfinished.get(streamId)?.bytes ?? 0;
    this.#unfinished.delete(streamId);
  }

  #grow(message: Unfinished, bytes: number, maxBytes: number): void {
    message.bytes += bytes;
    this.#bytes += bytes;
    if (message.bytes <= maxBytes && this.#bytes <= this.#maxBytes) return;
    this.#bytes -= message.bytes;
    const length = message.bytes;
    message.pieces = [];
    message.bytes = 0;
    message.refused = true;
    throw new MessageTooLarge(length > maxBytes ? maxBytes : this.#maxBytes);
  }
}
