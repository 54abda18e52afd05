/** Services with messages and methods as generated code has them, made at run time. */
import { Enum, type Service as ServiceDeclaration, Type } from "protobufjs";
import type { FieldInfo, Properties } from "../codec/field-info.ts";
import { UNKNOWN_FIELDS, generatedMessage } from "../codec/generated-message.ts";
import type { MessageType } from "../codec/message-type.ts";
import { checkMessage, writeUnknown } from "../codec/wire-writer.ts";
import { type FieldPlan, type MessageOptions, fieldPlans } from "../generator/field-plan.ts";
import { fileDescriptorBytes } from "../generator/file-descriptor.ts";
import type { ProtoFile } from "../generator/proto-files.ts";
import { isIdempotent, kindOf, methodKeys } from "../generator/service-methods.ts";
import { type FileDescriptor, type Method, type MethodKind, type Service, service } from "../service.ts";
import { WELL_KNOWN_FILES } from "../generator/well-known-files.ts";
import { DynamicField } from "./dynamic-field.ts";
import { WELL_KNOWN_MESSAGES } from "./well-known-messages.ts";

/** A service by what is known at run time: its messages are objects of unknown properties. */
export type DynamicService = Service<Readonly<Record<string, Method<MethodKind, Properties, Properties>>>>;

/** @returns the services of all files by their full names. @throws ProtoError when a message or a service is refused. */
export function dynamicServices(files: readonly ProtoFile[], options: MessageOptions): Record<string, DynamicService> {
  const messages = new DynamicMessages(files, options);
  const descriptors = descriptorsOf(files);
  const services: [string, DynamicService][] = [];
  for (const file of files) {
    for (const declaration of file.services) {
      const name = declaration.fullName.slice(1);
      services.push([name, service(name, methodsOf(declaration, file, messages), descriptors.get(file.path))]);
    }
  }
  return Object.fromEntries(services);
}

function methodsOf(declaration: ServiceDeclaration, file: ProtoFile, messages: DynamicMessages) {
  const methods = [...methodKeys(declaration, file)].map(
    ([key, method]) =>
      [
        key,
        {
          name: method.name,
          kind: kindOf(method),
          request: messages.of(method.resolvedRequestType as Type),
          response: messages.of(method.resolvedResponseType as Type),
          idempotent: isIdempotent(method),
        },
      ] as const,
  );
  return Object.fromEntries(methods);
}

function descriptorsOf(files: readonly ProtoFile[]): ReadonlyMap<string, FileDescriptor> {
  const descriptors = new Map<string, FileDescriptor>();
  for (const file of files) {
    const bytes = fileDescriptorBytes(file);
    const dependencies = file.imports.map((path) => () => descriptors.get(path) as FileDescriptor);
    descriptors.set(file.path, Object.freeze({ name: file.path, bytes, dependencies }));
  }
  return descriptors;
}

class DynamicMessages {
  readonly #types = new Map<Type, MessageType<Properties>>();
  readonly #options: MessageOptions;

  constructor(files: readonly ProtoFile[], options: MessageOptions) {
    this.#options = options;
    for (const file of files) {
      const wellKnown = WELL_KNOWN_FILES.has(file.path);
      for (const type of file.types) {
        const known = wellKnown ? WELL_KNOWN_MESSAGES.get(type.name) : undefined;
        if (known === undefined) this.#add(type, file);
        else this.#types.set(type, known);
      }
    }
  }

  of(type: Type): MessageType<Properties> {
    return this.#types.get(type) as MessageType<Properties>;
  }

  #add(type: Type, file: ProtoFile): void {
    // Now, so that what is refused is refused before the first call.
    const plans = fieldPlans(type, file, this.#options.int64);
    this.#types.set(type, this.#message(type.fullName.slice(1), plans));
    for (const nested of type.nestedArray) if (nested instanceof Type) this.#add(nested, file);
  }

  #message(typeName: string, plans: readonly FieldPlan[]): MessageType<Properties> {
    let known: readonly DynamicField[] | undefined;
    // On first use: messages may hold each other.
    const fields = () => (known ??= plans.map((plan) => new DynamicField(plan, typeName, this.#valueType(plan))));
    const { unknownFields } = this.#options;
    let byNumber: ReadonlyMap<number, DynamicField> | undefined;
    return generatedMessage<Properties>({
      typeName,
      empty: () => {
        const message: Properties = {};
        for (const field of fields()) field.clear(message);
        if (unknownFields) message[UNKNOWN_FIELDS] = undefined;
        return message;
      },
      write: (message, buffer, position) => {
        checkMessage(message, typeName);
        let at = position;
        for (const field of fields()) at = field.write(message, buffer, at);
        if (!unknownFields) return at;
        const kept = message[UNKNOWN_FIELDS] as readonly Uint8Array[] | undefined;
        return writeUnknown(buffer, at, kept, `${typeName}.${UNKNOWN_FIELDS}`);
      },
      read: (reader, message) => {
        byNumber ??= new Map(fields().map((field) => [field.plan.number, field]));
        while (reader.more()) {
          const start = reader.position();
          const tag = reader.tag();
          if (byNumber.get(tag >>> 3)?.read(tag, reader, message)) continue;
          if (!unknownFields) reader.skip(tag);
          else message[UNKNOWN_FIELDS] = reader.keep(message[UNKNOWN_FIELDS] as Uint8Array[] | undefined, start, tag);
        }
        return message;
      },
      ...(unknownFields && { unknownFields }),
      fields: () => plans.map((plan) => this.#info(plan)),
    });
  }

  #valueType({ value }: FieldPlan): MessageType<unknown> | undefined {
    return value.kind === "message" ? this.of(value.declaration) : undefined;
  }

  #info(plan: FieldPlan): FieldInfo {
    const { name, jsonName, protoName, shape, key, value, optional, oneof } = plan;
    return {
      name,
      jsonName,
      protoName,
      type:
        value.kind === "scalar"
          ? value.scalar
          : value.declaration instanceof Enum
            ? { enum: value.declaration.values }
            : { message: this.of(value.declaration) },
      ...(shape === "list" && { list: true }),
      ...(shape === "map" && { mapKey: key }),
      ...(value.kind === "scalar" && value.int64 === "number" && { asNumber: true }),
      ...(value.kind === "scalar" && value.int64 === "string" && { asString: true }),
      ...(optional && { optional: true }),
      ...(oneof !== undefined && { oneof }),
    };
  }
}
