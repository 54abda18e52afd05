/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from descriptor.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type WireReader as $WireReader,
  checkList as $checkList,
  checkMessage as $checkMessage,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  writeBool as $writeBool,
  writeInt32 as $writeInt32,
  writeLength as $writeLength,
  writeString as $writeString,
  writeUint64 as $writeUint64,
} from "../codec/runtime.ts";

export interface FileDescriptorSet {
  file: FileDescriptorProto[];
}

export const FileDescriptorSet: $MessageType<FileDescriptorSet> = $generatedMessage<FileDescriptorSet>({
  typeName: "google.protobuf.FileDescriptorSet",
  empty: empty$FileDescriptorSet,
  write: write$FileDescriptorSet,
  read: read$FileDescriptorSet,
  fields: () => [
    { name: "file", type: { message: FileDescriptorProto }, list: true },
  ],
});

function empty$FileDescriptorSet(): FileDescriptorSet {
  return {
    file: [],
  };
}

function write$FileDescriptorSet(m: $MessageInit<FileDescriptorSet>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.FileDescriptorSet");
  let p = position;
  const $1 = m.file;
  if ($1 != null) {
    $checkList($1, "google.protobuf.FileDescriptorSet.file");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$FileDescriptorProto(v, b, start)); } }
  }
  return p;
}

function read$FileDescriptorSet(r: $WireReader, m: FileDescriptorSet): FileDescriptorSet {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.file.push(read$FileDescriptorProto(r, empty$FileDescriptorProto())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface FileDescriptorProto {
  name: string;
  package: string;
  dependency: string[];
  messageType: DescriptorProto[];
  enumType: EnumDescriptorProto[];
  service: ServiceDescriptorProto[];
  extension: FieldDescriptorProto[];
  sourceCodeInfo?: SourceCodeInfo | undefined;
  publicDependency: number[];
  syntax: string;
}

export const FileDescriptorProto: $MessageType<FileDescriptorProto> = $generatedMessage<FileDescriptorProto>({
  typeName: "google.protobuf.FileDescriptorProto",
  empty: empty$FileDescriptorProto,
  write: write$FileDescriptorProto,
  read: read$FileDescriptorProto,
  fields: () => [
    { name: "name", type: "string" },
    { name: "package", type: "string" },
    { name: "dependency", type: "string", list: true },
    { name: "messageType", protoName: "message_type", type: { message: DescriptorProto }, list: true },
    { name: "enumType", protoName: "enum_type", type: { message: EnumDescriptorProto }, list: true },
    { name: "service", type: { message: ServiceDescriptorProto }, list: true },
    { name: "extension", type: { message: FieldDescriptorProto }, list: true },
    { name: "sourceCodeInfo", protoName: "source_code_info", type: { message: SourceCodeInfo } },
    { name: "publicDependency", protoName: "public_dependency", type: "int32", list: true },
    { name: "syntax", type: "string" },
  ],
});

function empty$FileDescriptorProto(): FileDescriptorProto {
  return {
    name: "",
    package: "",
    dependency: [],
    messageType: [],
    enumType: [],
    service: [],
    extension: [],
    sourceCodeInfo: undefined,
    publicDependency: [],
    syntax: "",
  };
}

function write$FileDescriptorProto(m: $MessageInit<FileDescriptorProto>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.FileDescriptorProto");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.FileDescriptorProto.name"); }
  const $2 = m.package;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.protobuf.FileDescriptorProto.package"); }
  const $3 = m.dependency;
  if ($3 != null) {
    $checkList($3, "google.protobuf.FileDescriptorProto.dependency");
    for (const v of $3) { b[p++] = 26; p = $writeString(b, p, v, "google.protobuf.FileDescriptorProto.dependency"); }
  }
  const $4 = m.messageType;
  if ($4 != null) {
    $checkList($4, "google.protobuf.FileDescriptorProto.message_type");
    for (const v of $4) { b[p++] = 34; { const start = p + 1; p = $writeLength(b, start, write$DescriptorProto(v, b, start)); } }
  }
  const $5 = m.enumType;
  if ($5 != null) {
    $checkList($5, "google.protobuf.FileDescriptorProto.enum_type");
    for (const v of $5) { b[p++] = 42; { const start = p + 1; p = $writeLength(b, start, write$EnumDescriptorProto(v, b, start)); } }
  }
  const $6 = m.service;
  if ($6 != null) {
    $checkList($6, "google.protobuf.FileDescriptorProto.service");
    for (const v of $6) { b[p++] = 50; { const start = p + 1; p = $writeLength(b, start, write$ServiceDescriptorProto(v, b, start)); } }
  }
  const $7 = m.extension;
  if ($7 != null) {
    $checkList($7, "google.protobuf.FileDescriptorProto.extension");
    for (const v of $7) { b[p++] = 58; { const start = p + 1; p = $writeLength(b, start, write$FieldDescriptorProto(v, b, start)); } }
  }
  const $9 = m.sourceCodeInfo;
  if ($9 != null) { b[p++] = 74; { const start = p + 1; p = $writeLength(b, start, write$SourceCodeInfo($9, b, start)); } }
  const $10 = m.publicDependency;
  if ($10 != null) {
    $checkList($10, "google.protobuf.FileDescriptorProto.public_dependency");
    for (const v of $10) { b[p++] = 80; p = $writeInt32(b, p, v, "google.protobuf.FileDescriptorProto.public_dependency"); }
  }
  const $12 = m.syntax;
  if ($12 != null && $12 !== "") { b[p++] = 98; p = $writeString(b, p, $12, "google.protobuf.FileDescriptorProto.syntax"); }
  return p;
}

function read$FileDescriptorProto(r: $WireReader, m: FileDescriptorProto): FileDescriptorProto {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      case 18: m.package = r.string(); break;
      case 26: m.dependency.push(r.string()); break;
      case 34: { const end = r.enter(); m.messageType.push(read$DescriptorProto(r, empty$DescriptorProto())); r.leave(end); break; }
      case 42: { const end = r.enter(); m.enumType.push(read$EnumDescriptorProto(r, empty$EnumDescriptorProto())); r.leave(end); break; }
      case 50: { const end = r.enter(); m.service.push(read$ServiceDescriptorProto(r, empty$ServiceDescriptorProto())); r.leave(end); break; }
      case 58: { const end = r.enter(); m.extension.push(read$FieldDescriptorProto(r, empty$FieldDescriptorProto())); r.leave(end); break; }
      case 74: { const end = r.enter(); m.sourceCodeInfo = read$SourceCodeInfo(r, m.sourceCodeInfo ?? empty$SourceCodeInfo()); r.leave(end); break; }
      case 80: m.publicDependency.push(r.int32()); break;
      case 82: { const end = r.open(); while (r.more()) m.publicDependency.push(r.int32()); r.close(end); break; }
      case 98: m.syntax = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface DescriptorProto {
  name: string;
  field: FieldDescriptorProto[];
  nestedType: DescriptorProto[];
  enumType: EnumDescriptorProto[];
  extensionRange: DescriptorProto_ExtensionRange[];
  extension: FieldDescriptorProto[];
  options?: MessageOptions | undefined;
  oneofDecl: OneofDescriptorProto[];
  reservedRange: DescriptorProto_ReservedRange[];
  reservedName: string[];
}

export const DescriptorProto: $MessageType<DescriptorProto> = $generatedMessage<DescriptorProto>({
  typeName: "google.protobuf.DescriptorProto",
  empty: empty$DescriptorProto,
  write: write$DescriptorProto,
  read: read$DescriptorProto,
  fields: () => [
    { name: "name", type: "string" },
    { name: "field", type: { message: FieldDescriptorProto }, list: true },
    { name: "nestedType", protoName: "nested_type", type: { message: DescriptorProto }, list: true },
    { name: "enumType", protoName: "enum_type", type: { message: EnumDescriptorProto }, list: true },
    { name: "extensionRange", protoName: "extension_range", type: { message: DescriptorProto_ExtensionRange }, list: true },
    { name: "extension", type: { message: FieldDescriptorProto }, list: true },
    { name: "options", type: { message: MessageOptions } },
    { name: "oneofDecl", protoName: "oneof_decl", type: { message: OneofDescriptorProto }, list: true },
    { name: "reservedRange", protoName: "reserved_range", type: { message: DescriptorProto_ReservedRange }, list: true },
    { name: "reservedName", protoName: "reserved_name", type: "string", list: true },
  ],
});

function empty$DescriptorProto(): DescriptorProto {
  return {
    name: "",
    field: [],
    nestedType: [],
    enumType: [],
    extensionRange: [],
    extension: [],
    options: undefined,
    oneofDecl: [],
    reservedRange: [],
    reservedName: [],
  };
}

function write$DescriptorProto(m: $MessageInit<DescriptorProto>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.DescriptorProto");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.DescriptorProto.name"); }
  const $2 = m.field;
  if ($2 != null) {
    $checkList($2, "google.protobuf.DescriptorProto.field");
    for (const v of $2) { b[p++] = 18; { const start = p + 1; p = $writeLength(b, start, write$FieldDescriptorProto(v, b, start)); } }
  }
  const $3 = m.nestedType;
  if ($3 != null) {
    $checkList($3, "google.protobuf.DescriptorProto.nested_type");
    for (const v of $3) { b[p++] = 26; { const start = p + 1; p = $writeLength(b, start, write$DescriptorProto(v, b, start)); } }
  }
  const $4 = m.enumType;
  if ($4 != null) {
    $checkList($4, "google.protobuf.DescriptorProto.enum_type");
    for (const v of $4) { b[p++] = 34; { const start = p + 1; p = $writeLength(b, start, write$EnumDescriptorProto(v, b, start)); } }
  }
  const $5 = m.extensionRange;
  if ($5 != null) {
    $checkList($5, "google.protobuf.DescriptorProto.extension_range");
    for (const v of $5) { b[p++] = 42; { const start = p + 1; p = $writeLength(b, start, write$DescriptorProto_ExtensionRange(v, b, start)); } }
  }
  const $6 = m.extension;
  if ($6 != null) {
    $checkList($6, "google.protobuf.DescriptorProto.extension");
    for (const v of $6) { b[p++] = 50; { const start = p + 1; p = $writeLength(b, start, write$FieldDescriptorProto(v, b, start)); } }
  }
  const $7 = m.options;
  if ($7 != null) { b[p++] = 58; { const start = p + 1; p = $writeLength(b, start, write$MessageOptions($7, b, start)); } }
  const $8 = m.oneofDecl;
  if ($8 != null) {
    $checkList($8, "google.protobuf.DescriptorProto.oneof_decl");
    for (const v of $8) { b[p++] = 66; { const start = p + 1; p = $writeLength(b, start, write$OneofDescriptorProto(v, b, start)); } }
  }
  const $9 = m.reservedRange;
  if ($9 != null) {
    $checkList($9, "google.protobuf.DescriptorProto.reserved_range");
    for (const v of $9) { b[p++] = 74; { const start = p + 1; p = $writeLength(b, start, write$DescriptorProto_ReservedRange(v, b, start)); } }
  }
  const $10 = m.reservedName;
  if ($10 != null) {
    $checkList($10, "google.protobuf.DescriptorProto.reserved_name");
    for (const v of $10) { b[p++] = 82; p = $writeString(b, p, v, "google.protobuf.DescriptorProto.reserved_name"); }
  }
  return p;
}

function read$DescriptorProto(r: $WireReader, m: DescriptorProto): DescriptorProto {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      case 18: { const end = r.enter(); m.field.push(read$FieldDescriptorProto(r, empty$FieldDescriptorProto())); r.leave(end); break; }
      case 26: { const end = r.enter(); m.nestedType.push(read$DescriptorProto(r, empty$DescriptorProto())); r.leave(end); break; }
      case 34: { const end = r.enter(); m.enumType.push(read$EnumDescriptorProto(r, empty$EnumDescriptorProto())); r.leave(end); break; }
      case 42: { const end = r.enter(); m.extensionRange.push(read$DescriptorProto_ExtensionRange(r, empty$DescriptorProto_ExtensionRange())); r.leave(end); break; }
      case 50: { const end = r.enter(); m.extension.push(read$FieldDescriptorProto(r, empty$FieldDescriptorProto())); r.leave(end); break; }
      case 58: { const end = r.enter(); m.options = read$MessageOptions(r, m.options ?? empty$MessageOptions()); r.leave(end); break; }
      case 66: { const end = r.enter(); m.oneofDecl.push(read$OneofDescriptorProto(r, empty$OneofDescriptorProto())); r.leave(end); break; }
      case 74: { const end = r.enter(); m.reservedRange.push(read$DescriptorProto_ReservedRange(r, empty$DescriptorProto_ReservedRange())); r.leave(end); break; }
      case 82: m.reservedName.push(r.string()); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface DescriptorProto_ExtensionRange {
  start: number;
  end: number;
}

export const DescriptorProto_ExtensionRange: $MessageType<DescriptorProto_ExtensionRange> = $generatedMessage<DescriptorProto_ExtensionRange>({
  typeName: "google.protobuf.DescriptorProto.ExtensionRange",
  empty: empty$DescriptorProto_ExtensionRange,
  write: write$DescriptorProto_ExtensionRange,
  read: read$DescriptorProto_ExtensionRange,
  fields: () => [
    { name: "start", type: "int32" },
    { name: "end", type: "int32" },
  ],
});

function empty$DescriptorProto_ExtensionRange(): DescriptorProto_ExtensionRange {
  return {
    start: 0,
    end: 0,
  };
}

function write$DescriptorProto_ExtensionRange(m: $MessageInit<DescriptorProto_ExtensionRange>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.DescriptorProto.ExtensionRange");
  let p = position;
  const $1 = m.start;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeInt32(b, p, $1, "google.protobuf.DescriptorProto.ExtensionRange.start"); }
  const $2 = m.end;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeInt32(b, p, $2, "google.protobuf.DescriptorProto.ExtensionRange.end"); }
  return p;
}

function read$DescriptorProto_ExtensionRange(r: $WireReader, m: DescriptorProto_ExtensionRange): DescriptorProto_ExtensionRange {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.start = r.int32(); break;
      case 16: m.end = r.int32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface DescriptorProto_ReservedRange {
  start?: number | undefined;
  end?: number | undefined;
}

export const DescriptorProto_ReservedRange: $MessageType<DescriptorProto_ReservedRange> = $generatedMessage<DescriptorProto_ReservedRange>({
  typeName: "google.protobuf.DescriptorProto.ReservedRange",
  empty: empty$DescriptorProto_ReservedRange,
  write: write$DescriptorProto_ReservedRange,
  read: read$DescriptorProto_ReservedRange,
  fields: () => [
    { name: "start", type: "int32", optional: true },
    { name: "end", type: "int32", optional: true },
  ],
});

function empty$DescriptorProto_ReservedRange(): DescriptorProto_ReservedRange {
  return {
    start: undefined,
    end: undefined,
  };
}

function write$DescriptorProto_ReservedRange(m: $MessageInit<DescriptorProto_ReservedRange>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.DescriptorProto.ReservedRange");
  let p = position;
  const $1 = m.start;
  if ($1 != null) { b[p++] = 8; p = $writeInt32(b, p, $1, "google.protobuf.DescriptorProto.ReservedRange.start"); }
  const $2 = m.end;
  if ($2 != null) { b[p++] = 16; p = $writeInt32(b, p, $2, "google.protobuf.DescriptorProto.ReservedRange.end"); }
  return p;
}

function read$DescriptorProto_ReservedRange(r: $WireReader, m: DescriptorProto_ReservedRange): DescriptorProto_ReservedRange {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.start = r.int32(); break;
      case 16: m.end = r.int32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface FieldDescriptorProto {
  name: string;
  extendee?: string | undefined;
  number: number;
  label: number;
  type: number;
  typeName?: string | undefined;
  defaultValue?: string | undefined;
  options?: FieldOptions | undefined;
  oneofIndex?: number | undefined;
  jsonName?: string | undefined;
  proto3Optional?: boolean | undefined;
}

export const FieldDescriptorProto: $MessageType<FieldDescriptorProto> = $generatedMessage<FieldDescriptorProto>({
  typeName: "google.protobuf.FieldDescriptorProto",
  empty: empty$FieldDescriptorProto,
  write: write$FieldDescriptorProto,
  read: read$FieldDescriptorProto,
  fields: () => [
    { name: "name", type: "string" },
    { name: "extendee", type: "string", optional: true },
    { name: "number", type: "int32" },
    { name: "label", type: "int32" },
    { name: "type", type: "int32" },
    { name: "typeName", protoName: "type_name", type: "string", optional: true },
    { name: "defaultValue", protoName: "default_value", type: "string", optional: true },
    { name: "options", type: { message: FieldOptions } },
    { name: "oneofIndex", protoName: "oneof_index", type: "int32", optional: true },
    { name: "jsonName", protoName: "json_name", type: "string", optional: true },
    { name: "proto3Optional", protoName: "proto3_optional", type: "bool", optional: true },
  ],
});

function empty$FieldDescriptorProto(): FieldDescriptorProto {
  return {
    name: "",
    extendee: undefined,
    number: 0,
    label: 0,
    type: 0,
    typeName: undefined,
    defaultValue: undefined,
    options: undefined,
    oneofIndex: undefined,
    jsonName: undefined,
    proto3Optional: undefined,
  };
}

function write$FieldDescriptorProto(m: $MessageInit<FieldDescriptorProto>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.FieldDescriptorProto");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.FieldDescriptorProto.name"); }
  const $2 = m.extendee;
  if ($2 != null) { b[p++] = 18; p = $writeString(b, p, $2, "google.protobuf.FieldDescriptorProto.extendee"); }
  const $3 = m.number;
  if ($3 != null && $3 !== 0) { b[p++] = 24; p = $writeInt32(b, p, $3, "google.protobuf.FieldDescriptorProto.number"); }
  const $4 = m.label;
  if ($4 != null && $4 !== 0) { b[p++] = 32; p = $writeInt32(b, p, $4, "google.protobuf.FieldDescriptorProto.label"); }
  const $5 = m.type;
  if ($5 != null && $5 !== 0) { b[p++] = 40; p = $writeInt32(b, p, $5, "google.protobuf.FieldDescriptorProto.type"); }
  const $6 = m.typeName;
  if ($6 != null) { b[p++] = 50; p = $writeString(b, p, $6, "google.protobuf.FieldDescriptorProto.type_name"); }
  const $7 = m.defaultValue;
  if ($7 != null) { b[p++] = 58; p = $writeString(b, p, $7, "google.protobuf.FieldDescriptorProto.default_value"); }
  const $8 = m.options;
  if ($8 != null) { b[p++] = 66; { const start = p + 1; p = $writeLength(b, start, write$FieldOptions($8, b, start)); } }
  const $9 = m.oneofIndex;
  if ($9 != null) { b[p++] = 72; p = $writeInt32(b, p, $9, "google.protobuf.FieldDescriptorProto.oneof_index"); }
  const $10 = m.jsonName;
  if ($10 != null) { b[p++] = 82; p = $writeString(b, p, $10, "google.protobuf.FieldDescriptorProto.json_name"); }
  const $17 = m.proto3Optional;
  if ($17 != null) { b[p++] = 136; b[p++] = 1; p = $writeBool(b, p, $17, "google.protobuf.FieldDescriptorProto.proto3_optional"); }
  return p;
}

function read$FieldDescriptorProto(r: $WireReader, m: FieldDescriptorProto): FieldDescriptorProto {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      case 18: m.extendee = r.string(); break;
      case 24: m.number = r.int32(); break;
      case 32: m.label = r.int32(); break;
      case 40: m.type = r.int32(); break;
      case 50: m.typeName = r.string(); break;
      case 58: m.defaultValue = r.string(); break;
      case 66: { const end = r.enter(); m.options = read$FieldOptions(r, m.options ?? empty$FieldOptions()); r.leave(end); break; }
      case 72: m.oneofIndex = r.int32(); break;
      case 82: m.jsonName = r.string(); break;
      case 136: m.proto3Optional = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface OneofDescriptorProto {
  name: string;
}

export const OneofDescriptorProto: $MessageType<OneofDescriptorProto> = $generatedMessage<OneofDescriptorProto>({
  typeName: "google.protobuf.OneofDescriptorProto",
  empty: empty$OneofDescriptorProto,
  write: write$OneofDescriptorProto,
  read: read$OneofDescriptorProto,
  fields: () => [
    { name: "name", type: "string" },
  ],
});

function empty$OneofDescriptorProto(): OneofDescriptorProto {
  return {
    name: "",
  };
}

function write$OneofDescriptorProto(m: $MessageInit<OneofDescriptorProto>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.OneofDescriptorProto");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.OneofDescriptorProto.name"); }
  return p;
}

function read$OneofDescriptorProto(r: $WireReader, m: OneofDescriptorProto): OneofDescriptorProto {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface EnumDescriptorProto {
  name: string;
  value: EnumValueDescriptorProto[];
  options?: EnumOptions | undefined;
  reservedRange: EnumDescriptorProto_EnumReservedRange[];
  reservedName: string[];
}

export const EnumDescriptorProto: $MessageType<EnumDescriptorProto> = $generatedMessage<EnumDescriptorProto>({
  typeName: "google.protobuf.EnumDescriptorProto",
  empty: empty$EnumDescriptorProto,
  write: write$EnumDescriptorProto,
  read: read$EnumDescriptorProto,
  fields: () => [
    { name: "name", type: "string" },
    { name: "value", type: { message: EnumValueDescriptorProto }, list: true },
    { name: "options", type: { message: EnumOptions } },
    { name: "reservedRange", protoName: "reserved_range", type: { message: EnumDescriptorProto_EnumReservedRange }, list: true },
    { name: "reservedName", protoName: "reserved_name", type: "string", list: true },
  ],
});

function empty$EnumDescriptorProto(): EnumDescriptorProto {
  return {
    name: "",
    value: [],
    options: undefined,
    reservedRange: [],
    reservedName: [],
  };
}

function write$EnumDescriptorProto(m: $MessageInit<EnumDescriptorProto>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.EnumDescriptorProto");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.EnumDescriptorProto.name"); }
  const $2 = m.value;
  if ($2 != null) {
    $checkList($2, "google.protobuf.EnumDescriptorProto.value");
    for (const v of $2) { b[p++] = 18; { const start = p + 1; p = $writeLength(b, start, write$EnumValueDescriptorProto(v, b, start)); } }
  }
  const $3 = m.options;
  if ($3 != null) { b[p++] = 26; { const start = p + 1; p = $writeLength(b, start, write$EnumOptions($3, b, start)); } }
  const $4 = m.reservedRange;
  if ($4 != null) {
    $checkList($4, "google.protobuf.EnumDescriptorProto.reserved_range");
    for (const v of $4) { b[p++] = 34; { const start = p + 1; p = $writeLength(b, start, write$EnumDescriptorProto_EnumReservedRange(v, b, start)); } }
  }
  const $5 = m.reservedName;
  if ($5 != null) {
    $checkList($5, "google.protobuf.EnumDescriptorProto.reserved_name");
    for (const v of $5) { b[p++] = 42; p = $writeString(b, p, v, "google.protobuf.EnumDescriptorProto.reserved_name"); }
  }
  return p;
}

function read$EnumDescriptorProto(r: $WireReader, m: EnumDescriptorProto): EnumDescriptorProto {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      case 18: { const end = r.enter(); m.value.push(read$EnumValueDescriptorProto(r, empty$EnumValueDescriptorProto())); r.leave(end); break; }
      case 26: { const end = r.enter(); m.options = read$EnumOptions(r, m.options ?? empty$EnumOptions()); r.leave(end); break; }
      case 34: { const end = r.enter(); m.reservedRange.push(read$EnumDescriptorProto_EnumReservedRange(r, empty$EnumDescriptorProto_EnumReservedRange())); r.leave(end); break; }
      case 42: m.reservedName.push(r.string()); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface EnumDescriptorProto_EnumReservedRange {
  start?: number | undefined;
  end?: number | undefined;
}

export const EnumDescriptorProto_EnumReservedRange: $MessageType<EnumDescriptorProto_EnumReservedRange> = $generatedMessage<EnumDescriptorProto_EnumReservedRange>({
  typeName: "google.protobuf.EnumDescriptorProto.EnumReservedRange",
  empty: empty$EnumDescriptorProto_EnumReservedRange,
  write: write$EnumDescriptorProto_EnumReservedRange,
  read: read$EnumDescriptorProto_EnumReservedRange,
  fields: () => [
    { name: "start", type: "int32", optional: true },
    { name: "end", type: "int32", optional: true },
  ],
});

function empty$EnumDescriptorProto_EnumReservedRange(): EnumDescriptorProto_EnumReservedRange {
  return {
    start: undefined,
    end: undefined,
  };
}

function write$EnumDescriptorProto_EnumReservedRange(m: $MessageInit<EnumDescriptorProto_EnumReservedRange>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.EnumDescriptorProto.EnumReservedRange");
  let p = position;
  const $1 = m.start;
  if ($1 != null) { b[p++] = 8; p = $writeInt32(b, p, $1, "google.protobuf.EnumDescriptorProto.EnumReservedRange.start"); }
  const $2 = m.end;
  if ($2 != null) { b[p++] = 16; p = $writeInt32(b, p, $2, "google.protobuf.EnumDescriptorProto.EnumReservedRange.end"); }
  return p;
}

function read$EnumDescriptorProto_EnumReservedRange(r: $WireReader, m: EnumDescriptorProto_EnumReservedRange): EnumDescriptorProto_EnumReservedRange {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.start = r.int32(); break;
      case 16: m.end = r.int32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface EnumValueDescriptorProto {
  name: string;
  number?: number | undefined;
  options?: EnumValueOptions | undefined;
}

export const EnumValueDescriptorProto: $MessageType<EnumValueDescriptorProto> = $generatedMessage<EnumValueDescriptorProto>({
  typeName: "google.protobuf.EnumValueDescriptorProto",
  empty: empty$EnumValueDescriptorProto,
  write: write$EnumValueDescriptorProto,
  read: read$EnumValueDescriptorProto,
  fields: () => [
    { name: "name", type: "string" },
    { name: "number", type: "int32", optional: true },
    { name: "options", type: { message: EnumValueOptions } },
  ],
});

function empty$EnumValueDescriptorProto(): EnumValueDescriptorProto {
  return {
    name: "",
    number: undefined,
    options: undefined,
  };
}

function write$EnumValueDescriptorProto(m: $MessageInit<EnumValueDescriptorProto>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.EnumValueDescriptorProto");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.EnumValueDescriptorProto.name"); }
  const $2 = m.number;
  if ($2 != null) { b[p++] = 16; p = $writeInt32(b, p, $2, "google.protobuf.EnumValueDescriptorProto.number"); }
  const $3 = m.options;
  if ($3 != null) { b[p++] = 26; { const start = p + 1; p = $writeLength(b, start, write$EnumValueOptions($3, b, start)); } }
  return p;
}

function read$EnumValueDescriptorProto(r: $WireReader, m: EnumValueDescriptorProto): EnumValueDescriptorProto {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      case 16: m.number = r.int32(); break;
      case 26: { const end = r.enter(); m.options = read$EnumValueOptions(r, m.options ?? empty$EnumValueOptions()); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ServiceDescriptorProto {
  name: string;
  method: MethodDescriptorProto[];
  options?: ServiceOptions | undefined;
}

export const ServiceDescriptorProto: $MessageType<ServiceDescriptorProto> = $generatedMessage<ServiceDescriptorProto>({
  typeName: "google.protobuf.ServiceDescriptorProto",
  empty: empty$ServiceDescriptorProto,
  write: write$ServiceDescriptorProto,
  read: read$ServiceDescriptorProto,
  fields: () => [
    { name: "name", type: "string" },
    { name: "method", type: { message: MethodDescriptorProto }, list: true },
    { name: "options", type: { message: ServiceOptions } },
  ],
});

function empty$ServiceDescriptorProto(): ServiceDescriptorProto {
  return {
    name: "",
    method: [],
    options: undefined,
  };
}

function write$ServiceDescriptorProto(m: $MessageInit<ServiceDescriptorProto>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.ServiceDescriptorProto");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.ServiceDescriptorProto.name"); }
  const $2 = m.method;
  if ($2 != null) {
    $checkList($2, "google.protobuf.ServiceDescriptorProto.method");
    for (const v of $2) { b[p++] = 18; { const start = p + 1; p = $writeLength(b, start, write$MethodDescriptorProto(v, b, start)); } }
  }
  const $3 = m.options;
  if ($3 != null) { b[p++] = 26; { const start = p + 1; p = $writeLength(b, start, write$ServiceOptions($3, b, start)); } }
  return p;
}

function read$ServiceDescriptorProto(r: $WireReader, m: ServiceDescriptorProto): ServiceDescriptorProto {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      case 18: { const end = r.enter(); m.method.push(read$MethodDescriptorProto(r, empty$MethodDescriptorProto())); r.leave(end); break; }
      case 26: { const end = r.enter(); m.options = read$ServiceOptions(r, m.options ?? empty$ServiceOptions()); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface MethodDescriptorProto {
  name: string;
  inputType: string;
  outputType: string;
  options?: MethodOptions | undefined;
  clientStreaming: boolean;
  serverStreaming: boolean;
}

export const MethodDescriptorProto: $MessageType<MethodDescriptorProto> = $generatedMessage<MethodDescriptorProto>({
  typeName: "google.protobuf.MethodDescriptorProto",
  empty: empty$MethodDescriptorProto,
  write: write$MethodDescriptorProto,
  read: read$MethodDescriptorProto,
  fields: () => [
    { name: "name", type: "string" },
    { name: "inputType", protoName: "input_type", type: "string" },
    { name: "outputType", protoName: "output_type", type: "string" },
    { name: "options", type: { message: MethodOptions } },
    { name: "clientStreaming", protoName: "client_streaming", type: "bool" },
    { name: "serverStreaming", protoName: "server_streaming", type: "bool" },
  ],
});

function empty$MethodDescriptorProto(): MethodDescriptorProto {
  return {
    name: "",
    inputType: "",
    outputType: "",
    options: undefined,
    clientStreaming: false,
    serverStreaming: false,
  };
}

function write$MethodDescriptorProto(m: $MessageInit<MethodDescriptorProto>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.MethodDescriptorProto");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.MethodDescriptorProto.name"); }
  const $2 = m.inputType;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.protobuf.MethodDescriptorProto.input_type"); }
  const $3 = m.outputType;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "google.protobuf.MethodDescriptorProto.output_type"); }
  const $4 = m.options;
  if ($4 != null) { b[p++] = 34; { const start = p + 1; p = $writeLength(b, start, write$MethodOptions($4, b, start)); } }
  const $5 = m.clientStreaming;
  if ($5 != null && $5 !== false) { b[p++] = 40; p = $writeBool(b, p, $5, "google.protobuf.MethodDescriptorProto.client_streaming"); }
  const $6 = m.serverStreaming;
  if ($6 != null && $6 !== false) { b[p++] = 48; p = $writeBool(b, p, $6, "google.protobuf.MethodDescriptorProto.server_streaming"); }
  return p;
}

function read$MethodDescriptorProto(r: $WireReader, m: MethodDescriptorProto): MethodDescriptorProto {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      case 18: m.inputType = r.string(); break;
      case 26: m.outputType = r.string(); break;
      case 34: { const end = r.enter(); m.options = read$MethodOptions(r, m.options ?? empty$MethodOptions()); r.leave(end); break; }
      case 40: m.clientStreaming = r.bool(); break;
      case 48: m.serverStreaming = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface MessageOptions {
  deprecated?: boolean | undefined;
  mapEntry?: boolean | undefined;
}

export const MessageOptions: $MessageType<MessageOptions> = $generatedMessage<MessageOptions>({
  typeName: "google.protobuf.MessageOptions",
  empty: empty$MessageOptions,
  write: write$MessageOptions,
  read: read$MessageOptions,
  fields: () => [
    { name: "deprecated", type: "bool", optional: true },
    { name: "mapEntry", protoName: "map_entry", type: "bool", optional: true },
  ],
});

function empty$MessageOptions(): MessageOptions {
  return {
    deprecated: undefined,
    mapEntry: undefined,
  };
}

function write$MessageOptions(m: $MessageInit<MessageOptions>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.MessageOptions");
  let p = position;
  const $3 = m.deprecated;
  if ($3 != null) { b[p++] = 24; p = $writeBool(b, p, $3, "google.protobuf.MessageOptions.deprecated"); }
  const $7 = m.mapEntry;
  if ($7 != null) { b[p++] = 56; p = $writeBool(b, p, $7, "google.protobuf.MessageOptions.map_entry"); }
  return p;
}

function read$MessageOptions(r: $WireReader, m: MessageOptions): MessageOptions {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 24: m.deprecated = r.bool(); break;
      case 56: m.mapEntry = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface FieldOptions {
  packed?: boolean | undefined;
  deprecated?: boolean | undefined;
  jstype?: number | undefined;
}

export const FieldOptions: $MessageType<FieldOptions> = $generatedMessage<FieldOptions>({
  typeName: "google.protobuf.FieldOptions",
  empty: empty$FieldOptions,
  write: write$FieldOptions,
  read: read$FieldOptions,
  fields: () => [
    { name: "packed", type: "bool", optional: true },
    { name: "deprecated", type: "bool", optional: true },
    { name: "jstype", type: "int32", optional: true },
  ],
});

function empty$FieldOptions(): FieldOptions {
  return {
    packed: undefined,
    deprecated: undefined,
    jstype: undefined,
  };
}

function write$FieldOptions(m: $MessageInit<FieldOptions>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.FieldOptions");
  let p = position;
  const $2 = m.packed;
  if ($2 != null) { b[p++] = 16; p = $writeBool(b, p, $2, "google.protobuf.FieldOptions.packed"); }
  const $3 = m.deprecated;
  if ($3 != null) { b[p++] = 24; p = $writeBool(b, p, $3, "google.protobuf.FieldOptions.deprecated"); }
  const $6 = m.jstype;
  if ($6 != null) { b[p++] = 48; p = $writeInt32(b, p, $6, "google.protobuf.FieldOptions.jstype"); }
  return p;
}

function read$FieldOptions(r: $WireReader, m: FieldOptions): FieldOptions {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 16: m.packed = r.bool(); break;
      case 24: m.deprecated = r.bool(); break;
      case 48: m.jstype = r.int32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface EnumOptions {
  allowAlias?: boolean | undefined;
  deprecated?: boolean | undefined;
}

export const EnumOptions: $MessageType<EnumOptions> = $generatedMessage<EnumOptions>({
  typeName: "google.protobuf.EnumOptions",
  empty: empty$EnumOptions,
  write: write$EnumOptions,
  read: read$EnumOptions,
  fields: () => [
    { name: "allowAlias", protoName: "allow_alias", type: "bool", optional: true },
    { name: "deprecated", type: "bool", optional: true },
  ],
});

function empty$EnumOptions(): EnumOptions {
  return {
    allowAlias: undefined,
    deprecated: undefined,
  };
}

function write$EnumOptions(m: $MessageInit<EnumOptions>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.EnumOptions");
  let p = position;
  const $2 = m.allowAlias;
  if ($2 != null) { b[p++] = 16; p = $writeBool(b, p, $2, "google.protobuf.EnumOptions.allow_alias"); }
  const $3 = m.deprecated;
  if ($3 != null) { b[p++] = 24; p = $writeBool(b, p, $3, "google.protobuf.EnumOptions.deprecated"); }
  return p;
}

function read$EnumOptions(r: $WireReader, m: EnumOptions): EnumOptions {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 16: m.allowAlias = r.bool(); break;
      case 24: m.deprecated = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface EnumValueOptions {
  deprecated?: boolean | undefined;
}

export const EnumValueOptions: $MessageType<EnumValueOptions> = $generatedMessage<EnumValueOptions>({
  typeName: "google.protobuf.EnumValueOptions",
  empty: empty$EnumValueOptions,
  write: write$EnumValueOptions,
  read: read$EnumValueOptions,
  fields: () => [
    { name: "deprecated", type: "bool", optional: true },
  ],
});

function empty$EnumValueOptions(): EnumValueOptions {
  return {
    deprecated: undefined,
  };
}

function write$EnumValueOptions(m: $MessageInit<EnumValueOptions>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.EnumValueOptions");
  let p = position;
  const $1 = m.deprecated;
  if ($1 != null) { b[p++] = 8; p = $writeBool(b, p, $1, "google.protobuf.EnumValueOptions.deprecated"); }
  return p;
}

function read$EnumValueOptions(r: $WireReader, m: EnumValueOptions): EnumValueOptions {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.deprecated = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ServiceOptions {
  deprecated?: boolean | undefined;
}

export const ServiceOptions: $MessageType<ServiceOptions> = $generatedMessage<ServiceOptions>({
  typeName: "google.protobuf.ServiceOptions",
  empty: empty$ServiceOptions,
  write: write$ServiceOptions,
  read: read$ServiceOptions,
  fields: () => [
    { name: "deprecated", type: "bool", optional: true },
  ],
});

function empty$ServiceOptions(): ServiceOptions {
  return {
    deprecated: undefined,
  };
}

function write$ServiceOptions(m: $MessageInit<ServiceOptions>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.ServiceOptions");
  let p = position;
  const $33 = m.deprecated;
  if ($33 != null) { b[p++] = 136; b[p++] = 2; p = $writeBool(b, p, $33, "google.protobuf.ServiceOptions.deprecated"); }
  return p;
}

function read$ServiceOptions(r: $WireReader, m: ServiceOptions): ServiceOptions {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 264: m.deprecated = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface MethodOptions {
  deprecated?: boolean | undefined;
  idempotencyLevel?: number | undefined;
}

export const MethodOptions: $MessageType<MethodOptions> = $generatedMessage<MethodOptions>({
  typeName: "google.protobuf.MethodOptions",
  empty: empty$MethodOptions,
  write: write$MethodOptions,
  read: read$MethodOptions,
  fields: () => [
    { name: "deprecated", type: "bool", optional: true },
    { name: "idempotencyLevel", protoName: "idempotency_level", type: "int32", optional: true },
  ],
});

function empty$MethodOptions(): MethodOptions {
  return {
    deprecated: undefined,
    idempotencyLevel: undefined,
  };
}

function write$MethodOptions(m: $MessageInit<MethodOptions>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.MethodOptions");
  let p = position;
  const $33 = m.deprecated;
  if ($33 != null) { b[p++] = 136; b[p++] = 2; p = $writeBool(b, p, $33, "google.protobuf.MethodOptions.deprecated"); }
  const $34 = m.idempotencyLevel;
  if ($34 != null) { b[p++] = 144; b[p++] = 2; p = $writeInt32(b, p, $34, "google.protobuf.MethodOptions.idempotency_level"); }
  return p;
}

function read$MethodOptions(r: $WireReader, m: MethodOptions): MethodOptions {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 264: m.deprecated = r.bool(); break;
      case 272: m.idempotencyLevel = r.int32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface SourceCodeInfo {
  location: SourceCodeInfo_Location[];
}

export const SourceCodeInfo: $MessageType<SourceCodeInfo> = $generatedMessage<SourceCodeInfo>({
  typeName: "google.protobuf.SourceCodeInfo",
  empty: empty$SourceCodeInfo,
  write: write$SourceCodeInfo,
  read: read$SourceCodeInfo,
  fields: () => [
    { name: "location", type: { message: SourceCodeInfo_Location }, list: true },
  ],
});

function empty$SourceCodeInfo(): SourceCodeInfo {
  return {
    location: [],
  };
}

function write$SourceCodeInfo(m: $MessageInit<SourceCodeInfo>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.SourceCodeInfo");
  let p = position;
  const $1 = m.location;
  if ($1 != null) {
    $checkList($1, "google.protobuf.SourceCodeInfo.location");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$SourceCodeInfo_Location(v, b, start)); } }
  }
  return p;
}

function read$SourceCodeInfo(r: $WireReader, m: SourceCodeInfo): SourceCodeInfo {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.location.push(read$SourceCodeInfo_Location(r, empty$SourceCodeInfo_Location())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface SourceCodeInfo_Location {
  path: number[];
  span: number[];
  leadingComments?: string | undefined;
  trailingComments?: string | undefined;
}

export const SourceCodeInfo_Location: $MessageType<SourceCodeInfo_Location> = $generatedMessage<SourceCodeInfo_Location>({
  typeName: "google.protobuf.SourceCodeInfo.Location",
  empty: empty$SourceCodeInfo_Location,
  write: write$SourceCodeInfo_Location,
  read: read$SourceCodeInfo_Location,
  fields: () => [
    { name: "path", type: "int32", list: true },
    { name: "span", type: "int32", list: true },
    { name: "leadingComments", protoName: "leading_comments", type: "string", optional: true },
    { name: "trailingComments", protoName: "trailing_comments", type: "string", optional: true },
  ],
});

function empty$SourceCodeInfo_Location(): SourceCodeInfo_Location {
  return {
    path: [],
    span: [],
    leadingComments: undefined,
    trailingComments: undefined,
  };
}

function write$SourceCodeInfo_Location(m: $MessageInit<SourceCodeInfo_Location>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.SourceCodeInfo.Location");
  let p = position;
  const $1 = m.path;
  if ($1 != null) {
    $checkList($1, "google.protobuf.SourceCodeInfo.Location.path");
    if ($1.length !== 0) {
      b[p++] = 10;
      const start = ++p;
      for (const v of $1) p = $writeInt32(b, p, v, "google.protobuf.SourceCodeInfo.Location.path");
      p = $writeLength(b, start, p);
    }
  }
  const $2 = m.span;
  if ($2 != null) {
    $checkList($2, "google.protobuf.SourceCodeInfo.Location.span");
    if ($2.length !== 0) {
      b[p++] = 18;
      const start = ++p;
      for (const v of $2) p = $writeInt32(b, p, v, "google.protobuf.SourceCodeInfo.Location.span");
      p = $writeLength(b, start, p);
    }
  }
  const $3 = m.leadingComments;
  if ($3 != null) { b[p++] = 26; p = $writeString(b, p, $3, "google.protobuf.SourceCodeInfo.Location.leading_comments"); }
  const $4 = m.trailingComments;
  if ($4 != null) { b[p++] = 34; p = $writeString(b, p, $4, "google.protobuf.SourceCodeInfo.Location.trailing_comments"); }
  return p;
}

function read$SourceCodeInfo_Location(r: $WireReader, m: SourceCodeInfo_Location): SourceCodeInfo_Location {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.path.push(r.int32()); break;
      case 10: { const end = r.open(); while (r.more()) m.path.push(r.int32()); r.close(end); break; }
      case 16: m.span.push(r.int32()); break;
      case 18: { const end = r.open(); while (r.more()) m.span.push(r.int32()); r.close(end); break; }
      case 26: m.leadingComments = r.string(); break;
      case 34: m.trailingComments = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface CodeGeneratorRequest {
  fileToGenerate: string[];
  parameter: string;
  protoFile: FileDescriptorProto[];
}

export const CodeGeneratorRequest: $MessageType<CodeGeneratorRequest> = $generatedMessage<CodeGeneratorRequest>({
  typeName: "google.protobuf.CodeGeneratorRequest",
  empty: empty$CodeGeneratorRequest,
  write: write$CodeGeneratorRequest,
  read: read$CodeGeneratorRequest,
  fields: () => [
    { name: "fileToGenerate", protoName: "file_to_generate", type: "string", list: true },
    { name: "parameter", type: "string" },
    { name: "protoFile", protoName: "proto_file", type: { message: FileDescriptorProto }, list: true },
  ],
});

function empty$CodeGeneratorRequest(): CodeGeneratorRequest {
  return {
    fileToGenerate: [],
    parameter: "",
    protoFile: [],
  };
}

function write$CodeGeneratorRequest(m: $MessageInit<CodeGeneratorRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.CodeGeneratorRequest");
  let p = position;
  const $1 = m.fileToGenerate;
  if ($1 != null) {
    $checkList($1, "google.protobuf.CodeGeneratorRequest.file_to_generate");
    for (const v of $1) { b[p++] = 10; p = $writeString(b, p, v, "google.protobuf.CodeGeneratorRequest.file_to_generate"); }
  }
  const $2 = m.parameter;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.protobuf.CodeGeneratorRequest.parameter"); }
  const $15 = m.protoFile;
  if ($15 != null) {
    $checkList($15, "google.protobuf.CodeGeneratorRequest.proto_file");
    for (const v of $15) { b[p++] = 122; { const start = p + 1; p = $writeLength(b, start, write$FileDescriptorProto(v, b, start)); } }
  }
  return p;
}

function read$CodeGeneratorRequest(r: $WireReader, m: CodeGeneratorRequest): CodeGeneratorRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.fileToGenerate.push(r.string()); break;
      case 18: m.parameter = r.string(); break;
      case 122: { const end = r.enter(); m.protoFile.push(read$FileDescriptorProto(r, empty$FileDescriptorProto())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface CodeGeneratorResponse {
  error?: string | undefined;
  supportedFeatures: bigint;
  file: CodeGeneratorResponse_File[];
}

export const CodeGeneratorResponse: $MessageType<CodeGeneratorResponse> = $generatedMessage<CodeGeneratorResponse>({
  typeName: "google.protobuf.CodeGeneratorResponse",
  empty: empty$CodeGeneratorResponse,
  write: write$CodeGeneratorResponse,
  read: read$CodeGeneratorResponse,
  fields: () => [
    { name: "error", type: "string", optional: true },
    { name: "supportedFeatures", protoName: "supported_features", type: "uint64" },
    { name: "file", type: { message: CodeGeneratorResponse_File }, list: true },
  ],
});

function empty$CodeGeneratorResponse(): CodeGeneratorResponse {
  return {
    error: undefined,
    supportedFeatures: 0n,
    file: [],
  };
}

function write$CodeGeneratorResponse(m: $MessageInit<CodeGeneratorResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.CodeGeneratorResponse");
  let p = position;
  const $1 = m.error;
  if ($1 != null) { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.CodeGeneratorResponse.error"); }
  const $2 = m.supportedFeatures;
  if ($2 != null && $2 !== 0n) { b[p++] = 16; p = $writeUint64(b, p, $2, "google.protobuf.CodeGeneratorResponse.supported_features"); }
  const $15 = m.file;
  if ($15 != null) {
    $checkList($15, "google.protobuf.CodeGeneratorResponse.file");
    for (const v of $15) { b[p++] = 122; { const start = p + 1; p = $writeLength(b, start, write$CodeGeneratorResponse_File(v, b, start)); } }
  }
  return p;
}

function read$CodeGeneratorResponse(r: $WireReader, m: CodeGeneratorResponse): CodeGeneratorResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.error = r.string(); break;
      case 16: m.supportedFeatures = r.uint64(); break;
      case 122: { const end = r.enter(); m.file.push(read$CodeGeneratorResponse_File(r, empty$CodeGeneratorResponse_File())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface CodeGeneratorResponse_File {
  name: string;
  content: string;
}

export const CodeGeneratorResponse_File: $MessageType<CodeGeneratorResponse_File> = $generatedMessage<CodeGeneratorResponse_File>({
  typeName: "google.protobuf.CodeGeneratorResponse.File",
  empty: empty$CodeGeneratorResponse_File,
  write: write$CodeGeneratorResponse_File,
  read: read$CodeGeneratorResponse_File,
  fields: () => [
    { name: "name", type: "string" },
    { name: "content", type: "string" },
  ],
});

function empty$CodeGeneratorResponse_File(): CodeGeneratorResponse_File {
  return {
    name: "",
    content: "",
  };
}

function write$CodeGeneratorResponse_File(m: $MessageInit<CodeGeneratorResponse_File>, b: Buffer, position: number): number {
  $checkMessage(m, "google.protobuf.CodeGeneratorResponse.File");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.protobuf.CodeGeneratorResponse.File.name"); }
  const $15 = m.content;
  if ($15 != null && $15 !== "") { b[p++] = 122; p = $writeString(b, p, $15, "google.protobuf.CodeGeneratorResponse.File.content"); }
  return p;
}

function read$CodeGeneratorResponse_File(r: $WireReader, m: CodeGeneratorResponse_File): CodeGeneratorResponse_File {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      case 122: m.content = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("descriptor.proto", "ChBkZXNjcmlwdG9yLnByb3RvEg9nb29nbGUucHJvdG9idWYiTQoRRmlsZURlc2NyaXB0b3JTZXQSOAoEZmlsZRgBIAMoCzIkLmdvb2dsZS5wcm90b2J1Zi5GaWxlRGVzY3JpcHRvclByb3RvUgRmaWxlIocEChNGaWxlRGVzY3JpcHRvclByb3RvEhIKBG5hbWUYASABKAlSBG5hbWUSGAoHcGFja2FnZRgCIAEoCVIHcGFja2FnZRIeCgpkZXBlbmRlbmN5GAMgAygJUgpkZXBlbmRlbmN5EkMKDG1lc3NhZ2VfdHlwZRgEIAMoCzIgLmdvb2dsZS5wcm90b2J1Zi5EZXNjcmlwdG9yUHJvdG9SC21lc3NhZ2VUeXBlEkEKCWVudW1fdHlwZRgFIAMoCzIkLmdvb2dsZS5wcm90b2J1Zi5FbnVtRGVzY3JpcHRvclByb3RvUghlbnVtVHlwZRJBCgdzZXJ2aWNlGAYgAygLMicuZ29vZ2xlLnByb3RvYnVmLlNlcnZpY2VEZXNjcmlwdG9yUHJvdG9SB3NlcnZpY2USQwoJZXh0ZW5zaW9uGAcgAygLMiUuZ29vZ2xlLnByb3RvYnVmLkZpZWxkRGVzY3JpcHRvclByb3RvUglleHRlbnNpb24SSQoQc291cmNlX2NvZGVfaW5mbxgJIAEoCzIfLmdvb2dsZS5wcm90b2J1Zi5Tb3VyY2VDb2RlSW5mb1IOc291cmNlQ29kZUluZm8SLwoRcHVibGljX2RlcGVuZGVuY3kYCiADKAVCAhAAUhBwdWJsaWNEZXBlbmRlbmN5EhYKBnN5bnRheBgMIAEoCVIGc3ludGF4IpMGCg9EZXNjcmlwdG9yUHJvdG8SEgoEbmFtZRgBIAEoCVIEbmFtZRI7CgVmaWVsZBgCIAMoCzIlLmdvb2dsZS5wcm90b2J1Zi5GaWVsZERlc2NyaXB0b3JQcm90b1IFZmllbGQSQQoLbmVzdGVkX3R5cGUYAyADKAsyIC5nb29nbGUucHJvdG9idWYuRGVzY3JpcHRvclByb3RvUgpuZXN0ZWRUeXBlEkEKCWVudW1fdHlwZRgEIAMoCzIkLmdvb2dsZS5wcm90b2J1Zi5FbnVtRGVzY3JpcHRvclByb3RvUghlbnVtVHlwZRJYCg9leHRlbnNpb25fcmFuZ2UYBSADKAsyLy5nb29nbGUucHJvdG9idWYuRGVzY3JpcHRvclByb3RvLkV4dGVuc2lvblJhbmdlUg5leHRlbnNpb25SYW5nZRJDCglleHRlbnNpb24YBiADKAsyJS5nb29nbGUucHJvdG9idWYuRmllbGREZXNjcmlwdG9yUHJvdG9SCWV4dGVuc2lvbhI5CgdvcHRpb25zGAcgASgLMh8uZ29vZ2xlLnByb3RvYnVmLk1lc3NhZ2VPcHRpb25zUgdvcHRpb25zEkQKCm9uZW9mX2RlY2wYCCADKAsyJS5nb29nbGUucHJvdG9idWYuT25lb2ZEZXNjcmlwdG9yUHJvdG9SCW9uZW9mRGVjbBJVCg5yZXNlcnZlZF9yYW5nZRgJIAMoCzIuLmdvb2dsZS5wcm90b2J1Zi5EZXNjcmlwdG9yUHJvdG8uUmVzZXJ2ZWRSYW5nZVINcmVzZXJ2ZWRSYW5nZRIjCg1yZXNlcnZlZF9uYW1lGAogAygJUgxyZXNlcnZlZE5hbWUaOAoORXh0ZW5zaW9uUmFuZ2USFAoFc3RhcnQYASABKAVSBXN0YXJ0EhAKA2VuZBgCIAEoBVIDZW5kGlMKDVJlc2VydmVkUmFuZ2USGQoFc3RhcnQYASABKAVIAFIFc3RhcnSIAQESFQoDZW5kGAIgASgFSAFSA2VuZIgBAUIICgZfc3RhcnRCBgoEX2VuZCLnAwoURmllbGREZXNjcmlwdG9yUHJvdG8SEgoEbmFtZRgBIAEoCVIEbmFtZRIfCghleHRlbmRlZRgCIAEoCUgAUghleHRlbmRlZYgBARIWCgZudW1iZXIYAyABKAVSBm51bWJlchIUCgVsYWJlbBgEIAEoBVIFbGFiZWwSEgoEdHlwZRgFIAEoBVIEdHlwZRIgCgl0eXBlX25hbWUYBiABKAlIAVIIdHlwZU5hbWWIAQESKAoNZGVmYXVsdF92YWx1ZRgHIAEoCUgCUgxkZWZhdWx0VmFsdWWIAQESNwoHb3B0aW9ucxgIIAEoCzIdLmdvb2dsZS5wcm90b2J1Zi5GaWVsZE9wdGlvbnNSB29wdGlvbnMSJAoLb25lb2ZfaW5kZXgYCSABKAVIA1IKb25lb2ZJbmRleIgBARIgCglqc29uX25hbWUYCiABKAlIBFIIanNvbk5hbWWIAQESLAoPcHJvdG8zX29wdGlvbmFsGBEgASgISAVSDnByb3RvM09wdGlvbmFsiAEBQgsKCV9leHRlbmRlZUIMCgpfdHlwZV9uYW1lQhAKDl9kZWZhdWx0X3ZhbHVlQg4KDF9vbmVvZl9pbmRleEIMCgpfanNvbl9uYW1lQhIKEF9wcm90bzNfb3B0aW9uYWwiKgoUT25lb2ZEZXNjcmlwdG9yUHJvdG8SEgoEbmFtZRgBIAEoCVIEbmFtZSL/AgoTRW51bURlc2NyaXB0b3JQcm90bxISCgRuYW1lGAEgASgJUgRuYW1lEj8KBXZhbHVlGAIgAygLMikuZ29vZ2xlLnByb3RvYnVmLkVudW1WYWx1ZURlc2NyaXB0b3JQcm90b1IFdmFsdWUSNgoHb3B0aW9ucxgDIAEoCzIcLmdvb2dsZS5wcm90b2J1Zi5FbnVtT3B0aW9uc1IHb3B0aW9ucxJdCg5yZXNlcnZlZF9yYW5nZRgEIAMoCzI2Lmdvb2dsZS5wcm90b2J1Zi5FbnVtRGVzY3JpcHRvclByb3RvLkVudW1SZXNlcnZlZFJhbmdlUg1yZXNlcnZlZFJhbmdlEiMKDXJlc2VydmVkX25hbWUYBSADKAlSDHJlc2VydmVkTmFtZRpXChFFbnVtUmVzZXJ2ZWRSYW5nZRIZCgVzdGFydBgBIAEoBUgAUgVzdGFydIgBARIVCgNlbmQYAiABKAVIAVIDZW5kiAEBQggKBl9zdGFydEIGCgRfZW5kIpMBChhFbnVtVmFsdWVEZXNjcmlwdG9yUHJvdG8SEgoEbmFtZRgBIAEoCVIEbmFtZRIbCgZudW1iZXIYAiABKAVIAFIGbnVtYmVyiAEBEjsKB29wdGlvbnMYAyABKAsyIS5nb29nbGUucHJvdG9idWYuRW51bVZhbHVlT3B0aW9uc1IHb3B0aW9uc0IJCgdfbnVtYmVyIqcBChZTZXJ2aWNlRGVzY3JpcHRvclByb3RvEhIKBG5hbWUYASABKAlSBG5hbWUSPgoGbWV0aG9kGAIgAygLMiYuZ29vZ2xlLnByb3RvYnVmLk1ldGhvZERlc2NyaXB0b3JQcm90b1IGbWV0aG9kEjkKB29wdGlvbnMYAyABKAsyHy5nb29nbGUucHJvdG9idWYuU2VydmljZU9wdGlvbnNSB29wdGlvbnMi+wEKFU1ldGhvZERlc2NyaXB0b3JQcm90bxISCgRuYW1lGAEgASgJUgRuYW1lEh0KCmlucHV0X3R5cGUYAiABKAlSCWlucHV0VHlwZRIfCgtvdXRwdXRfdHlwZRgDIAEoCVIKb3V0cHV0VHlwZRI4CgdvcHRpb25zGAQgASgLMh4uZ29vZ2xlLnByb3RvYnVmLk1ldGhvZE9wdGlvbnNSB29wdGlvbnMSKQoQY2xpZW50X3N0cmVhbWluZxgFIAEoCFIPY2xpZW50U3RyZWFtaW5nEikKEHNlcnZlcl9zdHJlYW1pbmcYBiABKAhSD3NlcnZlclN0cmVhbWluZyJ0Cg5NZXNzYWdlT3B0aW9ucxIjCgpkZXByZWNhdGVkGAMgASgISABSCmRlcHJlY2F0ZWSIAQESIAoJbWFwX2VudHJ5GAcgASgISAFSCG1hcEVudHJ5iAEBQg0KC19kZXByZWNhdGVkQgwKCl9tYXBfZW50cnkikgEKDEZpZWxkT3B0aW9ucxIbCgZwYWNrZWQYAiABKAhIAFIGcGFja2VkiAEBEiMKCmRlcHJlY2F0ZWQYAyABKAhIAVIKZGVwcmVjYXRlZIgBARIbCgZqc3R5cGUYBiABKAVIAlIGanN0eXBliAEBQgkKB19wYWNrZWRCDQoLX2RlcHJlY2F0ZWRCCQoHX2pzdHlwZSJ3CgtFbnVtT3B0aW9ucxIkCgthbGxvd19hbGlhcxgCIAEoCEgAUgphbGxvd0FsaWFziAEBEiMKCmRlcHJlY2F0ZWQYAyABKAhIAVIKZGVwcmVjYXRlZIgBAUIOCgxfYWxsb3dfYWxpYXNCDQoLX2RlcHJlY2F0ZWQiRgoQRW51bVZhbHVlT3B0aW9ucxIjCgpkZXByZWNhdGVkGAEgASgISABSCmRlcHJlY2F0ZWSIAQFCDQoLX2RlcHJlY2F0ZWQiRAoOU2VydmljZU9wdGlvbnMSIwoKZGVwcmVjYXRlZBghIAEoCEgAUgpkZXByZWNhdGVkiAEBQg0KC19kZXByZWNhdGVkIosBCg1NZXRob2RPcHRpb25zEiMKCmRlcHJlY2F0ZWQYISABKAhIAFIKZGVwcmVjYXRlZIgBARIwChFpZGVtcG90ZW5jeV9sZXZlbBgiIAEoBUgBUhBpZGVtcG90ZW5jeUxldmVsiAEBQg0KC19kZXByZWNhdGVkQhQKEl9pZGVtcG90ZW5jeV9sZXZlbCKYAgoOU291cmNlQ29kZUluZm8SRAoIbG9jYXRpb24YASADKAsyKC5nb29nbGUucHJvdG9idWYuU291cmNlQ29kZUluZm8uTG9jYXRpb25SCGxvY2F0aW9uGr8BCghMb2NhdGlvbhISCgRwYXRoGAEgAygFUgRwYXRoEhIKBHNwYW4YAiADKAVSBHNwYW4SLgoQbGVhZGluZ19jb21tZW50cxgDIAEoCUgAUg9sZWFkaW5nQ29tbWVudHOIAQESMAoRdHJhaWxpbmdfY29tbWVudHMYBCABKAlIAVIQdHJhaWxpbmdDb21tZW50c4gBAUITChFfbGVhZGluZ19jb21tZW50c0IUChJfdHJhaWxpbmdfY29tbWVudHMiowEKFENvZGVHZW5lcmF0b3JSZXF1ZXN0EigKEGZpbGVfdG9fZ2VuZXJhdGUYASADKAlSDmZpbGVUb0dlbmVyYXRlEhwKCXBhcmFtZXRlchgCIAEoCVIJcGFyYW1ldGVyEkMKCnByb3RvX2ZpbGUYDyADKAsyJC5nb29nbGUucHJvdG9idWYuRmlsZURlc2NyaXB0b3JQcm90b1IJcHJvdG9GaWxlIuIBChVDb2RlR2VuZXJhdG9yUmVzcG9uc2USGQoFZXJyb3IYASABKAlIAFIFZXJyb3KIAQESLQoSc3VwcG9ydGVkX2ZlYXR1cmVzGAIgASgEUhFzdXBwb3J0ZWRGZWF0dXJlcxI/CgRmaWxlGA8gAygLMisuZ29vZ2xlLnByb3RvYnVmLkNvZGVHZW5lcmF0b3JSZXNwb25zZS5GaWxlUgRmaWxlGjQKBEZpbGUSEgoEbmFtZRgBIAEoCVIEbmFtZRIYCgdjb250ZW50GA8gASgJUgdjb250ZW50QggKBl9lcnJvcmIGcHJvdG8z");
