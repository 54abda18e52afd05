/** From a parsed proto file to its descriptor, as reflection serves it. Comments and options of no use there are left out. */
import {
  Enum,
  type Field,
  MapField,
  type Method,
  type OneOf,
  type ReflectionObject,
  type Service,
  Type,
} from "protobufjs";
import type { MessageInit } from "../codec/message-type.ts";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FileDescriptorProto,
  type MethodDescriptorProto,
  type ServiceDescriptorProto,
} from "../gen/descriptor.ts";
import { FIELD_TYPES, IDEMPOTENCY_LEVELS, JS_TYPES, LABEL } from "./descriptor-numbers.ts";
import { jsonNameOf } from "./names.ts";
import type { ProtoFile } from "./proto-files.ts";

/** A FileDescriptorProto, encoded. */
export function fileDescriptorBytes(file: ProtoFile): Uint8Array {
  const publics = file.imports.flatMap((name, index) => (file.publicImports.has(name) ? [index] : []));
  return FileDescriptorProto.encode({
    name: file.path,
    package: file.package,
    dependency: file.imports,
    publicDependency: publics,
    messageType: file.types.map(messageDescriptor),
    enumType: file.enums.map(enumDescriptor),
    service: file.services.map(serviceDescriptor),
    syntax: "proto3",
  });
}

function messageDescriptor(type: Type): MessageInit<DescriptorProto> {
  // The oneofs of proto3 optional fields stand behind the others.
  const oneofs = type.oneofsArray.toSorted((a, b) => Number(a.isProto3Optional) - Number(b.isProto3Optional));
  const { ranges, names } = reservedOf(type.reserved, 1);
  return {
    name: type.name,
    field: type.fieldsArray.map((field) => fieldDescriptor(field, oneofs)),
    nestedType: [
      ...type.nestedArray.filter((each) => each instanceof Type).map(messageDescriptor),
      ...type.fieldsArray.filter(isMap).map(entryDescriptor),
    ],
    enumType: type.nestedArray.filter((each) => each instanceof Enum).map(enumDescriptor),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
    reservedRange: ranges,
    reservedName: names,
    options: isDeprecated(type) ? { deprecated: true } : undefined,
  };
}

function fieldDescriptor(field: Field, oneofs: readonly OneOf[]): MessageInit<FieldDescriptorProto> {
  const options = (field.options ?? {}) as Readonly<Record<string, unknown>>;
  const { packed, deprecated, json_name: jsonName, jstype } = options;
  const map = field instanceof MapField;
  const isOptional = options.proto3_optional === true;
  return {
    name: field.name,
    number: field.id,
    label: map || field.repeated ? LABEL.repeated : LABEL.optional,
    ...(map
      ? { type: FIELD_TYPES.message, typeName: `${(field.parent as Type).fullName}.${entryName(field.name)}` }
      : typeOf(field)),
    jsonName: typeof jsonName === "string" ? jsonName : jsonNameOf(field.name),
    oneofIndex: field.partOf === null ? undefined : oneofs.indexOf(field.partOf),
    proto3Optional: isOptional ? true : undefined,
    options:
      packed === undefined && deprecated === undefined && jstype === undefined
        ? undefined
        : {
            packed: packed === undefined ? undefined : packed === true,
            deprecated: deprecated === undefined ? undefined : deprecated === true,
            jstype: jstype === undefined ? undefined : JS_TYPES.indexOf(jstype as string),
          },
  };
}

function typeOf(field: Field): MessageInit<FieldDescriptorProto> {
  const { resolvedType } = field;
  if (resolvedType instanceof Type) return { type: FIELD_TYPES.message, typeName: resolvedType.fullName };
  if (resolvedType instanceof Enum) return { type: FIELD_TYPES.enum, typeName: resolvedType.fullName };
  return { type: FIELD_TYPES[field.type] };
}

function isMap(field: Field): field is Field & MapField {
  return field instanceof MapField;
}

/** A map is a list of entries: https://protobuf.dev/programming-guides/proto3/#backwards */
function entryDescriptor(field: Field & { readonly keyType: string }): MessageInit<DescriptorProto> {
  const one = { label: LABEL.optional };
  return {
    name: entryName(field.name),
    field: [
      { name: "key", number: 1, ...one, type: FIELD_TYPES[field.keyType], jsonName: "key" },
      { name: "value", number: 2, ...one, ...typeOf(field), jsonName: "value" },
    ],
    options: { mapEntry: true },
  };
}

function entryName(fieldName: string): string {
  const name = jsonNameOf(fieldName);
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Entry`;
}

function enumDescriptor(declaration: Enum): MessageInit<EnumDescriptorProto> {
  const options = (declaration.valuesOptions ?? {}) as Readonly<Record<string, { deprecated?: unknown } | undefined>>;
  const { ranges, names } = reservedOf(declaration.reserved, 0);
  const numbers = Object.values(declaration.values);
  const allowAlias = new Set(numbers).size < numbers.length ? true : undefined;
  const deprecated = isDeprecated(declaration) ? true : undefined;
  return {
    name: declaration.name,
    value: Object.entries(declaration.values).map(([name, number]) => ({
      name,
      number,
      options: options[name]?.deprecated === true ? { deprecated: true } : undefined,
    })),
    reservedRange: ranges,
    reservedName: names,
    options: allowAlias || deprecated ? { allowAlias, deprecated } : undefined,
  };
}

/** @param past 1 where the end of a range is the number behind it. */
function reservedOf(reserved: readonly (string | readonly number[])[] | undefined, past: 0 | 1) {
  const all = reserved ?? [];
  return {
    ranges: all
      .filter((each) => typeof each !== "string")
      .map(([start = 0, end = start]) => ({ start, end: Math.min(end + past, 2 ** 31 - 1) })),
    names: all.filter((each) => typeof each === "string"),
  };
}

function serviceDescriptor(service: Service): MessageInit<ServiceDescriptorProto> {
  return {
    name: service.name,
    method: service.methodsArray.map(methodDescriptor),
    options: isDeprecated(service) ? { deprecated: true } : undefined,
  };
}

function methodDescriptor(method: Method): MessageInit<MethodDescriptorProto> {
  const level: unknown = method.options?.idempotency_level;
  const idempotencyLevel = level === undefined ? undefined : IDEMPOTENCY_LEVELS.indexOf(level as string);
  const deprecated = isDeprecated(method) ? true : undefined;
  return {
    name: method.name,
    inputType: (method.resolvedRequestType as Type).fullName,
    outputType: (method.resolvedResponseType as Type).fullName,
    clientStreaming: method.requestStream === true,
    serverStreaming: method.responseStream === true,
    options: idempotencyLevel !== undefined || deprecated ? { idempotencyLevel, deprecated } : undefined,
  };
}

function isDeprecated({ options }: ReflectionObject): boolean {
  return options?.deprecated === true;
}
