/** Writes and reads one field by its plan: what generated code does, without code. */
import { emptyMap } from "../codec/generated-message.ts";
import type { OneofValue, Properties } from "../codec/field-info.ts";
import { type MapKeyType, writeMapKey } from "../codec/map-keys.ts";
import type { MessageType } from "../codec/message-type.ts";
import { type Scalar, scalarOf } from "../codec/scalars.ts";
import type { WireReader } from "../codec/wire-reader.ts";
import { checkList, mapKeys, writeLength, writeString, writeUint32 } from "../codec/wire-writer.ts";
import type { FieldPlan } from "../generator/field-plan.ts";

export class DynamicField {
  readonly plan: FieldPlan;
  readonly #path: string;
  readonly #message: MessageType<unknown> | undefined;
  readonly #scalar: Scalar;
  readonly #key: Scalar;
  readonly #wireType: number;

  /** @param message of a field whose values are messages. */
  constructor(plan: FieldPlan, typeName: string, message: MessageType<unknown> | undefined) {
    const { value } = plan;
    this.plan = plan;
    this.#path = `${typeName}.${plan.protoName}`;
    this.#message = message;
    this.#scalar = value.kind === "scalar" ? scalarOf(value.scalar, value.int64) : scalarOf("int32");
    this.#key = scalarOf(plan.key);
    this.#wireType = message === undefined ? this.#scalar.wireType : 2;
  }

  /** Puts the default where the field is. */
  clear(message: Properties): void {
    const { name, shape, oneof, optional } = this.plan;
    if (oneof !== undefined) message[oneof] = { case: undefined };
    else if (shape === "list") message[name] = [];
    else if (shape === "map") message[name] = emptyMap();
    else message[name] = optional || this.#message !== undefined ? undefined : this.#scalar.empty();
  }

  write(message: Properties, buffer: Buffer, position: number): number {
    const { name, shape, oneof } = this.plan;
    if (oneof !== undefined) {
      const { case: set, value } = (message[oneof] ?? {}) as OneofValue;
      return set === name ? this.#one(value, buffer, position) : position;
    }
    const value = message[name];
    if (value === undefined || value === null) return position;
    if (shape === "list") return this.#list(value as readonly unknown[], buffer, position);
    if (shape === "map") return this.#map(value as Properties, buffer, position);
    return this.#isLeftOut(value) ? position : this.#one(value, buffer, position);
  }

  /** @returns false for a tag of another field. */
  read(tag: number, reader: WireReader, message: Properties): boolean {
    const { name, number, shape, oneof } = this.plan;
    const own = number * 8 + this.#wireType;
    if (shape === "map") {
      if (tag !== number * 8 + 2) return false;
      this.#readEntry(reader, message[name] as Properties);
    } else if (shape === "list") {
      const list = message[name] as unknown[];
      if (tag === own) list.push(this.#readOne(reader, undefined));
      else if (tag === number * 8 + 2 && this.#wireType !== 2) {
        const end = reader.open();
        while (reader.more()) list.push(this.#scalar.read(reader));
        reader.close(end);
      } else return false;
    } else if (tag !== own) return false;
    else if (oneof === undefined) message[name] = this.#readOne(reader, message[name]);
    else {
      const { case: set, value } = message[oneof] as OneofValue;
      message[oneof] = { case: name, value: this.#readOne(reader, set === name ? value : undefined) };
    }
    return true;
  }

  #isLeftOut(value: unknown): boolean {
    if (this.plan.optional || this.#message !== undefined) return false;
    return value instanceof Uint8Array ? value.length === 0 : Object.is(value, this.#scalar.empty());
  }

  #one(value: unknown, buffer: Buffer, position: number): number {
    return this.#value(value, buffer, writeTag(buffer, position, this.plan.number, this.#wireType));
  }

  #value(value: unknown, buffer: Buffer, position: number): number {
    if (this.#message === undefined) return this.#scalar.write(buffer, position, value as never, this.#path);
    const start = position + 1;
    return writeLength(buffer, start, this.#message.writeTo(value as Properties, buffer, start));
  }

  #list(list: readonly unknown[], buffer: Buffer, position: number): number {
    checkList(list, this.#path);
    if (list.length === 0) return position;
    if (this.plan.packed && this.#wireType !== 2) {
      const start = writeTag(buffer, position, this.plan.number, 2) + 1;
      return writeLength(
        buffer,
        start,
        list.reduce<number>((at, each) => this.#value(each, buffer, at), start),
      );
    }
    return list.reduce<number>((at, each) => this.#one(each, buffer, at), position);
  }

  #map(map: Properties, buffer: Buffer, position: number): number {
    let at = position;
    for (const key of mapKeys(map, this.#path)) {
      const value = map[key];
      if (value === undefined || value === null) continue;
      const entry = writeTag(buffer, at, this.plan.number, 2) + 1;
      const behindKey = this.#writeKey(key, buffer, writeTag(buffer, entry, 1, this.#key.wireType));
      at = writeLength(buffer, entry, this.#value(value, buffer, writeTag(buffer, behindKey, 2, this.#wireType)));
    }
    return at;
  }

  #writeKey(key: string, buffer: Buffer, position: number): number {
    const type = this.plan.key;
    return type === "string"
      ? writeString(buffer, position, key, this.#path)
      : writeMapKey(buffer, position, type as MapKeyType, key, this.#path);
  }

  #readOne(reader: WireReader, known: unknown): unknown {
    if (this.#message === undefined) return this.#scalar.read(reader);
    const end = reader.enter();
    const value = this.#message.readFrom(reader, known ?? this.#message.create());
    reader.leave(end);
    return value;
  }

  #readEntry(reader: WireReader, map: Properties): void {
    const end = reader.enter();
    let key = this.#key.empty();
    let value = this.#message === undefined ? this.#scalar.empty() : this.#message.create();
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === 8 + this.#key.wireType) key = this.#key.read(reader);
      else if (tag === 16 + this.#wireType) value = this.#readOne(reader, value);
      else reader.skip(tag);
    }
    reader.leave(end);
    map[String(key)] = value;
  }
}

function writeTag(buffer: Buffer, position: number, number: number, wireType: number): number {
  return writeUint32(buffer, position, number * 8 + wireType, "tag");
}
