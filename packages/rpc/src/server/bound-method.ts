/** A method of a service together with its handler, ready to be called. */
import { type InterceptedCall, type InterceptedReply, type Interceptor, runChain } from "../interceptor.ts";
import { type Metadata, type MutableMetadata, metadataCopy } from "../metadata.ts";
import { rpcError } from "../rpc-error.ts";
import type { Method, MethodInfo, MethodKind } from "../service.ts";
import { Status } from "../status.ts";
import { MessageCodec } from "../wire/message-codec.ts";
import { requestPrefix } from "../wire/request.ts";
import { type AnyHandler, type CallContext, type Peer, givesStream, takesStream } from "./handlers.ts";

/** A call as an interceptor of a server sees it: with the handler's context. */
export interface ServerInterceptedCall extends InterceptedCall {
  readonly trailers: MutableMetadata;
  readonly peer: Peer;
  readonly attempt: number;
  /** What the handler gets. */
  readonly context: CallContext;
}

/** Stands around the handlers of a server. */
export type ServerInterceptor = Interceptor<ServerInterceptedCall>;

export interface BoundMethod {
  readonly info: MethodInfo;
  readonly kind: MethodKind;
  readonly takesStream: boolean;
  readonly givesStream: boolean;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
  readonly handler: AnyHandler;
  readonly maxMessageBytes: number;
  /** How a Request for it begins when the client writes its fields in order. */
  readonly prefix: Buffer;
}

export function bindMethod(
  service: string,
  method: Method<MethodKind, unknown>,
  handler: AnyHandler | undefined,
  interceptors: readonly ServerInterceptor[],
  maxMessageBytes: number,
): BoundMethod {
  const { kind, name } = method;
  const whole = handler ?? notImplemented;
  return {
    info: Object.freeze({ service, name, fullName: `${service}/${name}` }),
    kind,
    takesStream: takesStream(kind),
    givesStream: givesStream(kind),
    request: new MessageCodec(method.request),
    response: new MessageCodec(method.response),
    handler: interceptors.length === 0 ? whole : intercepted(kind, whole, [...interceptors]),
    maxMessageBytes,
    prefix: requestPrefix(service, name),
  };
}

function notImplemented(_request: unknown, { method }: CallContext): never {
  throw rpcError(Status.Unimplemented, `method ${method.name}`);
}

/** No private fields: calls that interceptors make of it inherit from it. */
class ServerCallView implements ServerInterceptedCall {
  readonly kind: MethodKind;
  readonly method: MethodInfo;
  readonly metadata: MutableMetadata;
  readonly request?: unknown;
  readonly requests?: AsyncIterable<unknown> | undefined;
  readonly context: CallContext;

  constructor(kind: MethodKind, input: unknown, context: CallContext) {
    this.kind = kind;
    this.method = context.method;
    this.metadata = metadataCopy(context.metadata);
    this.context = context;
    if (takesStream(kind)) this.requests = input as AsyncIterable<unknown>;
    else this.request = input;
  }

  get trailers(): MutableMetadata {
    return this.context.trailers;
  }
  get deadline(): number | undefined {
    return this.context.deadline;
  }
  get remainingMs(): number {
    return this.context.remainingMs;
  }
  get signal(): AbortSignal {
    return this.context.signal;
  }
  get peer(): Peer {
    return this.context.peer;
  }
  get attempt(): number {
    return this.context.attempt;
  }
}

function intercepted(kind: MethodKind, handler: AnyHandler, interceptors: readonly ServerInterceptor[]): AnyHandler {
  const run = async (input: unknown, context: CallContext): Promise<InterceptedReply> => {
    const view = new ServerCallView(kind, input, context);
    const reply = await runChain(interceptors, view, async (call) => {
      // The handler sees what interceptors made of the metadata.
      (context as { metadata: Metadata }).metadata = call.metadata;
      const result = handler(takesStream(kind) ? call.requests : call.request, context);
      if (givesStream(kind)) return { messages: result as AsyncIterable<unknown> };
      return { message: await result };
    });
    addTrailers(context, reply?.trailers);
    return reply;
  };
  if (!givesStream(kind)) return async (input, context) => (await run(input, context))?.message;
  return async function* (input, context) {
    const reply = await run(input, context);
    if (reply?.messages !== undefined) yield* reply.messages;
    addTrailers(context, reply?.trailers);
  };
}

function addTrailers(context: CallContext, trailers: Metadata | undefined): void {
  if (trailers === undefined || trailers === context.trailers) return;
  for (const key of new Set([...trailers.entries()].map(([name]) => name)))
    context.trailers.set(key, trailers.getAll(key));
}
