/** The well-known types that JSON has another form for: https://protobuf.dev/programming-guides/json/ */
import type { FieldInfo, Properties } from "../codec/field-info.ts";
import type { JsonWalk } from "../codec/json-walk.ts";
import { anyForm } from "./any-form.ts";
import { durationForm } from "./duration-form.ts";
import { fieldMaskForm } from "./field-mask-form.ts";
import { listForm, structForm, valueForm } from "./struct-form.ts";
import { timestampForm } from "./timestamp-form.ts";
import { wrapperForm } from "./wrapper-form.ts";

export interface JsonForm {
  write(this: void, fields: readonly FieldInfo[], message: Properties, walk: JsonWalk): unknown;
  /** Fills `message`, which holds the defaults. */
  read(this: void, fields: readonly FieldInfo[], message: Properties, json: unknown, walk: JsonWalk): void;
}

const PACKAGE = "google.protobuf.";

/** The form of the message with this full name; undefined for the ordinary one. */
export function jsonForm(typeName: string): JsonForm | undefined {
  if (!typeName.startsWith(PACKAGE)) return undefined;
  switch (typeName.slice(PACKAGE.length)) {
    case "Any":
      return anyForm;
    case "Duration":
      return durationForm;
    case "FieldMask":
      return fieldMaskForm;
    case "ListValue":
      return listForm;
    case "Struct":
      return structForm;
    case "Timestamp":
      return timestampForm;
    case "Value":
      return valueForm;
    case "BoolValue":
    case "BytesValue":
    case "DoubleValue":
    case "FloatValue":
    case "Int32Value":
    case "Int64Value":
    case "StringValue":
    case "UInt32Value":
    case "UInt64Value":
      return wrapperForm;
    default:
      return undefined;
  }
}
