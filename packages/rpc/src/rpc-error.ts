import { ServertechError, type ServertechErrorOptions, isServertechError } from "@servertech/core";
import { type ErrorDetail, type NamedDecoder, decodable, findDetail } from "./error-details/error-detail.ts";
import { type Metadata, type MetadataInit, NO_METADATA, metadataList } from "./metadata.ts";
import { Status, type StatusName, statusName } from "./status.ts";

/**
 * `RPC_` and the name of the status. Handlers give their own; of itself this package says:
 *
 * - `RPC_UNAVAILABLE`: no server could be reached in time, or none began with the call (retryable); or the connection was lost
 *   during the call (`maybeExecuted`).
 * - `RPC_DEADLINE_EXCEEDED`: the deadline passed. Retryable when the call was never written.
 * - `RPC_RESOURCE_EXHAUSTED`: a message, metadata, unread messages or the number of calls is over a limit.
 * - `RPC_INVALID_ARGUMENT`: a request cannot be encoded, or metadata has forbidden characters.
 * - `RPC_INTERNAL`: a reply cannot be encoded or decoded.
 * - `RPC_UNKNOWN`: a handler failed with something else than an RpcError.
 * - `RPC_UNIMPLEMENTED`: the server has no such service or method.
 * - `RPC_CANCELLED`: the call was cancelled.
 * - `RPC_CLOSED`: the client, channel or server is closed, or closing; status 14.
 */
export type RpcErrorCode = `RPC_${StatusName}` | "RPC_CLOSED";

export type { ErrorDetail } from "./error-details/error-detail.ts";

const NO_DETAILS: readonly ErrorDetail[] = Object.freeze([]);

/** What an error says of itself besides its status and message. */
export interface RpcErrorOptions {
  /** Made by `detail`, or `{ typeUrl, value }`. @default none */
  readonly details?: readonly ErrorDetail[] | undefined;
  /** What the client gets as `trailers`. @default none */
  readonly metadata?: MetadataInit | undefined;
  readonly cause?: unknown;
}

/** @internal What only this package says about an error. */
export interface RpcErrorFacts extends RpcErrorOptions, Pick<ServertechErrorOptions, "retryable" | "maybeExecuted"> {
  readonly closed?: boolean | undefined;
  readonly trailers?: Metadata | undefined;
}

/**
 * How a call failed. Thrown by a handler, it is what the client gets: status, message and details travel, `cause` does not.
 */
export class RpcError extends ServertechError<RpcErrorCode> {
  override readonly name: string = "RpcError";
  /** One of {@link Status}; a number that gRPC does not know is kept. */
  readonly status: number;
  /** Typed details; {@link RpcError.detail} reads one by its type, `message` of each is decoded where the type is known. */
  readonly details: readonly ErrorDetail[];
  /** What a handler's error carries to the client, where it arrives as `trailers`. */
  readonly metadata: Metadata;
  /** What the server sent with the end of the call. */
  readonly trailers: Metadata;

  /**
   * @param status one of {@link Status}, not `Ok`.
   * @param message for the other side's developer. May be empty.
   */
  constructor(status: number, message: string, options: RpcErrorOptions = {}) {
    const { closed, details, metadata, trailers, ...rest }: RpcErrorFacts = options;
    super(closed === true ? "RPC_CLOSED" : `RPC_${statusName(status)}`, message, rest);
    this.status = status;
    this.details = details === undefined || details.length === 0 ? NO_DETAILS : decodable(details);
    this.metadata = metadata === undefined ? NO_METADATA : metadataList(metadata);
    this.trailers = trailers ?? NO_METADATA;
  }

  /**
   * The first detail of this type.
   *
   * @returns undefined when there is none, or when it cannot be decoded.
   */
  detail<T>(type: NamedDecoder<T>): T | undefined {
    return findDetail(this.details, type);
  }
}

/** Whether `error` is an RpcError, whichever installed copy of this package it comes from. */
export function isRpcError(error: unknown): error is RpcError {
  return isServertechError(error) && error.code.startsWith("RPC_") && "status" in error;
}

/** @internal An error with what only this package knows of it. */
export function rpcError(status: number, message: string, facts: RpcErrorFacts = {}): RpcError {
  return new RpcError(status, message, facts);
}

/** @internal */
export function closedError(what: string): RpcError {
  return rpcError(Status.Unavailable, `the ${what} is closed`, { closed: true });
}
