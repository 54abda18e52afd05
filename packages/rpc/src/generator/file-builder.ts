import {
  Enum,
  Field,
  MapField,
  Method,
  type Namespace,
  OneOf,
  type ReflectionObject,
  type Root,
  Service,
  Type,
} from "protobufjs";
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
  ServiceDescriptorProto,
} from "../gen/descriptor.ts";
import { DescriptorComments } from "./descriptor-comments.ts";
import { FIELD_TYPES, IDEMPOTENCY_LEVELS, JS_TYPES, LABEL } from "./descriptor-numbers.ts";
import type { FileHead } from "./file-head.ts";
import { ProtoError } from "./proto-error.ts";

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(FIELD_TYPES).map(([name, type]) => [type, name]),
);

/** Adds the declarations of a file to `root`. @throws {@link ProtoError} when the file is refused. */
export function addFile(root: Root, file: FileDescriptorProto): FileHead {
  const lines = new DescriptorComments(file);
  new FileBuilder(file, lines).addTo(root);
  const publicImports = new Set(file.publicDependency.map((index) => file.dependency[index] ?? ""));
  const { name, dependency: imports } = file;
  return { path: name, file: name, lines, package: file.package, imports, publicImports };
}

class FileBuilder {
  readonly #file: FileDescriptorProto;
  readonly #comments: DescriptorComments;

  constructor(file: FileDescriptorProto, comments: DescriptorComments) {
    this.#file = file;
    this.#comments = comments;
  }

  addTo(root: Root): void {
    const { syntax, name, extension, messageType, enumType, service } = this.#file;
    if (syntax !== "proto3") {
      throw new ProtoError(name, undefined, `the syntax ${syntax || "proto2"} is not supported: only proto3 is`);
    }
    if (extension.length > 0) throw this.#refused([7, 0], "extensions are not supported");
    const parent: Namespace = this.#file.package === "" ? root : root.define(this.#file.package);
    const declarations = [
      ...messageType.map((each, index) => this.#message(each, [4, index])),
      ...enumType.map((each, index) => this.#enum(each, [5, index])),
      ...service.map((each, index) => this.#service(each, [6, index])),
    ];
    for (const declaration of declarations) {
      declaration.filename = name;
      // What the parser sets on the outermost declarations of a file.
      Object.assign(declaration, { _edition: "proto3" });
      this.#added(() => parent.add(declaration), declaration.name);
    }
  }

  #message(proto: DescriptorProto, path: readonly number[]): Type {
    if (proto.extension.length > 0 || proto.extensionRange.length > 0) {
      throw this.#refused(path, "extensions are not supported");
    }
    const type = new Type(proto.name, deprecatedOption(proto.options?.deprecated));
    type.comment = this.#comments.of(path);
    const entries = new Map(
      proto.nestedType.filter((each) => each.options?.mapEntry).map((each) => [each.name, each] as const),
    );
    const fields = proto.field.map((field, index) => this.#field(field, entries, [...path, 2, index]));
    const oneofs = proto.oneofDecl.map(({ name }, index) => {
      const oneof = new OneOf(name);
      oneof.comment = this.#comments.of([...path, 8, index]);
      for (const [at, field] of fields.entries()) if (proto.field[at]?.oneofIndex === index) oneof.add(field);
      return oneof;
    });
    // A oneof brings its fields: it is added where the first of them stands.
    for (const field of fields) {
      if (field.parent !== null) continue;
      const oneof = oneofs.find(({ fieldsArray }) => fieldsArray.includes(field));
      this.#added(() => type.add(oneof ?? field), field.name);
    }
    for (const [index, nested] of proto.nestedType.entries()) {
      if (!entries.has(nested.name)) type.add(this.#message(nested, [...path, 3, index]));
    }
    for (const [index, nested] of proto.enumType.entries()) type.add(this.#enum(nested, [...path, 4, index]));
    type.reserved = [...proto.reservedRange.map(({ start = 0, end = 0 }) => [start, end - 1]), ...proto.reservedName];
    return type;
  }

  #field(proto: FieldDescriptorProto, entries: ReadonlyMap<string, DescriptorProto>, path: readonly number[]): Field {
    const { name, number, label, typeName = "", defaultValue, proto3Optional, jsonName, options } = proto;
    const type = TYPE_NAMES.get(proto.type);
    if (type === "group") throw this.#refused(path, "groups are not supported");
    if (type === undefined) throw this.#refused(path, `${name} has type ${proto.type}, which is not known`);
    if (label === LABEL.required) throw this.#refused(path, "required fields are not supported: proto3 has none");
    if (defaultValue !== undefined) throw this.#refused(path, `${name}: proto3 has no default values`);
    const settings = {
      ...(proto3Optional && { proto3_optional: true }),
      ...(jsonName !== undefined && { json_name: jsonName }),
      ...(options?.packed !== undefined && { packed: options.packed }),
      ...(options?.deprecated && { deprecated: true }),
      ...(options?.jstype !== undefined && { jstype: JS_TYPES[options.jstype] ?? options.jstype }),
    };
    const entry = typeName.startsWith(".") ? entries.get(typeName.slice(typeName.lastIndexOf(".") + 1)) : undefined;
    const comment = this.#comments.of(path);
    if (entry !== undefined && label === LABEL.repeated) {
      const [key, value] = entry.field;
      if (key === undefined || value === undefined) throw this.#refused(path, `the entry of ${name} is no entry`);
      const valueType = value.typeName ?? TYPE_NAMES.get(value.type) ?? "";
      const map = new MapField(name, number, TYPE_NAMES.get(key.type) ?? "", valueType, settings);
      map.comment = comment;
      return map as MapField & Field;
    }
    const rule = label === LABEL.repeated ? "repeated" : undefined;
    const field = new Field(name, number, typeName === "" ? type : typeName, rule, undefined, settings);
    field.comment = comment;
    return field;
  }

  #enum(proto: EnumDescriptorProto, path: readonly number[]): Enum {
    const declaration = new Enum(proto.name, undefined, {
      ...deprecatedOption(proto.options?.deprecated),
      ...(proto.options?.allowAlias && { allow_alias: true }),
    });
    declaration.comment = this.#comments.of(path);
    for (const [index, { name, number = 0, options }] of proto.value.entries()) {
      const comment = this.#comments.of([...path, 2, index]) ?? undefined;
      this.#added(() => declaration.add(name, number, comment, deprecatedOption(options?.deprecated)), name);
    }
    declaration.reserved = [
      ...proto.reservedRange.map(({ start = 0, end = 0 }) => [start, end]),
      ...proto.reservedName,
    ];
    return declaration;
  }

  #service(proto: ServiceDescriptorProto, path: readonly number[]): Service {
    const service = new Service(proto.name, deprecatedOption(proto.options?.deprecated));
    service.comment = this.#comments.of(path);
    for (const [index, method] of proto.method.entries()) {
      const { name, inputType, outputType, clientStreaming, serverStreaming, options } = method;
      const level = options?.idempotencyLevel;
      const settings = {
        ...deprecatedOption(options?.deprecated),
        ...(level !== undefined && { idempotency_level: IDEMPOTENCY_LEVELS[level] }),
      };
      const comment = this.#comments.of([...path, 2, index]) ?? undefined;
      service.add(new Method(name, "rpc", inputType, outputType, clientStreaming, serverStreaming, settings, comment));
    }
    return service;
  }

  #added(add: () => ReflectionObject, name: string): void {
    try {
      add();
    } catch (cause) {
      throw new ProtoError(
        this.#file.name,
        this.#comments.lineOfPath([name]),
        cause instanceof Error ? cause.message : String(cause),
      );
    }
  }

  #refused(path: readonly number[], reason: string): ProtoError {
    return new ProtoError(this.#file.name, this.#comments.lineAt(path), reason);
  }
}

function deprecatedOption(deprecated: boolean | undefined): Record<string, unknown> {
  return deprecated ? { deprecated: true } : {};
}
