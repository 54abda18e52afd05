/** How a service is described: generated code makes these, the client and the server read them. */
import type { Codec, MessageType } from "./codec/message-type.ts";

export type MethodKind = "unary" | "serverStream" | "clientStream" | "bidi";

export interface Method<Kind extends MethodKind = MethodKind, Request = unknown, Response = unknown> {
  /** The name on the wire: `SetInitInfo`. Callers use the key it has in `Service.methods`: `setInitInfo`. */
  readonly name: string;
  readonly kind: Kind;
  readonly request: MessageType<Request> | Codec<Request>;
  readonly response: MessageType<Response> | Codec<Response>;
  /** May be carried out twice: from `idempotency_level`. @default false */
  readonly idempotent?: boolean | undefined;
}

/** A service as `createClient` and `Server.add` take it. `Methods` has the keys that callers and handlers use. */
export interface Service<Methods extends Readonly<Record<string, Method>> = Readonly<Record<string, Method>>> {
  /** Full name: `package.Service`. */
  readonly name: string;
  readonly methods: Methods;
}
