/** `google.protobuf.Any`: the form of what it holds, with the type as `@type`. */
import { objectOf } from "../codec/json-reader.ts";
import type { Properties } from "../codec/field-info.ts";
import type { JsonWalk } from "../codec/json-walk.ts";
import type { MessageType } from "../codec/message-type.ts";
import { type JsonForm, jsonForm } from "./json-form.ts";
import { knownType } from "./known-types.ts";
import { typeNameOf } from "./type-url.ts";

export const anyForm: JsonForm = {
  write(_, { typeUrl, value }, walk) {
    if (typeof typeUrl !== "string") throw walk.refused("a type URL", typeUrl);
    if (!(value instanceof Uint8Array)) throw walk.refused("bytes (a Uint8Array)", value);
    if (typeUrl === "" && value.length === 0) return {};
    const type = typeOf(typeUrl, walk);
    walk.key(type.typeName);
    const json = type.toJSON(type.decode(value), walk);
    walk.up();
    if (jsonForm(type.typeName) !== undefined) return { "@type": typeUrl, value: json };
    return { "@type": typeUrl, ...(json as Properties) };
  },
  read(_, message, json, walk) {
    const { "@type": typeUrl, ...rest } = objectOf(json, walk);
    if (typeUrl === undefined && Object.keys(rest).length === 0) return;
    if (typeof typeUrl !== "string") throw walk.refused('"@type" with a type URL', typeUrl);
    const type = typeOf(typeUrl, walk);
    walk.key(type.typeName);
    message.typeUrl = typeUrl;
    message.value = type.encode(type.fromJSON(inner(type, rest, walk), walk));
    walk.up();
  },
};

/** What is left without the type is the message, or it stands in `value`. */
function inner({ typeName }: MessageType<unknown>, rest: Properties, walk: JsonWalk): unknown {
  const isWhole = jsonForm(typeName) === undefined;
  // Go writes Empty as if it had a form of its own.
  if (isWhole && !(typeName === "google.protobuf.Empty" && "value" in rest)) return rest;
  const { value, ...others } = rest;
  if (value === undefined || Object.keys(others).length !== 0) {
    throw walk.error(`expected "@type" and "value", for ${typeName}`);
  }
  return value;
}

function typeOf(typeUrl: string, walk: JsonWalk): MessageType<unknown> {
  if (!typeUrl.includes("/")) throw walk.error('a type URL has a "/" in front of the name of the type');
  const name = typeNameOf(typeUrl);
  const type = walk.types.find(({ typeName }) => typeName === name) ?? knownType(name);
  if (type === undefined) throw walk.error(`the type ${JSON.stringify(name)} is not known: give it in \`types\``);
  return type;
}
