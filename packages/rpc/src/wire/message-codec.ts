import { types } from "node:util";
import type { Codec, MessageType } from "../codec/message-type.ts";
import { type Encoding, decompress } from "./compression.ts";
import { MessageTooLarge } from "./message-too-large.ts";
import { described } from "../codec/wrong-value.ts";

/** A codec as the connections use it, with what they learn about the sizes of its messages. */
export class MessageCodec {
  readonly #codec: Codec<unknown>;
  /** Undefined: this codec can only encode into bytes of its own. */
  readonly writeTo: ((message: unknown, buffer: Buffer, position: number) => number) | undefined;
  /** Undefined: this codec can only decode bytes that are the message. */
  readonly #decodeRange: ((buffer: Buffer, start: number, end: number) => unknown) | undefined;
  /** How many bytes the length of the last message took: a guess for the next one that is nearly always right. */
  lengthBytes = 1;

  constructor(codec: Codec<unknown>) {
    this.#codec = codec;
    const { writeTo, decodeRange } = codec as Codec<unknown> & Partial<MessageType<object>>;
    if (writeTo !== undefined) this.writeTo = writeTo.bind(codec) as NonNullable<MessageCodec["writeTo"]>;
    if (decodeRange !== undefined) this.#decodeRange = decodeRange.bind(codec);
  }

  /** @throws TypeError when the codec gives anything but bytes: a string has a length too, of characters. */
  encode(message: unknown): Uint8Array {
    const bytes: unknown = this.#codec.encode(message);
    if (types.isUint8Array(bytes)) return bytes;
    throw new TypeError(`the codec must give a Uint8Array, it gave: ${described(bytes)}`);
  }

  /**
   * A message as it came.
   *
   * @param maxBytes longest one, before and after it is decompressed.
   * @param encoding how it is compressed; undefined = it is not.
   * @param copy false: the message may hold views of `buffer`.
   * @throws MessageTooLarge; Error when it is malformed.
   */
  decode(
    buffer: Buffer,
    start: number,
    end: number,
    maxBytes: number,
    encoding: Encoding | undefined,
    copy: boolean,
  ): unknown {
    if (end - start > maxBytes) throw new MessageTooLarge(maxBytes, end - start);
    if (encoding === undefined && !copy && this.#decodeRange !== undefined)
      return this.#decodeRange(buffer, start, end);
    const bytes = buffer.subarray(start, end);
    if (encoding !== undefined) return this.#codec.decode(decompress(encoding, bytes, maxBytes));
    return this.#codec.decode(copy ? Buffer.from(bytes) : bytes);
  }
}
