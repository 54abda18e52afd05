/** Message types as generated code has them, made at run time. */
import { Enum, Type } from "protobufjs";
import type { FieldInfo, Properties } from "../codec/field-info.ts";
import { UNKNOWN_FIELDS, generatedMessage } from "../codec/generated-message.ts";
import type { MessageType } from "../codec/message-type.ts";
import { checkMessage, writeUnknown } from "../codec/wire-writer.ts";
import { type FieldPlan, type MessageOptions, fieldPlans } from "../generator/field-plan.ts";
import { type ProtoFile, declarationsIn, pathOf } from "../generator/proto-files.ts";
import { WELL_KNOWN_FILES } from "../generator/well-known-files.ts";
import { DynamicField } from "./dynamic-field.ts";
import { WELL_KNOWN_MESSAGES } from "./well-known-messages.ts";

/** The message types of some files, by their declarations; the well-known ones are those of the runtime. */
export class DynamicMessages {
  readonly #types = new Map<Type, MessageType<Properties>>();
  readonly #options: MessageOptions;

  /** @param files with all that they import. @throws ProtoError when a message is refused. */
  constructor(files: readonly ProtoFile[], options: MessageOptions) {
    this.#options = options;
    for (const file of files) {
      const wellKnown = WELL_KNOWN_FILES.has(file.path);
      for (const type of declarationsIn(file)) {
        if (!(type instanceof Type)) continue;
        const known = wellKnown ? WELL_KNOWN_MESSAGES.get(pathOf(type).join(".")) : undefined;
        this.#types.set(type, known ?? this.#message(type, file));
      }
    }
  }

  of(type: Type): MessageType<Properties> {
    return this.#types.get(type) as MessageType<Properties>;
  }

  #message(type: Type, file: ProtoFile): MessageType<Properties> {
    const typeName = type.fullName.slice(1);
    // Now, so that what is refused is refused before the first call.
    const plans = fieldPlans(type, file, this.#options.int64);
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
