/** What a generated message offers, and the little that the client and the server ask of a codec. */

/** The least a codec must do: protobufjs static classes, ts-proto and @bufbuild/protobuf can be fitted to it. */
export interface Codec<T> {
  encode(message: T): Uint8Array;
  /** @throws Error when the bytes are no such message. The result may hold views of `bytes`. */
  decode(bytes: Uint8Array): T;
}

/**
 * A message as a caller may write it: what is absent gets its proto3 default.
 */
export type MessageInit<T> = T extends Uint8Array | bigint | string | number | boolean | undefined
  ? T
  : T extends readonly (infer E)[]
    ? readonly MessageInit<E>[]
    : T extends { readonly case: string | undefined }
      ? T
      : { readonly [K in keyof T]?: MessageInit<T[K]> | undefined };

/** A generated message type: `const Chat: MessageType<Chat>`. */
export interface MessageType<T> {
  /** Full name: `package.Message`. */
  readonly typeName: string;
  create(init?: MessageInit<T>): T;
  encode(message: MessageInit<T>): Uint8Array;
  decode(bytes: Uint8Array): T;
  /**
   * Encodes into `buffer` from `position` on, in one pass.
   *
   * @returns the position after the last byte; a number above `buffer.length` when the message did not fit, and then what
   * stands from `position` on is of no use.
   */
  writeTo(message: MessageInit<T>, buffer: Buffer, position: number): number;
  /** The proto3 JSON form: https://protobuf.dev/programming-guides/json/ */
  toJSON(message: T): unknown;
  /** @throws Error naming the field when `json` is not the proto3 JSON form of this message. */
  fromJSON(json: unknown): T;
}
