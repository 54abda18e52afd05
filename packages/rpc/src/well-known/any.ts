/** Between `google.protobuf.Any` and the message that it holds. */
import { Any } from "../gen/google/protobuf/any.ts";
import type { MessageInit, MessageType } from "../codec/message-type.ts";
import { typeNameOf, typeUrlOf } from "./type-url.ts";

/** @throws {@link RpcError} INTERNAL naming the field whose value has another type or is out of range. */
export function anyPack<T>(type: MessageType<T>, message: MessageInit<T>): Any {
  return Any.create({ typeUrl: typeUrlOf(type.typeName), value: type.encode(message) });
}

/**
 * @returns undefined when it holds a message of another type. `bytes` in the message are views of `any.value`.
 * @throws {@link RpcError} INTERNAL when what it holds is no such message.
 */
export function anyUnpack<T>(any: Any, type: MessageType<T>): T | undefined {
  return typeNameOf(any.typeUrl) === type.typeName ? type.decode(any.value) : undefined;
}
