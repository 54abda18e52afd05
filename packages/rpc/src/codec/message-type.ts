/** What a generated message offers, and the little that the client and the server ask of a codec. */
import type { WireReader } from "./wire-reader.ts";

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
    : T extends { readonly case: infer Case extends string | undefined; readonly value?: infer Value }
      ? string extends Case
        ? { readonly [K in keyof T]?: MessageInit<T[K]> | undefined }
        : T extends { readonly case: undefined }
          ? { readonly case: undefined; readonly value?: undefined }
          : { readonly case: Case; readonly value: MessageInit<Value> }
      : { readonly [K in keyof T]?: MessageInit<T[K]> | undefined };

/** How the JSON form is written and read. */
export interface JsonOptions {
  /** What a `google.protobuf.Any` may hold, besides the well-known types and the error details. @default [] */
  readonly types?: readonly MessageType<unknown>[] | undefined;
}

/** A generated message type: `const Chat: MessageType<Chat>`. */
export interface MessageType<T> extends Codec<T> {
  /** Full name: `package.Message`. */
  readonly typeName: string;
  /** A whole message: what `init` leaves out has its proto3 default. Lists and maps are copied, `bytes` are not. */
  create(init?: MessageInit<T>): T;
  /** @throws {@link RpcError} INTERNAL naming the field whose value has another type or is out of range. */
  encode(message: T | MessageInit<T>): Uint8Array;
  /**
   * `bytes` fields are views of `bytes`.
   *
   * @throws {@link RpcError} INTERNAL when the bytes are no such message.
   */
  decode(bytes: Uint8Array): T;
  /**
   * Encodes into `buffer` from `position` on, in one pass.
   *
   * @returns the position after the last byte; a number above `buffer.length` when the message did not fit, and then what
   * stands from `position` on is of no use.
   * @throws {@link RpcError} as {@link MessageType.encode}.
   */
  writeTo(message: MessageInit<T>, buffer: Buffer, position: number): number;
  /** Reads up to the reader's end into `message`: fields are replaced, lists grow, sub-messages merge. Gives `message`. */
  readFrom(reader: WireReader, message: T): T;
  /** What `buffer[start, end)` says, as `decode` does. For connections: they need no view then. */
  decodeRange(buffer: Buffer, start: number, end: number): T;
  /**
   * The proto3 JSON form, for `JSON.stringify`: https://protobuf.dev/programming-guides/json/
   *
   * @throws {@link RpcError} INTERNAL naming the path of a value that has another type, is out of range or has no JSON form;
   * OptionError for wrong `options`.
   */
  toJSON(message: T, options?: JsonOptions): unknown;
  /**
   * Reads what `JSON.parse` gives.
   *
   * @throws {@link RpcError} INVALID_ARGUMENT naming the path of what is not the proto3 JSON form of this message;
   * OptionError for wrong `options`.
   */
  fromJSON(json: unknown, options?: JsonOptions): T;
}
