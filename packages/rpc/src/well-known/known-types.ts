/**
 * The types that are known by their name alone: the well-known ones and the error details of `google.rpc`.
 *
 * They make themselves known as their modules are loaded, which the main entry does. This file cannot import them: the
 * codec that they are made of needs it.
 */
import type { MessageType } from "../codec/message-type.ts";

const NAMES: ReadonlySet<string> = new Set(
  `protobuf.Any protobuf.BoolValue protobuf.BytesValue protobuf.DoubleValue protobuf.Duration protobuf.Empty
  protobuf.FieldMask protobuf.FloatValue protobuf.Int32Value protobuf.Int64Value protobuf.ListValue protobuf.StringValue
  protobuf.Struct protobuf.Timestamp protobuf.UInt32Value protobuf.UInt64Value protobuf.Value
  rpc.BadRequest rpc.DebugInfo rpc.ErrorInfo rpc.Help rpc.LocalizedMessage rpc.PreconditionFailure rpc.QuotaFailure
  rpc.RequestInfo rpc.ResourceInfo rpc.RetryInfo`
    .split(/\s+/)
    .map((name) => `google.${name}`),
);

const known = new Map<string, MessageType<unknown>>();

export function knownType(typeName: string): MessageType<unknown> | undefined {
  return known.get(typeName);
}

/** Keeps `type` when it is one of them. Of two with one name the first stays: the one of this package. */
export function makeKnown(type: MessageType<unknown>): void {
  const { typeName } = type;
  if (NAMES.has(typeName) && !known.has(typeName)) known.set(typeName, type);
}
