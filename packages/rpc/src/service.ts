/** How a service is described: generated code makes these, the client and the server read them. */
import { optionChecks } from "@servertech/core";
import type { Codec, MessageType } from "./codec/message-type.ts";

/** The four kinds of calls. */
export type MethodKind = "unary" | "serverStream" | "clientStream" | "bidi";

/** The method that is called. */
export interface MethodInfo {
  /** `package.Service`. */
  readonly service: string;
  /** The name on the wire: `SetInitInfo`. */
  readonly name: string;
  /** `package.Service/SetInitInfo`. */
  readonly fullName: string;
}

/** One rpc of a service: its name on the wire, its kind, and the types of its messages. */
export interface Method<Kind extends MethodKind = MethodKind, Request = never, Response = unknown> {
  /** The name on the wire: `SetInitInfo`. Callers use the key it has in `Service.methods`: `setInitInfo`. */
  readonly name: string;
  readonly kind: Kind;
  readonly request: MessageType<Request> | Codec<Request>;
  readonly response: MessageType<Response> | Codec<Response>;
  /** May be carried out twice: from `idempotency_level`. @default false */
  readonly idempotent?: boolean | undefined;
}

/** A proto file as reflection serves it. */
export interface FileDescriptor {
  /** As other files import it: `chat/room.proto`. */
  readonly name: string;
  /** An encoded `google.protobuf.FileDescriptorProto`. Decoded from text on first use. */
  readonly bytes: Uint8Array;
  /** The files it imports: functions, as modules may import each other. */
  readonly dependencies: readonly (() => FileDescriptor)[];
}

/** A service as `createClient` and `Server.add` take it. `Methods` has the keys that callers and handlers use. */
export interface Service<
  Methods extends Readonly<Record<string, Method<MethodKind, unknown>>> = Readonly<
    Record<string, Method<MethodKind, unknown>>
  >,
> {
  /** Full name: `package.Service`. */
  readonly name: string;
  readonly methods: Methods;
  /** The proto file that declares it, where that is known. */
  readonly file?: FileDescriptor | undefined;
}

/** Describes a service. Generated code calls it; by hand it joins any {@link Codec}s to a service. */
export function service<const Methods extends Readonly<Record<string, Method<MethodKind, unknown>>>>(
  name: string,
  methods: Methods,
  file?: FileDescriptor,
): Service<Methods> {
  return Object.freeze({ name, methods: Object.freeze(methods), ...(file !== undefined && { file }) });
}

/** @throws OptionError unless it is a service: what the compiler does not see. */
export function checkService(given: unknown): void {
  const { name, methods } = (given ?? {}) as Partial<Service>;
  if (typeof name === "string" && typeof methods === "object" && methods !== null) return;
  const check = optionChecks({}, []);
  check.problem("service", "must be a service: of a generated module, of loadProto or of service()", given);
  check.done(undefined);
}

/** Describes a proto file. Generated code calls it. @param base64 an encoded `google.protobuf.FileDescriptorProto`. */
export function fileDescriptor(
  name: string,
  base64: string,
  dependencies: readonly (() => FileDescriptor)[] = [],
): FileDescriptor {
  let bytes: Uint8Array | undefined;
  return Object.freeze({
    name,
    get bytes() {
      return (bytes ??= Buffer.from(base64, "base64"));
    },
    dependencies,
  });
}
