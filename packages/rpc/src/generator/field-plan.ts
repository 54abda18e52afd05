/** What the generator knows of one field of a message. */
import { Enum, type Field, MapField, Type } from "protobufjs";
import type { ScalarType } from "../codec/field-info.ts";
import { is64BitInteger } from "../codec/scalars.ts";
import { jsonNameOf, propertyName } from "./names.ts";
import { ProtoError } from "./proto-error.ts";
import { type ProtoFile, pathOf } from "./proto-files.ts";

/** A scalar, or a declaration that other names lead to. */
export type ValueType =
  | { readonly kind: "scalar"; readonly scalar: ScalarType; readonly int64: LargeForm | undefined }
  | { readonly kind: "enum"; readonly declaration: Enum }
  | { readonly kind: "message"; readonly declaration: Type };

export interface FieldPlan {
  readonly number: number;
  readonly name: string;
  readonly protoName: string;
  readonly jsonName: string;
  readonly value: ValueType;
  readonly shape: "one" | "list" | "map";
  /** Of a map. */
  readonly key: ScalarType;
  readonly packed: boolean;
  /** Written with `optional`. */
  readonly optional: boolean;
  /** The property that holds its oneof. */
  readonly oneof: string | undefined;
  readonly comment: string | null;
  readonly deprecated: boolean;
}

/** What 64-bit integers are, where their fields do not say so themselves. */
export type Int64Form = "bigint" | "number";

export interface MessageOptions {
  readonly int64: Int64Form;
  /** Whether unknown fields are kept. */
  readonly unknownFields: boolean;
}

/** What a 64-bit integer is: a text is decimal. */
type LargeForm = Int64Form | "string";

const JS_TYPE_FORMS: ReadonlyMap<unknown, LargeForm | undefined> = new Map([
  ["JS_NORMAL", undefined],
  ["JS_NUMBER", "number"],
  ["JS_STRING", "string"],
]);

const MAX_FIELD_NUMBER = 2 ** 29 - 1;

/** Fields in the order of their numbers. @throws {@link ProtoError} when a field cannot be generated. */
export function fieldPlans(type: Type, file: ProtoFile, int64: Int64Form): FieldPlan[] {
  const plans = type.fieldsArray.map((field) => fieldPlan(field, file, int64)).toSorted((a, b) => a.number - b.number);
  refuseSameNames(type, plans, file);
  return plans;
}

function fieldPlan(field: Field, file: ProtoFile, int64: Int64Form): FieldPlan {
  const path = [...pathOf(field.parent as Type), field.name];
  const refuse = (reason: string): ProtoError => new ProtoError(file.file, file.lines.lineOfPath(path), reason);
  const { id, name } = field;
  if (id < 1 || id > MAX_FIELD_NUMBER || (id >= 19_000 && id <= 19_999)) {
    throw refuse(`field number ${id} of ${name} is not from 1 to ${MAX_FIELD_NUMBER}, or is one of 19000 to 19999`);
  }
  const options = (field.options ?? {}) as Readonly<Record<string, unknown>>;
  const { jstype } = options;
  const isMap = field instanceof MapField;
  if (jstype !== undefined) {
    if (!JS_TYPE_FORMS.has(jstype)) {
      throw refuse(`jstype ${JSON.stringify(jstype)} is none of ${[...JS_TYPE_FORMS.keys()].join(", ")}`);
    }
    if (isMap || !is64BitInteger(field.type)) throw refuse(`jstype is for 64-bit integers, and ${name} is none`);
  }
  if (options.default !== undefined) throw refuse(`${name}: proto3 has no default values`);
  const oneof = field.partOf !== null && !field.partOf.isProto3Optional ? propertyName(field.partOf.name) : undefined;
  return {
    number: id,
    name: propertyName(name),
    protoName: name,
    jsonName: typeof options.json_name === "string" ? options.json_name : jsonNameOf(name),
    value: valueType(field, JS_TYPE_FORMS.get(jstype) ?? int64),
    shape: isMap ? "map" : field.repeated ? "list" : "one",
    key: isMap ? (field.keyType as ScalarType) : "string",
    packed: options.packed !== false,
    optional: options.proto3_optional === true,
    oneof,
    comment: field.comment,
    deprecated: options.deprecated === true,
  };
}

function valueType(field: Field, int64: LargeForm): ValueType {
  const { resolvedType } = field;
  if (resolvedType instanceof Enum) return { kind: "enum", declaration: resolvedType };
  if (resolvedType instanceof Type) return { kind: "message", declaration: resolvedType };
  const scalar = field.type as ScalarType;
  return { kind: "scalar", scalar, int64: is64BitInteger(scalar) ? int64 : undefined };
}

/** Two names that differ in the proto may come out the same. */
function refuseSameNames(type: Type, plans: readonly FieldPlan[], file: ProtoFile): void {
  const properties = new Map<string, string>();
  const jsonNames = new Map<string, string>();
  for (const { oneof, name, protoName, jsonName } of plans) {
    const scope = oneof === undefined ? name : `${oneof}/${name}`;
    const same =
      properties.get(scope) ?? jsonNames.get(jsonName) ?? (oneof === undefined ? undefined : properties.get(oneof));
    if (same !== undefined && !(oneof !== undefined && same === `oneof ${oneof}`)) {
      const line = file.lines.lineOfPath([...pathOf(type), protoName]);
      throw new ProtoError(file.file, line, `${protoName} has the same name in TypeScript or JSON as ${same}`);
    }
    properties.set(scope, protoName);
    jsonNames.set(jsonName, protoName);
    if (oneof !== undefined) properties.set(oneof, `oneof ${oneof}`);
  }
}
