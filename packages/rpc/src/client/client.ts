import { type CloseOptions, type ReadyOptions, optionChecks } from "@servertech/core";
import type { MessageInit } from "../codec/message-type.ts";
import type { Metadata } from "../metadata.ts";
import { type RpcError, closedError, isRpcError, rpcError } from "../rpc-error.ts";
import { takesStream } from "../server/handlers.ts";
import { type Method, type Service, checkService } from "../service.ts";
import { Status } from "../status.ts";
import { standsFor } from "../tracing.ts";
import { CalledMethod } from "./called-method.ts";
import { type Channel, type ClientStats, RpcChannel } from "./channel.ts";
import { interceptedStream, interceptedUnary } from "./intercepted-call.ts";
import type { CallOptions, ChannelOptions } from "./options.ts";
import type { BidiStream, ClientStream, ServerStream } from "./stream-call.ts";
import type { Rejected, Replied } from "./unary-call.ts";

/** How a call ended that does not throw. */
export type Outcome<Response> =
  | [error: RpcError, reply: undefined, trailers: Metadata]
  | [error: undefined, reply: Response, trailers: Metadata];

/** A unary method: rejects with {@link RpcError}, or with the reason of an aborted signal. */
export interface UnaryMethod<Request, Response> {
  (request: MessageInit<Request>, options?: CallOptions): Promise<Response>;
  /**
   * The same call, whose outcome is given, not thrown, together with what the server sent with the end. An aborted signal is
   * an error with status CANCELLED and the reason as `cause`. Wrong options reject still.
   */
  try(request: MessageInit<Request>, options?: CallOptions): Promise<Outcome<Response>>;
}

/** A method with a stream of replies. Wrong options, an aborted signal and a closed client throw at once. */
export type ServerStreamMethod<Request, Response> = (
  request: MessageInit<Request>,
  options?: CallOptions,
) => ServerStream<Response>;

/** A method that takes a stream of messages. Throws as {@link ServerStreamMethod}. */
export type ClientStreamMethod<Request, Response> = (
  options?: CallOptions,
) => ClientStream<MessageInit<Request>, Response>;

/** A method with streams in both directions. Throws as {@link ServerStreamMethod}. */
export type BidiMethod<Request, Response> = (options?: CallOptions) => BidiStream<MessageInit<Request>, Response>;

/** What a client has for a method. */
export type ClientMethod<M> =
  M extends Method<infer Kind, infer Request, infer Response>
    ? Kind extends "unary"
      ? UnaryMethod<Request, Response>
      : Kind extends "serverStream"
        ? ServerStreamMethod<Request, Response>
        : Kind extends "clientStream"
          ? ClientStreamMethod<Request, Response>
          : BidiMethod<Request, Response>
    : never;

/** One method for each of the service's, by the names of `Service.methods`. */
export type ClientMethods<Methods> = {
  readonly [Name in keyof Methods]: ClientMethod<Methods[Name]>;
};

/** What a client has beside the methods of its service. */
export interface ClientLifeCycle extends AsyncDisposable {
  /** Resolves once a server is connected; 10 s unless said. @throws RpcError UNAVAILABLE with the last cause. */
  ready(options?: ReadyOptions): Promise<void>;
  /**
   * Refuses new calls. A client with a channel of its own lets calls in flight end and closes the channel; one on a shared
   * channel leaves that, and calls in flight, alone.
   */
  close(options?: CloseOptions): Promise<void>;
  /** Those of the channel: of all clients that share it. */
  stats(): ClientStats;
}

/** What calls the methods of a service. */
export type Client<Methods> = ClientMethods<Methods> & ClientLifeCycle;

/**
 * Makes a typed client of a service.
 *
 * @param on the options of a channel of its own, or a channel to share.
 * @throws OptionError
 */
export function createClient<Methods extends Service["methods"]>(
  service: { readonly name: string; readonly methods: Methods },
  on: ChannelOptions | Channel,
): Client<Methods> {
  checkService(service);
  const channel = on instanceof RpcChannel ? on : new RpcChannel(on as ChannelOptions);
  const shared = channel === on;
  channel.serves(service.name);
  const state: ClientState = { channel, closed: false };
  const methods: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(service.methods))
    methods[name] = clientMethod(state, new CalledMethod(service.name, method, channel.options.methodBytes));
  const close = (options: CloseOptions = {}): Promise<void> => {
    try {
      optionChecks(options, ["timeoutMs", "signal"]).done(undefined);
    } catch (error) {
      return Promise.reject(error);
    }
    state.closed = true;
    return shared ? CLOSED : channel.close(options);
  };
  const lifeCycle: ClientLifeCycle = {
    ready: (options) => (state.closed ? Promise.reject(closedError("client")) : channel.ready(options)),
    close,
    stats: () => channel.stats(),
    [Symbol.asyncDispose]: () => close(),
  };
  return Object.freeze(standsFor({ ...methods, ...lifeCycle }, channel)) as Client<Methods>;
}

/** A client on a shared channel has nothing to close. */
const CLOSED = Promise.resolve();

interface ClientState {
  readonly channel: RpcChannel;
  closed: boolean;
}

function clientMethod(state: ClientState, method: CalledMethod): unknown {
  if (method.kind === "unary") return unaryMethod(state, method);
  if (takesStream(method.kind)) return (options?: CallOptions) => startStream(state, method, undefined, options);
  return (request: unknown, options?: CallOptions) => startStream(state, method, request, options);
}

function unaryMethod(state: ClientState, method: CalledMethod): UnaryMethod<unknown, unknown> {
  const { channel } = state;
  const plain = channel.options.interceptors.length === 0;
  const start = (request: unknown, options: CallOptions | undefined, resolve: Replied, reject: Rejected): void => {
    if (state.closed) reject(closedError("client"));
    else if (plain) channel.unary(method, request, options, resolve, reject);
    else interceptedUnary(channel, method, request, options, resolve, reject);
  };
  const call = (request: unknown, options?: CallOptions): Promise<unknown> =>
    new Promise((resolve, reject) => start(request, options, resolve, reject));
  const attempt: UnaryMethod<unknown, unknown>["try"] = (request, options) =>
    new Promise((resolve, reject) => {
      const failed = (error: unknown): void => {
        if (isRpcError(error)) resolve([error, undefined, error.trailers]);
        else if (options?.signal?.aborted === true && error === options.signal.reason) {
          const cancelled = rpcError(Status.Cancelled, `${method.fullName} was cancelled`, { cause: error });
          resolve([cancelled, undefined, cancelled.trailers]);
        } else reject(error);
      };
      start(request, options, (reply, trailers) => resolve([undefined, reply, trailers]), failed);
    });
  return Object.assign(call, { try: attempt });
}

function startStream(
  { channel, closed }: ClientState,
  method: CalledMethod,
  request: unknown,
  options: CallOptions | undefined,
): unknown {
  if (closed) throw closedError("client");
  const { interceptors, attemptInterceptors } = channel.options;
  return interceptors.length === 0 && attemptInterceptors.length === 0
    ? channel.stream(method, request, options)
    : interceptedStream(channel, method, request, options);
}
