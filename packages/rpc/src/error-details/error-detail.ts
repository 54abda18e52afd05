/** What an error tells beyond status and text, as it travels: `google.protobuf.Any`. */
import type { Codec, MessageInit, MessageType } from "../codec/message-type.ts";
import { knownType } from "../well-known/known-types.ts";
import { typeNameOf, typeUrlOf } from "../well-known/type-url.ts";

/** A typed detail of an error. Made by {@link detail}. */
export interface ErrorDetail {
  /** `type.googleapis.com/<full name of the message>`. */
  readonly typeUrl: string;
  /** The encoded message. */
  readonly value: Uint8Array;
  /**
   * The message, decoded when it is read first, where its type is known: those of `google.rpc` such as `BadRequest`, and
   * the well-known types. Undefined for other types, and when the bytes are no such message.
   */
  readonly message?: unknown;
}

/** A message type that can be told apart by its name: every generated one. */
export interface NamedCodec<T> extends Codec<T> {
  /** Full name: `package.Message`. */
  readonly typeName: string;
}

/** What reads a detail: every generated message type, every {@link NamedCodec}. */
export interface NamedDecoder<T> {
  readonly typeName: string;
  decode(bytes: Uint8Array): T;
}

/** A detail for an `RpcError`: `new RpcError(Status.InvalidArgument, "…", { details: [detail(BadRequest, {…})] })`. */
export function detail<T>(type: MessageType<T>, message: MessageInit<T>): ErrorDetail;
export function detail<T>(type: { readonly typeName: string; encode(message: T): Uint8Array }, message: T): ErrorDetail;
export function detail<T>(
  type: { readonly typeName: string; encode(message: T): Uint8Array },
  message: T,
): ErrorDetail {
  return new DecodableDetail({ typeUrl: typeUrlOf(type.typeName), value: type.encode(message) });
}

/** @internal Details as they were given or received, and what they hold. */
export function decodable(details: readonly ErrorDetail[]): readonly ErrorDetail[] {
  return details.map((each) => (each instanceof DecodableDetail ? each : new DecodableDetail(each)));
}

/** @internal The first detail of this type. Undefined when there is none, or when it cannot be decoded. */
export function findDetail<T>(details: readonly ErrorDetail[], type: NamedDecoder<T>): T | undefined {
  const found = details.find(({ typeUrl }) => typeNameOf(typeUrl) === type.typeName);
  return found === undefined ? undefined : decoded(type, found.value);
}

class DecodableDetail implements ErrorDetail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
  #message: unknown;
  #isDecoded = false;

  constructor({ typeUrl, value }: ErrorDetail) {
    this.typeUrl = typeUrl;
    this.value = value;
  }

  get message(): unknown {
    if (!this.#isDecoded) {
      const type = knownType(typeNameOf(this.typeUrl));
      this.#message = type === undefined ? undefined : decoded(type, this.value);
      this.#isDecoded = true;
    }
    return this.#message;
  }

  /** For logs: the JSON form of `google.protobuf.Any` where the type is known, else `value` as base64. */
  toJSON(): unknown {
    const { typeUrl, value } = this;
    const bare = { typeUrl, value: Buffer.from(value).toString("base64") };
    if (this.message === undefined) return bare;
    try {
      return knownType("google.protobuf.Any")?.toJSON({ typeUrl, value }) ?? bare;
    } catch {
      // A timestamp out of range is a message, and has no JSON form.
      return bare;
    }
  }
}

function decoded<T>(type: NamedDecoder<T>, value: Uint8Array): T | undefined {
  try {
    return type.decode(value);
  } catch {
    // A detail is an extra: the error itself must reach its reader.
    return undefined;
  }
}
