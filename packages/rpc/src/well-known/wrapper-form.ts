/** `google.protobuf.Int64Value` and its like: the bare value. */
import { singleFromJson } from "../codec/json-reader.ts";
import { singleToJson } from "../codec/json-writer.ts";
import type { JsonForm } from "./json-form.ts";

export const wrapperForm: JsonForm = {
  write: ([field], message, walk) => field && singleToJson(field, message.value, walk),
  read([field], message, json, walk) {
    if (field !== undefined) message.value = singleFromJson(field, json, walk);
  },
};
