import { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import type { FieldInfo, OneofValue, Properties } from "./field-info.ts";
import { type FieldsByName, fieldsByName, messageFromJson, objectOf } from "./json-reader.ts";
import { JsonWalk } from "./json-walk.ts";
import { messageToJson } from "./json-writer.ts";
import type { MessageInit, MessageType } from "./message-type.ts";
import { WireReader } from "./wire-reader.ts";
import { jsonForm } from "../well-known/json-form.ts";
import { makeKnown } from "../well-known/known-types.ts";

const FIRST_SCRATCH_BYTES = 4_096;
const MAX_SCRATCH_BYTES = 65_536;

/** Messages are encoded here, then copied to their exact size: encoding is synchronous, so one is enough. */
let scratch = Buffer.alloc(0);

/** The property of unknown fields. No name in a proto file holds a `$`. */
export const UNKNOWN_FIELDS = "unknown$";

/** What generated code knows of a message. */
export interface GeneratedParts<T> {
  /** Full name: `package.Message`. */
  readonly typeName: string;
  /** A message of defaults. */
  readonly empty: () => T;
  readonly write: (message: MessageInit<T>, buffer: Buffer, position: number) => number;
  readonly read: (reader: WireReader, message: T) => T;
  /** Unknown fields are kept, as `unknown$`. */
  readonly unknownFields?: true;
  /** Called on first use: messages may hold each other. */
  readonly fields: () => readonly FieldInfo[];
}

/** Makes a {@link MessageType} out of the functions and the fields of a generated message. */
export function generatedMessage<T extends object>(parts: GeneratedParts<T>): MessageType<T> {
  const { typeName, empty, write, read } = parts;
  let known: readonly FieldInfo[] | undefined;
  let byName: FieldsByName | undefined;
  const fields = () => (known ??= parts.fields());
  const wire: Pick<MessageType<T>, "writeTo" | "readFrom" | "decodeRange"> = {
    writeTo: write,
    readFrom: read,
    decodeRange: (buffer, start, end) => read(new WireReader(buffer, start, end), empty()),
  };
  const shown: Omit<MessageType<T>, keyof typeof wire> = {
    typeName,
    create: (init) => {
      const message = empty();
      if (init !== undefined) fill(message as Properties, fields(), init as Properties);
      if (parts.unknownFields) copyUnknown(message as Properties, init as Properties | undefined);
      return message;
    },
    encode: (given) => {
      const message = given as MessageInit<T>;
      if (scratch.length === 0) scratch = Buffer.allocUnsafeSlow(FIRST_SCRATCH_BYTES);
      const end = write(message, scratch, 0);
      if (end <= scratch.length) return Buffer.from(scratch.subarray(0, end));
      const whole = Buffer.allocUnsafeSlow(end);
      if (end <= MAX_SCRATCH_BYTES) scratch = Buffer.allocUnsafeSlow(end);
      // A getter of the message may answer otherwise the second time.
      const length = write(message, whole, 0);
      if (length > end) throw new RpcError(Status.Internal, `${typeName} changes while it is encoded`);
      return whole.subarray(0, length);
    },
    decode: (bytes) => {
      if (!(bytes instanceof Uint8Array))
        throw new RpcError(Status.Internal, `${typeName}: expected bytes (a Uint8Array)`);
      return read(new WireReader(bytes), empty());
    },
    toJSON: (message, options) => {
      const walk = JsonWalk.writing(options, typeName);
      walk.enter();
      const toJson = jsonForm(typeName)?.write ?? messageToJson;
      const json = toJson(fields(), objectOf(message, walk), walk);
      walk.leave();
      return json;
    },
    fromJSON: (json, options) => {
      const walk = JsonWalk.reading(options, typeName);
      const message = empty();
      walk.enter();
      const form = jsonForm(typeName);
      if (form === undefined) messageFromJson(message as Properties, (byName ??= fieldsByName(fields())), json, walk);
      else form.read(fields(), message as Properties, json, walk);
      walk.leave();
      return message;
    },
  };
  // Who copies the type to give it another `encode` or `decode` has those used, not these.
  const type = Object.freeze(Object.defineProperties(shown, hidden(wire))) as MessageType<T>;
  makeKnown(type);
  return type;
}

function hidden(properties: object): PropertyDescriptorMap {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, { value: value as unknown }]));
}

function fill(message: Properties, fields: readonly FieldInfo[], init: Properties): void {
  for (const field of fields) {
    const given = field.oneof === undefined ? init[field.name] : oneofValue(init[field.oneof], field.name);
    if (given === undefined || given === null) continue;
    const value = copied(field, given);
    if (field.oneof === undefined) message[field.name] = value;
    else message[field.oneof] = { case: field.name, value };
  }
}

function copyUnknown(message: Properties, init: Properties | undefined): void {
  const kept = init?.[UNKNOWN_FIELDS];
  // Reading more into the message adds to its list.
  if (Array.isArray(kept)) message[UNKNOWN_FIELDS] = [...(kept as readonly unknown[])];
}

function oneofValue(group: unknown, name: string): unknown {
  const { case: set, value } = (group ?? {}) as OneofValue;
  return set === name ? value : undefined;
}

function copied({ type, list, mapKey }: FieldInfo, given: unknown): unknown {
  const one = (value: unknown) =>
    typeof type === "object" && "message" in type ? type.message.create(value as Properties) : value;
  if (list) return (given as readonly unknown[]).map(one);
  if (mapKey === undefined) return one(given);
  const map = emptyMap<unknown>();
  for (const [key, value] of Object.entries(given as Properties)) map[key] = one(value);
  return map;
}

/** A map without a prototype: `__proto__` is a key like the others. */
export function emptyMap<V>(): Record<string, V> {
  return Object.create(null) as Record<string, V>;
}
