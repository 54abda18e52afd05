/** The names that a `FileDescriptorProto` declares: https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto */
import { FieldReader } from "../wire/fields.ts";

// Fields of FileDescriptorProto, DescriptorProto, EnumDescriptorProto and ServiceDescriptorProto.
const File = { package: 2, message: 4, enum: 5, service: 6 } as const;
const Message = { name: 1, field: 2, nested: 3, enum: 4, oneof: 8 } as const;
const Enum = { name: 1, value: 2 } as const;
const Service = { name: 1, method: 2 } as const;
const NAME = 1;

interface Part {
  readonly field: number;
  readonly start: number;
  readonly end: number;
}

/** Full names of messages with their fields and oneofs, of enums with their values, of services with their methods. */
export function symbolsOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const symbols: string[] = [];
  const parts = partsOf(buffer, 0, buffer.length);
  const scope = nameOf(buffer, parts, File.package);
  for (const part of parts) {
    if (part.field === File.message) addMessage(symbols, buffer, part, scope);
    else if (part.field === File.enum) addEnum(symbols, buffer, part, scope);
    else if (part.field === File.service) addMembers(symbols, buffer, part, scope, [Service.method]);
  }
  return symbols;
}

function addMessage(symbols: string[], buffer: Buffer, message: Part, scope: string): void {
  const name = addMembers(symbols, buffer, message, scope, [Message.field, Message.oneof]);
  for (const part of partsOf(buffer, message.start, message.end)) {
    if (part.field === Message.nested) addMessage(symbols, buffer, part, name);
    else if (part.field === Message.enum) addEnum(symbols, buffer, part, name);
  }
}

/** The values of an enum are its siblings, as in C++. */
function addEnum(symbols: string[], buffer: Buffer, part: Part, scope: string): void {
  const parts = partsOf(buffer, part.start, part.end);
  symbols.push(joined(scope, nameOf(buffer, parts, Enum.name)));
  for (const value of parts)
    if (value.field === Enum.value)
      symbols.push(joined(scope, nameOf(buffer, partsOf(buffer, value.start, value.end), NAME)));
}

function addMembers(symbols: string[], buffer: Buffer, part: Part, scope: string, members: readonly number[]): string {
  const parts = partsOf(buffer, part.start, part.end);
  const name = joined(scope, nameOf(buffer, parts, NAME));
  symbols.push(name);
  for (const member of parts)
    if (members.includes(member.field))
      symbols.push(joined(name, nameOf(buffer, partsOf(buffer, member.start, member.end), NAME)));
  return name;
}

function joined(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

function nameOf(buffer: Buffer, parts: readonly Part[], field: number): string {
  const found = parts.find((part) => part.field === field);
  return found === undefined ? "" : buffer.toString("utf8", found.start, found.end);
}

/** The length-delimited fields of a message. */
function partsOf(buffer: Buffer, start: number, end: number): Part[] {
  const parts: Part[] = [];
  const reader = new FieldReader().open(buffer, start, end);
  while (reader.next()) {
    if (!reader.isDelimited) {
      reader.skip();
      continue;
    }
    reader.bytes();
    if (!reader.failed) parts.push({ field: reader.field, start: reader.start, end: reader.end });
  }
  return parts;
}
