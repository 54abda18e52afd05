import type { Codec } from "../codec/message-type.ts";
import { type Encoding, decompress } from "./compression.ts";

/** A codec as the connections use it, with what they learn about the sizes of its messages. */
export class MessageCodec {
  readonly #codec: Codec<unknown>;
  /** Undefined: this codec can only encode into bytes of its own. */
  readonly writeTo: ((message: unknown, buffer: Buffer, position: number) => number) | undefined;
  /** How many bytes the length of the last message took: a guess for the next one that is nearly always right. */
  lengthBytes = 1;

  constructor(codec: Codec<unknown>) {
    this.#codec = codec;
    const { writeTo } = codec as { writeTo?: NonNullable<MessageCodec["writeTo"]> };
    if (writeTo !== undefined) this.writeTo = writeTo.bind(codec);
  }

  encode(message: unknown): Uint8Array {
    return this.#codec.encode(message);
  }

  /** The message may hold views of `buffer`. */
  decode(buffer: Buffer, start: number, end: number): unknown {
    return this.#codec.decode(buffer.subarray(start, end));
  }

  /** @throws MessageTooLarge when the message would take more than `maxBytes`; Error when it is malformed. */
  decompress(buffer: Buffer, start: number, end: number, encoding: Encoding, maxBytes: number): unknown {
    return this.#codec.decode(decompress(encoding, buffer.subarray(start, end), maxBytes));
  }
}
