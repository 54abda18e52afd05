import type { Properties } from "./field-info.ts";
import type { MessageType } from "./message-type.ts";

/** The message types among the exports of a generated module, of nested messages too. */
export function messageTypesIn(module: object): readonly MessageType<Properties>[] {
  return Object.values(module).filter(isMessageType);
}

function isMessageType(value: unknown): value is MessageType<Properties> {
  return typeof value === "object" && value !== null && "typeName" in value;
}
