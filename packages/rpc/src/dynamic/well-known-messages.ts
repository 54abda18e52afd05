/** The well-known types as the runtime has them, with their JSON forms. */
import type { Properties } from "../codec/field-info.ts";
import type { MessageType } from "../codec/message-type.ts";
import { messageTypesIn } from "../codec/message-types-in.ts";
import * as wellKnown from "../well-known/messages.ts";

/** By their names. */
export const WELL_KNOWN_MESSAGES: ReadonlyMap<string, MessageType<Properties>> = new Map(
  messageTypesIn(wellKnown).map((type) => [type.typeName.slice("google.protobuf.".length), type]),
);
