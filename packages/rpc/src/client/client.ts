import { type CloseOptions, type ReadyOptions, optionChecks } from "@servertech/core";
import type { MessageInit } from "../codec/message-type.ts";
import { type RpcError, closedError, isRpcError, rpcError } from "../rpc-error.ts";
import type { Method, Service } from "../service.ts";
import { Status } from "../status.ts";
import { CalledMethod } from "./called-method.ts";
import { type Channel, type ClientStats, RpcChannel } from "./channel.ts";
import type { CallOptions, ChannelOptions } from "./options.ts";
import type { ServerStream } from "./stream-call.ts";

/** A unary method: rejects with {@link RpcError}, or with the reason of an aborted signal. */
export interface UnaryMethod<Request, Response> {
  (request: MessageInit<Request>, options?: CallOptions): Promise<Response>;
  /**
   * The same call, whose outcome is given, not thrown. An aborted signal is an error with status CANCELLED and the reason as
   * `cause`. Wrong options reject still.
   */
  try(
    request: MessageInit<Request>,
    options?: CallOptions,
  ): Promise<[error: RpcError, reply: undefined] | [error: undefined, reply: Response]>;
}

/** A method with a stream of replies. Wrong options, an aborted signal and a closed client throw at once. */
export type ServerStreamMethod<Request, Response> = (
  request: MessageInit<Request>,
  options?: CallOptions,
) => ServerStream<Response>;

type ClientMethod<M> =
  M extends Method<infer Kind, infer Request, infer Response>
    ? Kind extends "unary"
      ? UnaryMethod<Request, Response>
      : ServerStreamMethod<Request, Response>
    : never;

/** One method for each of the service's that this client can call, by the names of `Service.methods`. */
export type ClientMethods<Methods> = {
  readonly [Name in keyof Methods as Methods[Name] extends { readonly kind: "unary" | "serverStream" }
    ? Name
    : never]: ClientMethod<Methods[Name]>;
};

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
  const channel = on instanceof RpcChannel ? on : new RpcChannel(on as ChannelOptions);
  const shared = channel === on;
  channel.serves(service.name);
  const state: ClientState = { channel, closed: false };
  const methods: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(service.methods)) {
    const called = new CalledMethod(service.name, method);
    if (method.kind === "unary") methods[name] = unaryMethod(state, called);
    else if (method.kind === "serverStream") methods[name] = serverStreamMethod(state, called);
  }
  const close = async (options: CloseOptions = {}): Promise<void> => {
    const check = optionChecks(options, ["timeoutMs", "signal"]);
    check.done(undefined);
    state.closed = true;
    if (!shared) await channel.close(options);
  };
  const lifeCycle: ClientLifeCycle = {
    ready: (options) => (state.closed ? Promise.reject(closedError("client")) : channel.ready(options)),
    close,
    stats: () => channel.stats(),
    [Symbol.asyncDispose]: () => close(),
  };
  return Object.freeze({ ...methods, ...lifeCycle }) as Client<Methods>;
}

interface ClientState {
  readonly channel: RpcChannel;
  closed: boolean;
}

function unaryMethod(state: ClientState, method: CalledMethod): UnaryMethod<unknown, unknown> {
  const call = (request: unknown, options?: CallOptions): Promise<unknown> =>
    state.closed ? Promise.reject(closedError("client")) : state.channel.unary(method, request, options);
  const attempt: UnaryMethod<unknown, unknown>["try"] = async (request, options) => {
    try {
      return [undefined, await call(request, options)];
    } catch (error) {
      if (isRpcError(error)) return [error, undefined];
      if (options?.signal?.aborted === true && error === options.signal.reason)
        return [rpcError(Status.Cancelled, `${method.fullName} was cancelled`, { cause: error }), undefined];
      throw error;
    }
  };
  return Object.assign(call, { try: attempt });
}

function serverStreamMethod(state: ClientState, method: CalledMethod): ServerStreamMethod<unknown, unknown> {
  return (request, options) => {
    if (state.closed) throw closedError("client");
    return state.channel.serverStream(method, request, options);
  };
}
