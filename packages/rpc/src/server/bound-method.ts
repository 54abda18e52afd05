/** A method of a service together with its handler, ready to be called. */
import { rpcError } from "../rpc-error.ts";
import type { Method } from "../service.ts";
import { Status } from "../status.ts";
import { MessageCodec } from "../wire/message-codec.ts";
import { requestPrefix } from "../wire/request.ts";
import type {
  CallContext,
  InterceptedCall,
  InterceptedReply,
  Interceptor,
  MethodInfo,
  ServedKind,
} from "./handlers.ts";

/** A handler with its types forgotten: what it gets was decoded by its own method's codec. */
export type AnyHandler = (request: unknown, context: CallContext) => unknown;

export interface BoundMethod {
  readonly info: MethodInfo;
  readonly kind: ServedKind;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
  readonly handler: AnyHandler;
  /** How a Request for it begins when the client writes its fields in order. */
  readonly prefix: Buffer;
}

export function bindMethod(
  service: string,
  method: Method<ServedKind, unknown>,
  handler: AnyHandler | undefined,
  interceptors: readonly Interceptor[],
): BoundMethod {
  const info = Object.freeze({ service, name: method.name, fullName: `${service}/${method.name}` });
  const whole = handler ?? notImplemented;
  return {
    info,
    kind: method.kind,
    request: new MessageCodec(method.request),
    response: new MessageCodec(method.response),
    handler: interceptors.length === 0 ? whole : intercepted(method.kind, whole, [...interceptors]),
    prefix: requestPrefix(service, method.name),
  };
}

function notImplemented(_request: unknown, { method }: CallContext): never {
  throw rpcError(Status.Unimplemented, `method ${method.name}`);
}

class ServerCallView implements InterceptedCall {
  readonly kind: ServedKind;
  readonly request: unknown;
  readonly method: MethodInfo;
  readonly #context: CallContext;

  constructor(kind: ServedKind, request: unknown, context: CallContext) {
    this.kind = kind;
    this.request = request;
    this.method = context.method;
    this.#context = context;
  }

  get metadata(): CallContext["metadata"] {
    return this.#context.metadata;
  }
  get deadline(): CallContext["deadline"] {
    return this.#context.deadline;
  }
  get remainingMs(): number {
    return this.#context.remainingMs;
  }
  get signal(): AbortSignal {
    return this.#context.signal;
  }
  get peer(): CallContext["peer"] {
    return this.#context.peer;
  }
}

function intercepted(kind: ServedKind, handler: AnyHandler, interceptors: readonly Interceptor[]): AnyHandler {
  const run = async (request: unknown, context: CallContext): Promise<InterceptedReply> => {
    const step = async (index: number, call: InterceptedCall): Promise<InterceptedReply> => {
      const interceptor = interceptors[index];
      if (interceptor !== undefined) return interceptor(call, (inner) => step(index + 1, inner));
      const result = handler(call.request, context);
      return kind === "unary" ? { message: await result } : { messages: result as AsyncIterable<unknown> };
    };
    return step(0, new ServerCallView(kind, request, context));
  };
  if (kind === "unary") return async (request, context) => (await run(request, context))?.message;
  return async function* (request, context) {
    const reply = await run(request, context);
    if (reply?.messages !== undefined) yield* reply.messages;
  };
}
