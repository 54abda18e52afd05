/** What runs around calls: the same shape on the server and in the client, for all four kinds of call. */
import type { MutableMetadata, Metadata } from "./metadata.ts";
import type { MethodInfo, MethodKind } from "./service.ts";

/** A call as an interceptor sees it. */
export interface InterceptedCall {
  readonly kind: MethodKind;
  readonly method: MethodInfo;
  /** In the client: what is sent with the request. */
  readonly metadata: MutableMetadata;
  /** When the client gives up, in milliseconds since the epoch; undefined = never. */
  readonly deadline: number | undefined;
  /** Milliseconds until then, not below 0; Infinity without a deadline. */
  readonly remainingMs: number;
  /** Aborts when nobody waits for the reply any more. Made on first read. */
  readonly signal: AbortSignal;
  /** The message of a unary call and of a server stream. */
  readonly request?: unknown;
  /** The messages of a client stream and of a bidi call. */
  readonly requests?: AsyncIterable<unknown> | undefined;
}

/** `message` of a unary call and of a client stream, `messages` of a server stream and of a bidi call. */
export interface InterceptedReply {
  readonly message?: unknown;
  readonly messages?: AsyncIterable<unknown> | undefined;
  /** In the client those of a stream are complete once its messages have been read. */
  readonly trailers?: Metadata | undefined;
}

/**
 * Runs around every call: before `next`, after it, or instead of it. What it throws is what the caller gets. Of several the
 * first added is the outermost. `next` takes the call, or another in its place: `{ ...call, request }`, say.
 */
export type Interceptor<Call extends InterceptedCall = InterceptedCall> = (
  call: Call,
  next: (call: InterceptedCall) => Promise<InterceptedReply>,
) => Promise<InterceptedReply>;

/** Runs the chain: each interceptor around the next, `last` innermost. */
export function runChain<Call extends InterceptedCall>(
  interceptors: readonly Interceptor<Call>[],
  call: Call,
  last: (call: InterceptedCall) => Promise<InterceptedReply>,
): Promise<InterceptedReply> {
  const step = async (index: number, current: Call): Promise<InterceptedReply> => {
    const interceptor = interceptors[index];
    return interceptor === undefined
      ? last(current)
      : interceptor(current, (inner) => step(index + 1, merged(current, inner)));
  };
  return step(0, call);
}

/** A call that an interceptor put together has what it does not name from the one that it stands for. */
function merged<Call extends InterceptedCall>(call: Call, given: InterceptedCall): Call {
  return given === call ? call : (Object.create(call, Object.getOwnPropertyDescriptors(given)) as Call);
}
