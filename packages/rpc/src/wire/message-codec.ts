import type { Codec } from "../codec/message-type.ts";

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

  decode(buffer: Buffer, start: number, end: number): unknown {
    return this.#codec.decode(buffer.subarray(start, end));
  }
}
