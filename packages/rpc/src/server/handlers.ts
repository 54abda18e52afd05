/** What a user of the server writes: handlers, and what they get. */
import type { MessageInit } from "../codec/message-type.ts";
import type { Metadata } from "../metadata.ts";
import type { Method, MethodKind } from "../service.ts";

/** The kinds of call that this server serves; a call of another kind gets UNIMPLEMENTED. */
export type ServedKind = "unary" | "serverStream";

/** The method that is called. */
export interface MethodInfo {
  /** `package.Service`. */
  readonly service: string;
  /** The name on the wire: `SetInitInfo`. */
  readonly name: string;
  /** `package.Service/SetInitInfo`. */
  readonly fullName: string;
}

/** What a handler knows of its call. */
export interface CallContext {
  readonly method: MethodInfo;
  readonly metadata: Metadata;
  /** When the client gives up, in milliseconds since the epoch; undefined = never. */
  readonly deadline: number | undefined;
  /** Milliseconds until then, not below 0; Infinity without a deadline. */
  readonly remainingMs: number;
  /**
   * Aborts when nobody waits for the reply any more: the client cancelled or is gone, the deadline passed, the server closes
   * by force. Made on first read, so that calls that do not use it do not pay for it.
   */
  readonly signal: AbortSignal;
  /** Where the client is: `127.0.0.1:40312`, or `unix`. */
  readonly peer: { readonly address: string };
}

/** The function behind one method: a reply or a promise of it, or for a server stream an async iterable of messages. */
export type Handler<M> =
  M extends Method<infer Kind, infer Request, infer Response>
    ? Kind extends "unary"
      ? (request: Request, context: CallContext) => MessageInit<Response> | PromiseLike<MessageInit<Response>>
      : Kind extends "serverStream"
        ? (request: Request, context: CallContext) => AsyncIterable<MessageInit<Response>>
        : never
    : never;

/** One function for each method of a service, by the names of `Service.methods`. */
export type Handlers<Methods> = {
  [Name in keyof Methods as Methods[Name] extends { readonly kind: ServedKind } ? Name : never]: Handler<Methods[Name]>;
};

/** A call as an interceptor sees it. */
export interface InterceptedCall extends CallContext {
  readonly kind: MethodKind;
  /** The decoded request. */
  readonly request: unknown;
}

/** What a handler answered: `message` of a unary call, `messages` of a server stream. */
export interface InterceptedReply {
  readonly message?: unknown;
  readonly messages?: AsyncIterable<unknown> | undefined;
}

/**
 * Runs around every call: before `next`, after it, or instead of it. What it throws is what the client gets. Of several the
 * first added is the outermost.
 */
export type Interceptor = (
  call: InterceptedCall,
  next: (call: InterceptedCall) => Promise<InterceptedReply>,
) => Promise<InterceptedReply>;
