/** What a user of the server writes: handlers, and what they get. */
import type { PeerCertificate } from "node:tls";
import type { MessageInit } from "../codec/message-type.ts";
import type { Metadata, MutableMetadata } from "../metadata.ts";
import type { Method, MethodInfo, MethodKind } from "../service.ts";

/** The other end of a connection. */
export interface Peer {
  /** `127.0.0.1:40312`, or `unix`, or `local`. */
  readonly address: string;
  /** What the client showed of itself in TLS; undefined without TLS, and when it showed none. */
  readonly certificate: PeerCertificate | undefined;
  /** The client's certificate was signed by one of the server's `ca`. */
  readonly authorized: boolean;
}

/** What a handler knows of its call. */
export interface CallContext {
  readonly method: MethodInfo;
  readonly metadata: Metadata;
  /** What is sent with the end of the call. A client that speaks plain ttrpc does not get it. */
  readonly trailers: MutableMetadata;
  /** When the client gives up, in milliseconds since the epoch; undefined = never. */
  readonly deadline: number | undefined;
  /** Milliseconds until then, not below 0; Infinity without a deadline. */
  readonly remainingMs: number;
  /**
   * Aborts when nobody waits for the reply any more: the client cancelled or is gone, the deadline passed, the server closes
   * by force. Made on first read, so that calls that do not use it do not pay for it.
   */
  readonly signal: AbortSignal;
  readonly peer: Peer;
  /** Which attempt of the client this is, from 1 on; a client that does not say always makes the first. */
  readonly attempt: number;
}

/** The messages that a client streams, in order. Leaving the loop early drops the rest. */
export type RequestStream<Request> = AsyncIterableIterator<Request, undefined, undefined>;

/**
 * The function behind one method. Unary and client stream: a reply or a promise of it. Server stream and bidi: an async
 * iterable of messages. Client stream and bidi get a stream of requests.
 */
export type Handler<M> =
  M extends Method<infer Kind, infer Request, infer Response>
    ? Kind extends "unary"
      ? (request: Request, context: CallContext) => MessageInit<Response> | PromiseLike<MessageInit<Response>>
      : Kind extends "serverStream"
        ? (request: Request, context: CallContext) => AsyncIterable<MessageInit<Response>>
        : Kind extends "clientStream"
          ? (
              requests: RequestStream<Request>,
              context: CallContext,
            ) => MessageInit<Response> | PromiseLike<MessageInit<Response>>
          : (requests: RequestStream<Request>, context: CallContext) => AsyncIterable<MessageInit<Response>>
    : never;

/** One function for each method of a service, by the names of `Service.methods`. */
export type Handlers<Methods> = {
  [Name in keyof Methods]: Handler<Methods[Name]>;
};

/** A handler with its types forgotten: what it gets was decoded by its own method's codec. */
export type AnyHandler = (request: unknown, context: CallContext) => unknown;

export function givesStream(kind: MethodKind): boolean {
  return kind === "serverStream" || kind === "bidi";
}

export function takesStream(kind: MethodKind): boolean {
  return kind === "clientStream" || kind === "bidi";
}
