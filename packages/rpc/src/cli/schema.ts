/** What there is to call and how its messages look: from proto files, or from the server itself. */
import { Enum, type Method, type ReflectionObject, Service, Type } from "protobufjs";
import { servicesFromDescriptors } from "../dynamic/services-from.ts";
import type { Properties } from "../codec/field-info.ts";
import type { Codec, MessageType } from "../codec/message-type.ts";
import { FileDescriptorProto } from "../gen/descriptor.ts";
import { fileDescriptorBytes } from "../generator/file-descriptor.ts";
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
  const methods = Object.values(servicesFromDescriptors(descriptorsOf(files))[service]?.methods ?? {});
  return methods.map(({ name, kind, idempotent = false, request, response }) => ({
    service,
    name,
    kind,
    idempotent,
    request: withJson(request),
    response: withJson(response),
  }));
}

/** The message of this name, which one of the files declares. */
export function messageTypeOf(files: readonly ProtoFile[], typeName: string): MessageType<Properties> {
  // Services lead to messages: one is made that leads to this one.
  const probe = FileDescriptorProto.encode({
    name: "servertech/probe.proto",
    syntax: "proto3",
    dependency: files.map(({ path }) => path),
    service: [{ name: PROBE, method: [{ name: "probe", inputType: `.${typeName}`, outputType: `.${typeName}` }] }],
  });
  const services = servicesFromDescriptors([...descriptorsOf(files), probe]);
  const [method] = Object.values(services[PROBE]?.methods ?? {});
  if (method === undefined) throw new TypeError(`${typeName} is no message of these files`);
  return withJson(method.request);
}

function descriptorsOf(files: readonly ProtoFile[]): Uint8Array[] {
  return files.map((file) => fileDescriptorBytes(file));
}

const PROBE = "ServertechProbe$";

function withJson(codec: Codec<Properties>): MessageType<Properties> {
  if ("toJSON" in codec) return codec as MessageType<Properties>;
  throw new TypeError("a dynamic message has a JSON form");
}
