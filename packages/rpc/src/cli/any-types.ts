/** What the `google.protobuf.Any` of messages hold: known by name, found in the schema as they are met. */
import type { Properties } from "../codec/field-info.ts";
import type { JsonOptions, MessageType } from "../codec/message-type.ts";
import { WELL_KNOWN_MESSAGES } from "../dynamic/well-known-messages.ts";
import { BytesValue } from "../gen/google/protobuf/wrappers.ts";
import { typeNameOf } from "../well-known/type-url.ts";
import { ERROR_DETAILS } from "./error-report.ts";
import { type Schema, messageTypeOf } from "./schema.ts";

const MAX_DEPTH = 100;

/** Options of `toJSON` and `fromJSON` that grow: `learn…` first, then read or write. */
export class AnyTypes implements JsonOptions {
  readonly types: MessageType<unknown>[] = [...ERROR_DETAILS];
  readonly #schema: Schema;
  readonly #known = new Map<string, MessageType<unknown>>();

  constructor(schema: Schema) {
    this.#schema = schema;
    for (const type of [...ERROR_DETAILS, ...WELL_KNOWN_MESSAGES.values()]) this.#known.set(type.typeName, type);
  }

  /** Finds the types that a JSON value names by `@type`. What is not found is left to `fromJSON` to refuse. */
  async learnFromJson(json: unknown, depth = 0): Promise<void> {
    if (typeof json !== "object" || json === null || depth > MAX_DEPTH) return;
    const { "@type": typeUrl } = json as Properties;
    if (typeof typeUrl === "string") await this.#find(typeNameOf(typeUrl));
    for (const value of Object.values(json)) await this.learnFromJson(value, depth + 1);
  }

  /** Finds the types that a message holds. One that is not found is shown as its bytes, in base64. */
  async learnFromMessage(message: unknown, depth = 0): Promise<void> {
    if (typeof message !== "object" || message === null || message instanceof Uint8Array || depth > MAX_DEPTH) return;
    const { typeUrl, value } = message as Properties;
    if (typeof typeUrl === "string" && typeUrl !== "" && value instanceof Uint8Array) {
      const type = (await this.#find(typeNameOf(typeUrl))) ?? this.#opaque(typeNameOf(typeUrl));
      await this.learnFromMessage(type.decode(value), depth + 1);
      return;
    }
    for (const each of Object.values(message)) await this.learnFromMessage(each, depth + 1);
  }

  async #find(typeName: string): Promise<MessageType<unknown> | undefined> {
    const known = this.#known.get(typeName);
    if (known !== undefined) return known;
    const type = messageTypeOf((await this.#schema.filesOf(typeName)) ?? [], typeName);
    return type === undefined ? undefined : this.#add(type);
  }

  #add(type: MessageType<unknown>): MessageType<unknown> {
    this.#known.set(type.typeName, type);
    this.types.push(type);
    return type;
  }

  #opaque(typeName: string): MessageType<unknown> {
    return this.#add({
      ...(BytesValue as MessageType<unknown>),
      typeName,
      decode: (bytes) => ({ base64: Buffer.from(bytes).toString("base64") }),
      toJSON: (message) => ({ value: (message as { readonly base64: string }).base64 }),
    });
  }
}
