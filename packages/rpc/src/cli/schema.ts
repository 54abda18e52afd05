/** What there is to call and how its messages look: from proto files, or from the server itself. */
import { Enum, type Method, type ReflectionObject, Service, Type } from "protobufjs";
import type { Properties } from "../codec/field-info.ts";
import type { Codec, MessageType } from "../codec/message-type.ts";
import { DynamicMessages } from "../dynamic/dynamic-messages.ts";
import { dynamicServices } from "../dynamic/dynamic-services.ts";
import type { MessageOptions } from "../generator/field-plan.ts";
import { type ProtoFile, loadProtoFiles } from "../generator/proto-files.ts";
import type { MethodKind } from "../service.ts";

export interface Schema {
  /** As errors name it: `chat.proto`, `tcp://localhost:9000`. */
  readonly source: string;
  /** Full names, sorted. */
  services(): Promise<readonly string[]>;
  /** The file that declares a service, a method, a message, an enum or a member of one, with all that it imports. */
  filesOf(symbol: string): Promise<readonly ProtoFile[] | undefined>;
}

/** A file with all that it imports. @throws ProtoError when one of them cannot be read or is refused. */
export async function fileSchema(file: string, includeDirs: readonly string[]): Promise<Schema> {
  const files = await loadProtoFiles([file], includeDirs);
  const services = files.flatMap((each) => each.services.map((service) => nameOf(service))).toSorted();
  return {
    source: file,
    services: () => Promise.resolve(services),
    filesOf: (symbol) => Promise.resolve(declarationOf(files, symbol) === undefined ? undefined : files),
  };
}

export type Declaration = Type | Enum | Service | Method;

/** `package.Name`. */
export function nameOf(declaration: ReflectionObject): string {
  return declaration.fullName.replace(/^\./, "");
}

/** What has this full name; for a field, a oneof or a value of an enum, the message or the enum that it stands in. */
export function declarationOf(files: readonly ProtoFile[], symbol: string): Declaration | undefined {
  for (const { types, enums, services } of files)
    for (const declaration of [...types, ...enums, ...services]) {
      const found = within(declaration, symbol);
      if (found !== undefined) return found;
    }
  return undefined;
}

function within(declaration: Type | Enum | Service, symbol: string): Declaration | undefined {
  const name = nameOf(declaration);
  if (symbol === name) return declaration;
  // The values of an enum are its siblings, as in C++.
  const scope = declaration instanceof Enum ? name.slice(0, name.lastIndexOf(".") + 1) : `${name}.`;
  if (!symbol.startsWith(scope)) return undefined;
  const member = symbol.slice(scope.length);
  if (declaration instanceof Enum) return Object.hasOwn(declaration.values, member) ? declaration : undefined;
  if (declaration instanceof Service) return declaration.methodsArray.find((method) => method.name === member);
  for (const nested of declaration.nestedArray)
    if (nested instanceof Type || nested instanceof Enum) {
      const found = within(nested, symbol);
      if (found !== undefined) return found;
    }
  const isMember = [...declaration.fieldsArray, ...declaration.oneofsArray].some((each) => each.name === member);
  return isMember ? declaration : undefined;
}

const MESSAGES: MessageOptions = { int64: "bigint", unknownFields: false };

/** A method whose messages have a JSON form. */
export interface CallableMethod {
  readonly service: string;
  readonly name: string;
  readonly kind: MethodKind;
  readonly idempotent: boolean;
  readonly request: MessageType<Properties>;
  readonly response: MessageType<Properties>;
}

/** @throws ProtoError when a message of one of the files is refused. */
export function methodsOf(files: readonly ProtoFile[], service: string): readonly CallableMethod[] {
  const methods = Object.values(dynamicServices(files, MESSAGES)[service]?.methods ?? {});
  return methods.map(({ name, kind, idempotent = false, request, response }) => ({
    service,
    name,
    kind,
    idempotent,
    request: withJson(request),
    response: withJson(response),
  }));
}

/** The message of this name; undefined when none of the files declares one. @throws ProtoError as {@link methodsOf}. */
export function messageTypeOf(files: readonly ProtoFile[], typeName: string): MessageType<Properties> | undefined {
  const declaration = declarationOf(files, typeName);
  // A field's name leads to its message.
  if (!(declaration instanceof Type) || nameOf(declaration) !== typeName) return undefined;
  return new DynamicMessages(files, MESSAGES).of(declaration);
}

function withJson(codec: Codec<Properties>): MessageType<Properties> {
  if ("toJSON" in codec) return codec as MessageType<Properties>;
  throw new TypeError("a dynamic message has a JSON form");
}
