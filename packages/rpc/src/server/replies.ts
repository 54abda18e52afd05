import type { Logger } from "@servertech/core";
import { type Metadata, NO_METADATA, TRAILERS_FIELD, encodeMetadata } from "../metadata.ts";
import { type RpcError, isRpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { Flag, FrameType, MAX_BODY_BYTES } from "../wire/frame.ts";
import { PayloadTag, writeFrame } from "../wire/message-frame.ts";
import type { MessageSender } from "../wire/message-sender.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import type { Output } from "../wire/output.ts";
import { NOT_PROCESSED, type WireStatus, encodeStatusResponse } from "../wire/response.ts";
import type { ServerCall } from "./call.ts";

const EMPTY = Buffer.alloc(0);
const MAX_INT32 = 2 ** 31 - 1;

export interface RepliesOptions {
  readonly maxMessageBytes: number;
  readonly exposeErrors: boolean;
  readonly logger: Logger;
}

/** Writes what a server answers: messages, ends of streams, errors. */
export class Replies {
  readonly #output: Output;
  readonly #sender: MessageSender;
  readonly #options: RepliesOptions;
  /** Longest Response that is not a message: it goes in one frame. */
  readonly #maxBodyBytes: number;
  /** The client speaks trailers. */
  trailers = false;

  constructor(output: Output, sender: MessageSender, options: RepliesOptions) {
    this.#output = output;
    this.#sender = sender;
    this.#options = options;
    this.#maxBodyBytes = Math.min(options.maxMessageBytes, MAX_BODY_BYTES);
  }

  /** The one message of a call, and its end. @throws RpcError when it is of a wrong type or too long. */
  message(call: ServerCall, message: unknown): void {
    const { bound, id, compression } = call;
    if (message === undefined || message === null) throw noMessage(call);
    const trailers = this.trailers ? call.setTrailers : undefined;
    const frame = {
      type: FrameType.response,
      flags: 0,
      streamId: id,
      prefix: EMPTY,
      payloadTag: PayloadTag.response,
      codec: bound.response,
      message,
      timeoutNano: 0,
      suffix: trailers === undefined ? undefined : encodeMetadata(trailers, TRAILERS_FIELD),
    };
    try {
      this.#sender.send(frame, bound.maxMessageBytes, compression, neverLate);
    } catch (error) {
      throw this.#unsendable(call, error);
    }
  }

  /** One message of a stream. @throws RpcError when it is of a wrong type or too long. */
  data(call: ServerCall, message: unknown): void {
    const { bound, compression } = call;
    if (message === undefined || message === null) throw noMessage(call);
    try {
      this.#sender.sendData(call, bound.response, message, bound.maxMessageBytes, compression, neverLate);
    } catch (error) {
      throw this.#unsendable(call, error);
    }
  }

  #unsendable(call: ServerCall, error: unknown): RpcError {
    if (error instanceof MessageTooLarge) return rpcError(Status.ResourceExhausted, error.message);
    const { fullName } = call.bound.info;
    this.#options.logger.error({ err: error, method: fullName }, "a reply cannot be encoded");
    return rpcError(Status.Internal, `the reply of ${fullName} cannot be encoded`);
  }

  /** The end of a stream that went well. @throws RpcError when its trailers are too long. */
  end(call: ServerCall): void {
    const trailers = this.trailers ? call.setTrailers : undefined;
    if (trailers === undefined)
      return writeFrame(this.#output, FrameType.data, Flag.remoteClosed | Flag.noData, call.id, EMPTY);
    const body = encodeStatusResponse(undefined, trailers);
    if (body.length > this.#maxBodyBytes) {
      const text = `the trailers of ${call.bound.info.fullName} take ${body.length} bytes, more than ${this.#maxBodyBytes}`;
      throw rpcError(Status.ResourceExhausted, text);
    }
    writeFrame(this.#output, FrameType.response, 0, call.id, body);
  }

  /** The end of a call that failed. @returns the status that was sent. */
  error(call: ServerCall, error: unknown): number {
    const failure = isRpcError(error) ? error : this.#unexpected(call, error);
    const { details } = failure;
    // In these words the server itself says that no handler has seen the call: it would be made again elsewhere.
    const message = failure.message === NOT_PROCESSED ? `${NOT_PROCESSED}, says the handler` : failure.message;
    const code = legalStatus(failure.status);
    const trailers = this.#trailersOf(call, failure);
    try {
      this.status(call.id, { code, message, details }, trailers);
    } catch (cause) {
      const { fullName } = call.bound.info;
      this.#options.logger.error({ err: cause, method: fullName }, "an error's details cannot be encoded");
      this.status(call.id, { code, message, details: [] }, undefined);
    }
    return code;
  }

  /** What the handler has set, and what its error carries. */
  #trailersOf(call: ServerCall, error: RpcError): Metadata | undefined {
    if (!this.trailers) return undefined;
    // A copy of this package that is older has errors without metadata.
    for (const [key, value] of ((error.metadata as Metadata | undefined) ?? NO_METADATA).entries())
      call.trailers.append(key, value);
    return call.setTrailers;
  }

  #unexpected(call: ServerCall, error: unknown): RpcError {
    this.#options.logger.error({ err: error, method: call.bound.info.fullName }, "a handler failed");
    const text =
      this.#options.exposeErrors && error instanceof Error
        ? error.message
        : `the handler of ${call.bound.info.fullName} failed`;
    return rpcError(Status.Unknown, text);
  }

  /** A Response with a status. What does not fit the limit is cut. */
  status(streamId: number, status: WireStatus, trailers?: Metadata): void {
    const limit = this.#maxBodyBytes;
    let body = encodeStatusResponse(status, trailers);
    if (body.length > limit)
      body = encodeStatusResponse({ ...status, message: status.message.slice(0, limit / 8), details: [] }, undefined);
    writeFrame(this.#output, FrameType.response, 0, streamId, body);
  }
}

function noMessage({ bound }: ServerCall): RpcError {
  return rpcError(Status.Internal, `${bound.info.fullName} gave no message`);
}

/** A server knows from the first frame what its client speaks. */
function neverLate(): void {}

/** OK is no failure, the client would take it for an empty reply; what is no number cannot travel. */
function legalStatus(status: number): number {
  return Number.isInteger(status) && status > Status.Ok && status <= MAX_INT32 ? status : Status.Unknown;
}
