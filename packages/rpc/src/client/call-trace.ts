/** What subscribers are told of a client's call. */
import type { MutableMetadata } from "../metadata.ts";
import type { Endpoint } from "../resolver.ts";
import { isRpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { type ClientCallTrace, clientCalls, publishEnd } from "../tracing.ts";
import type { CalledMethod } from "./called-method.ts";

/** It begins. Subscribers may add to the metadata. */
export function startTrace({ kind, info }: CalledMethod, metadata: MutableMetadata, client: object): ClientCallTrace {
  const trace: ClientCallTrace = { kind, method: info, metadata, client };
  clientCalls.start.publish(trace);
  clientCalls.end.publish(trace);
  return trace;
}

/** An attempt goes to this server. */
export function traceServer(trace: ClientCallTrace, { host, port, path }: Endpoint): void {
  trace.address = path ?? host;
  trace.port = path === undefined ? port : undefined;
}

/** It is over. @param error undefined = it went well. */
export function endTrace(trace: ClientCallTrace, attempts: number, error: unknown): void {
  trace.attempts = attempts;
  if (error === undefined) trace.status = Status.Ok;
  else trace.status = isRpcError(error) ? error.status : Status.Cancelled;
  publishEnd(clientCalls, trace, error === undefined ? undefined : { error });
}
