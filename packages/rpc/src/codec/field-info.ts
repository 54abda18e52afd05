/** What generated code says about the fields of a message, for all that is not encoding and decoding. */
import type { MessageType } from "./message-type.ts";

/** The types of protobuf that are no messages and no enums. */
export type ScalarType =
  | "int32"
  | "uint32"
  | "sint32"
  | "fixed32"
  | "sfixed32"
  | "int64"
  | "uint64"
  | "sint64"
  | "fixed64"
  | "sfixed64"
  | "float"
  | "double"
  | "bool"
  | "string"
  | "bytes";

/** The constants of an enum by their names in the proto. */
export type EnumValues = Readonly<Record<string, number>>;

/** One field of a message. */
export interface FieldInfo {
  /** Of the property, or of the case of a oneof. */
  readonly name: string;
  /** In JSON. @default name */
  readonly jsonName?: string;
  /** In the proto; JSON is read with it too. @default name */
  readonly protoName?: string;
  /** Of the field, of a list's elements, of a map's values. */
  readonly type: ScalarType | { readonly enum: EnumValues } | { readonly message: MessageType<unknown> };
  readonly list?: true;
  /** Of a map: the type of its keys. */
  readonly mapKey?: ScalarType;
  /** 64-bit integers are numbers, not bigints. */
  readonly asNumber?: true;
  /** 64-bit integers are decimal texts. */
  readonly asString?: true;
  /** Absent is told apart from the default. */
  readonly optional?: true;
  /** The property that holds the oneof. */
  readonly oneof?: string;
}

/** A message, seen as what it is made of. */
export type Properties = Record<string, unknown>;

/** @internal A oneof, seen as what it is made of. */
export interface OneofValue {
  readonly case: string | undefined;
  readonly value?: unknown;
}
