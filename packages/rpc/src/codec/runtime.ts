/** What generated code is made of. */
export { fileDescriptor, service } from "../service.ts";
export { emptyMap, generatedMessage } from "./generated-message.ts";
export { writeMapKey } from "./map-keys.ts";
export { WireReader } from "./wire-reader.ts";
export {
  bigintOf,
  checkList,
  checkMessage,
  mapKeys,
  writeBool,
  writeBytes,
  writeDouble,
  writeFixed32,
  writeFixed64,
  writeFixed64Number,
  writeFloat,
  writeInt32,
  writeInt64,
  writeInt64Number,
  writeLength,
  writeSfixed32,
  writeSfixed64,
  writeSfixed64Number,
  writeSint32,
  writeSint64,
  writeSint64Number,
  writeString,
  writeUint32,
  writeUint64,
  writeUint64Number,
  writeUnknown,
} from "./wire-writer.ts";
export type { MessageInit, MessageType } from "./message-type.ts";
export type { FileDescriptor, Method, Service } from "../service.ts";
