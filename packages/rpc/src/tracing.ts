/**
 * What `node:diagnostics_channel` subscribers learn: the tracing channels `servertech:rpc:client-call` and
 * `servertech:rpc:server-call`, and the plain channel `servertech:rpc:connection-state`. Without a subscriber nothing is
 * allocated and no clock is read.
 */
import { type Channel, type TracingChannel, channel } from "node:diagnostics_channel";
import { isTraced, operationChannel } from "@servertech/core";
import type { MutableMetadata } from "./metadata.ts";
import type { MethodInfo, MethodKind } from "./service.ts";
import type { Peer } from "./server/handlers.ts";

/** A call as a client makes it, on the channel `servertech:rpc:client-call`. Payloads are never in it. */
export interface ClientCallTrace {
  readonly kind: MethodKind;
  readonly method: MethodInfo;
  /** What is sent with the request. A subscriber of `start` may add to it. */
  readonly metadata: MutableMetadata;
  /** The `stats` of this object count the call. */
  readonly client: object;
  /** Where it was sent last; undefined until then. */
  address?: string | undefined;
  port?: number | undefined;
  /** Times it was given to a server. */
  attempts?: number | undefined;
  /** How it ended: one of `Status`; undefined until then. */
  status?: number | undefined;
  /** Set by Node when it failed. */
  error?: unknown;
}

/** A call as a server serves it, on the channel `servertech:rpc:server-call`. */
export interface ServerCallTrace {
  readonly kind: MethodKind;
  readonly method: MethodInfo;
  /** What came with the request. What a subscriber of `start` sets is what the handler sees. */
  readonly metadata: MutableMetadata;
  readonly peer: Peer;
  /** The `stats` of this object count the call. */
  readonly server: object;
  /** How it ended; undefined until then. */
  status?: number | undefined;
  /** Set when it failed. */
  error?: unknown;
}

/** A change of a client's connection, on the channel `servertech:rpc:connection-state`. */
export interface ConnectionStateChange {
  /** Id of the endpoint. */
  readonly endpoint: string;
  readonly state: "connecting" | "ready" | "draining" | "closed";
  /** Why it is closed. */
  readonly error?: Error | undefined;
}

export const clientCalls: TracingChannel<unknown, ClientCallTrace> = operationChannel<ClientCallTrace>(
  "rpc",
  "client-call",
);
export const serverCalls: TracingChannel<unknown, ServerCallTrace> = operationChannel<ServerCallTrace>(
  "rpc",
  "server-call",
);
const connectionStates: Channel = channel("servertech:rpc:connection-state");

export function publishConnectionState(endpoint: string, state: ConnectionStateChange["state"], error?: Error): void {
  if (isTraced(connectionStates)) connectionStates.publish({ endpoint, state, error } satisfies ConnectionStateChange);
}

const SOURCE = Symbol.for("servertech.rpc.source");

/** Marks `object` as standing for `source`, which traces name. */
export function standsFor<T extends object>(object: T, source: object): T {
  return Object.defineProperty(object, SOURCE, { value: source });
}

/** What traces name in the place of a client, a channel or a server. */
export function sourceOf(target: object): object {
  return (target as { readonly [SOURCE]?: object })[SOURCE] ?? target;
}

/** The end of an operation that began with `start`: what `tracePromise` does, for what is no promise. */
export function publishEnd<Context extends { error?: unknown }>(
  operation: TracingChannel<unknown, Context>,
  context: Context,
  failure: { readonly error: unknown } | undefined,
): void {
  if (failure !== undefined) {
    context.error = failure.error;
    operation.error.publish(context);
  }
  operation.asyncStart.publish(context);
  operation.asyncEnd.publish(context);
}
