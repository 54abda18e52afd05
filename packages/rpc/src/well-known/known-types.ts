/**
 * The types that are known by their name alone: the well-known ones and the error details of `google.rpc`.
 *
 * They make themselves known as their modules are loaded, which the main entry does. This file cannot import them: the
 * codec that they are made of needs it.
 */
import type { MessageType } from "../codec/message-type.ts";

const known = new Map<string, MessageType<unknown>>();

export function knownType(typeName: string): MessageType<unknown> | undefined {
  return known.get(typeName);
}

/** Keeps `type` when it is one of them. Of two with one name the first stays. */
export function makeKnown(type: MessageType<unknown>): void {
  const { typeName } = type;
  if (!/^google\.(?:protobuf|rpc)\./.test(typeName) || known.has(typeName)) return;
  known.set(typeName, type);
}
