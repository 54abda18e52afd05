/** What generated code is made of. */
export { fileDescriptor, service } from "../service.ts";
export { emptyMap, generatedMessage } from "./generated-message.ts";
export { writeMapKey } from "./map-keys.ts";
export { WireReader } from "./wire-reader.ts";
export * from "./wire-writer.ts";
export type { MessageInit, MessageType } from "./message-type.ts";
export type { FileDescriptor, Method, Service } from "../service.ts";
