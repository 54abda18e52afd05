import type { Socket } from "node:net";
import { deadlineIn } from "@servertech/core";
import { Keepalive } from "../keepalive.ts";
import { type ErrorDetail, type RpcError, isRpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { Flag, FrameType } from "../wire/frame.ts";
import { FrameDecoder, type FrameSink } from "../wire/frame-decoder.ts";
import { MessageTooLarge, PayloadTag, writeFrame, writeMessageFrame } from "../wire/message-frame.ts";
import { Output } from "../wire/output.ts";
import { RequestEnvelope } from "../wire/request.ts";
import { encodeStatusResponse } from "../wire/response.ts";
import { FEATURES, Feature, MIN_WINDOW_BYTES, decodeSettings, encodeSettings } from "../wire/settings.ts";
import type { BoundMethod } from "./bound-method.ts";
import { type CallOwner, ServerCall } from "./call.ts";
import type { ResolvedServerOptions } from "./options.ts";
import type { RejectedCounts, ServerCounters } from "./counters.ts";
import { FrameWatch } from "./frame-watch.ts";
import { serveStream } from "./serve-stream.ts";
import { StallWatch } from "./stall-watch.ts";

/** What connections share. */
export interface ConnectionHost {
  readonly options: ResolvedServerOptions;
  readonly counters: ServerCounters;
  findMethod(service: string, method: string): BoundMethod | "service" | "method";
  closed(connection: ServerConnection): void;
  /** A call came to its end, its handler included. */
  callEnded(): void;
}

const EMPTY = Buffer.alloc(0);
const MAX_INT32 = 2 ** 31 - 1;
const LINGER_MS = 1_000;
/** How long a client without GOAWAY is refused before its connection ends. */
const GOODBYE_MS = 100;
const TCP_KEEPALIVE_MS = 30_000;

/** One client: frames in, calls to handlers, frames out. */
export class ServerConnection implements FrameSink, CallOwner {
  readonly #host: ConnectionHost;
  readonly #options: ResolvedServerOptions;
  readonly #counters: ServerCounters;
  readonly #socket: Socket;
  readonly #output: Output;
  readonly #decoder: FrameDecoder;
  readonly #envelope = new RequestEnvelope();
  /** Calls whose last frame was not sent. */
  readonly #calls = new Map<number, ServerCall>();
  /** Handlers at work, those whose client has gone included. */
  #running = 0;
  #lastId = 0;
  #lastMethod: BoundMethod | undefined;
  #firstFrame = true;
  /** Extensions in force. */
  #features = 0;
  #initialWindow = Infinity;
  #window = Infinity;
  /** New calls are answered "not processed". */
  #refusing = false;
  /** Ends once the last call has. */
  #ending = false;
  /** The client has had time to learn that it is refused. */
  #goodbye = true;
  #paused = false;
  /** A stream waits for a window or the output. */
  #streamsWait = false;
  #closed = false;
  #peer: { readonly address: string } | undefined;
  #received = 0;
  #keepalive: Keepalive | undefined;
  readonly #frameWatch: FrameWatch;
  readonly #stallWatch: StallWatch;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#options = host.options;
    this.#counters = host.counters;
    this.#output = new Output(socket, () => this.#onDrained());
    this.#decoder = new FrameDecoder(this, this.#options.maxMessageBytes);
    const { frameTimeoutMs, stallTimeoutMs } = this.#options;
    this.#frameWatch = new FrameWatch(this.#decoder, frameTimeoutMs, () => {
      // While reading is paused for the output, the rest of the frame may be here already.
      if (!this.#paused) this.#cutOff("frameTimeouts");
    });
    this.#stallWatch = new StallWatch(this.#output, stallTimeoutMs, () => this.#cutOff("stalled"));
    if (this.#options.keepalive !== false) socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    // A client that ends its side waits for nothing.
    socket.on("end", () => this.#gone());
    socket.on("error", (error) => {
      this.#options.logger.debug({ err: error, peer: this.peer.address }, "a connection failed");
    });
    socket.on("close", () => this.#onClose());
  }

  get peer(): { readonly address: string } {
    if (this.#peer === undefined) {
      const { remoteAddress, remotePort } = this.#socket;
      const address = remoteAddress === undefined ? "unix" : `${remoteAddress}:${remotePort}`;
      this.#peer = Object.freeze({ address });
    }
    return this.#peer;
  }

  // Life cycle

  /** Tells the client to send its next calls elsewhere; one without that extension is served on. */
  goAway(reason: string): void {
    if ((this.#features & Feature.goAway) === 0 || this.#refusing) return;
    this.#refusing = true;
    const body = Buffer.alloc(4 + Buffer.byteLength(reason));
    body.writeUInt32BE(this.#lastId);
    body.write(reason, 4);
    writeFrame(this.#output, FrameType.goAway, 0, 0, body);
  }

  /** Refuses new calls and ends once those in work have ended. */
  drain(): void {
    this.goAway("closing");
    this.#refusing = true;
    this.#ending = true;
    if (!this.#has(Feature.goAway)) {
      // It may be sending a call right now. One that is refused tells the client; one that meets a FIN would be lost.
      this.#goodbye = false;
      deadlineIn(GOODBYE_MS, () => {
        this.#goodbye = true;
        this.#endWhenIdle();
      });
    }
    this.#endWhenIdle();
  }

  /** Ends the calls in work. */
  forceClose(): void {
    for (const call of this.#calls.values()) {
      this.#sendStatus(call.id, Status.Unavailable, "the server is closing");
      call.abort(Status.Unavailable, "the server is closing");
    }
    this.#calls.clear();
    this.#endSoon();
  }

  #endWhenIdle(): void {
    if (this.#ending && this.#goodbye && this.#calls.size === 0) this.#endSoon();
  }

  /** Sends what there is, then FIN; a client that does not end its side is cut off. */
  #endSoon(): void {
    if (this.#closed) return;
    this.#decoder.stop();
    this.#output.flush();
    if (this.#paused) this.#socket.resume();
    this.#socket.end();
    deadlineIn(LINGER_MS, () => this.#socket.destroy());
  }

  #cutOff(counter: keyof RejectedCounts): void {
    this.#counters.rejected[counter] += 1;
    this.#socket.destroy();
  }

  #gone(): void {
    for (const call of this.#calls.values()) {
      this.#counters.cancelled += 1;
      call.abort(Status.Cancelled, "the client is gone");
    }
    this.#calls.clear();
  }

  #onClose(): void {
    this.#closed = true;
    this.#decoder.stop();
    this.#keepalive?.stop();
    this.#frameWatch.stop();
    this.#stallWatch.stop();
    this.#gone();
    this.#host.closed(this);
  }

  // Input

  #onData(chunk: Buffer): void {
    this.#received += 1;
    this.#decoder.push(chunk);
    this.#frameWatch.check();
    this.#watchOutput();
  }

  onFrame(type: number, flags: number, streamId: number, buffer: Buffer, start: number, end: number): void {
    const first = this.#firstFrame;
    this.#firstFrame = false;
    switch (type) {
      case FrameType.request:
        return this.#onRequest(streamId, flags, buffer, start, end);
      case FrameType.data:
        return this.#onStreamData(streamId, flags, end - start);
      case FrameType.settings:
        if (first && this.#options.extensions) this.#onSettings(buffer, start, end);
        return;
      case FrameType.ping:
        if (this.#has(Feature.ping) && end - start === 8)
          writeFrame(this.#output, FrameType.pong, 0, 0, buffer.subarray(start, end));
        return;
      case FrameType.cancel:
        if (this.#has(Feature.cancel)) this.#onCancel(streamId, buffer, start, end);
        return;
      case FrameType.window:
        if (this.#has(Feature.window) && end - start === 4) this.#onWindow(streamId, buffer.readUInt32BE(start));
        return;
      default:
      // Unknown types are ignored: https://github.com/containerd/ttrpc/blob/main/PROTOCOL.md
    }
  }

  onTooLong(type: number, streamId: number, length: number): void {
    this.#firstFrame = false;
    const { maxMessageBytes } = this.#options;
    if (type === FrameType.request && streamId > this.#lastId) this.#lastId = streamId;
    this.#refuse(
      "tooLong",
      streamId,
      Status.ResourceExhausted,
      `the frame has ${length} bytes, more than ${maxMessageBytes}`,
    );
  }

  onGarbage(streamId: number): void {
    this.#refuse("garbage", streamId, Status.ResourceExhausted, "this is not ttrpc");
    this.#options.logger.debug({ peer: this.peer.address }, "a connection that does not speak ttrpc was closed");
    this.goAway("not ttrpc");
    this.#gone();
    this.#endSoon();
  }

  #has(feature: number): boolean {
    return (this.#features & feature) !== 0;
  }

  #onSettings(buffer: Buffer, start: number, end: number): void {
    const settings = decodeSettings(buffer, start, end);
    if (settings === undefined) return;
    const { maxStreamsPerConnection, keepalive } = this.#options;
    this.#features = settings.features & FEATURES;
    if (this.#has(Feature.window)) {
      this.#initialWindow = settings.initialWindow;
      if (settings.connectionWindow > 0) this.#window = settings.connectionWindow;
    }
    const answer = encodeSettings({
      features: FEATURES,
      initialWindow: MIN_WINDOW_BYTES,
      connectionWindow: 0,
      maxStreams: maxStreamsPerConnection,
    });
    writeFrame(this.#output, FrameType.settings, Flag.ack, 0, answer);
    if (keepalive === false || !this.#has(Feature.ping)) return;
    this.#keepalive = new Keepalive(keepalive, {
      received: () => this.#received,
      ping: () => writeFrame(this.#output, FrameType.ping, 0, 0, Buffer.alloc(8)),
      dead: () => this.#cutOff("stalled"),
    });
  }

  #onCancel(streamId: number, buffer: Buffer, start: number, end: number): void {
    const call = this.#calls.get(streamId);
    if (call === undefined || end - start < 4) return;
    this.#calls.delete(streamId);
    this.#counters.cancelled += 1;
    call.abort(buffer.readUInt32BE(start), buffer.toString("utf8", start + 4, end) || "cancelled by the client");
    this.#endWhenIdle();
  }

  #onWindow(streamId: number, bytes: number): void {
    if (streamId !== 0) {
      const call = this.#calls.get(streamId);
      if (call === undefined) return;
      call.window += bytes;
      call.wake();
      return;
    }
    this.#window += bytes;
    this.#wakeStreams();
  }

  #onStreamData(streamId: number, flags: number, length: number): void {
    if (streamId % 2 === 0) return this.#refuse("badStream", streamId, Status.InvalidArgument, "stream ids are odd");
    const call = this.#calls.get(streamId);
    if (call !== undefined) {
      const closes = (flags & Flag.remoteClosed) !== 0 && length === 0;
      if (closes && !call.remoteClosed) {
        call.remoteClosed = true;
        return;
      }
      this.#refuse("badStream", streamId, Status.InvalidArgument, "this stream takes no data");
    } else if (streamId > this.#lastId)
      this.#refuse("badStream", streamId, Status.InvalidArgument, "there is no such stream");
    // Late Data of a stream that has ended is normal.
  }

  #onRequest(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    if (streamId % 2 === 0) return this.#refuse("badStream", streamId, Status.InvalidArgument, "stream ids are odd");
    if (streamId <= this.#lastId)
      return this.#refuse(
        "badStream",
        streamId,
        Status.InvalidArgument,
        `stream ids grow, the last one was ${this.#lastId}`,
      );
    this.#lastId = streamId;
    if (this.#refusing) return this.#refuse("notProcessed", streamId, Status.Unavailable, "not processed");
    const envelope = this.#envelope;
    const { maxStreamsPerConnection } = this.#options;
    if (!envelope.read(buffer, start, end, this.#options, this.#lastMethod))
      return this.#refuse("badRequest", streamId, Status.InvalidArgument, "the request cannot be decoded");
    const bound = this.#findMethod(streamId);
    if (bound === undefined) return;
    if (envelope.refused === "tooMuch")
      return this.#refuse("metadata", streamId, Status.ResourceExhausted, "too much metadata");
    if (envelope.refused === "forbidden")
      return this.#refuse("badRequest", streamId, Status.InvalidArgument, "metadata must not have CR, LF or NUL");
    if (this.#running >= maxStreamsPerConnection)
      return this.#refuse(
        "streams",
        streamId,
        Status.ResourceExhausted,
        `more than ${maxStreamsPerConnection} calls at once`,
      );
    this.#counters.calls += 1;
    if (envelope.timeoutNano < 0) {
      this.#counters.errors += 1;
      return this.#sendStatus(streamId, Status.DeadlineExceeded, "the deadline had passed");
    }
    let request: unknown;
    try {
      request = bound.request.decode(buffer, envelope.payloadStart, envelope.payloadEnd);
    } catch {
      this.#counters.errors += 1;
      const text = `the message for ${bound.info.fullName} cannot be decoded`;
      return this.#refuse("badPayload", streamId, this.#options.badPayloadStatus, text);
    }
    this.#start(streamId, flags, bound, request);
  }

  #findMethod(streamId: number): BoundMethod | undefined {
    const { service, method } = this.#envelope;
    const last = this.#lastMethod;
    if (last !== undefined && last.info.service === service && last.info.name === method) return last;
    const found = this.#host.findMethod(service, method);
    if (typeof found === "string") {
      const text = found === "service" ? `service ${service}` : `method ${method}`;
      this.#refuse("unimplemented", streamId, Status.Unimplemented, text);
      return undefined;
    }
    this.#lastMethod = found;
    return found;
  }

  // Calls

  #start(streamId: number, flags: number, bound: BoundMethod, request: unknown): void {
    const { metadata, timeoutNano } = this.#envelope;
    const call = new ServerCall(this, streamId, bound, metadata, timeoutNano);
    this.#calls.set(streamId, call);
    this.#running += 1;
    this.#counters.inFlight += 1;
    let result: unknown;
    try {
      result = bound.handler(request, call);
    } catch (error) {
      this.#fail(call, error);
      return this.#ended();
    }
    if (bound.kind === "serverStream") {
      call.window = this.#initialWindow;
      call.remoteClosed = (flags & Flag.remoteClosed) !== 0;
      void serveStream(call, result, this).then(() => this.#ended());
    } else if (isThenable(result)) {
      result.then(
        (message) => {
          this.#reply(call, message);
          this.#ended();
        },
        (error: unknown) => {
          this.#fail(call, error);
          this.#ended();
        },
      );
    } else {
      this.#reply(call, result);
      this.#ended();
    }
  }

  #ended(): void {
    this.#running -= 1;
    this.#counters.inFlight -= 1;
    this.#host.callEnded();
  }

  deadlinePassed(call: ServerCall): void {
    this.#calls.delete(call.id);
    this.#counters.errors += 1;
    this.#sendStatus(call.id, Status.DeadlineExceeded, "the deadline passed");
    call.abort(Status.DeadlineExceeded, "the deadline passed");
    this.#endWhenIdle();
  }

  #reply(call: ServerCall, message: unknown): void {
    if (call.settled) return;
    try {
      this.#send(call, FrameType.response, message);
    } catch (error) {
      return this.#fail(call, error);
    }
    this.#settle(call);
  }

  /** Sends one message of a server stream. @throws RpcError when it is of a wrong type or too long. */
  sendData(call: ServerCall, message: unknown): void {
    const bytes = this.#send(call, FrameType.data, message);
    call.window -= bytes;
    this.#window -= bytes;
  }

  /** Whether the next message of a stream may be sent, or the stream has to wait. */
  mayStream(call: ServerCall): boolean {
    if (call.window > 0 && this.#window > 0 && this.#output.unsent < this.#options.outputHighWaterBytes / 2)
      return true;
    this.#streamsWait = true;
    return false;
  }

  endStream(call: ServerCall): void {
    if (call.settled) return;
    writeFrame(this.#output, FrameType.data, Flag.remoteClosed | Flag.noData, call.id, EMPTY);
    this.#settle(call);
  }

  failStream(call: ServerCall, error: unknown): void {
    this.#fail(call, error);
  }

  #send(call: ServerCall, type: number, message: unknown): number {
    if (message === undefined || message === null)
      throw rpcError(Status.Internal, `${call.bound.info.fullName} gave no message`);
    const isData = type === FrameType.data;
    try {
      const length = writeMessageFrame(
        this.#output,
        {
          type,
          flags: 0,
          streamId: call.id,
          prefix: EMPTY,
          payloadTag: isData ? PayloadTag.data : PayloadTag.response,
          codec: call.bound.response,
          message,
          timeoutNano: 0,
          suffix: undefined,
        },
        this.#options.maxMessageBytes,
      );
      this.#watchOutput();
      return length;
    } catch (error) {
      if (error instanceof MessageTooLarge) throw rpcError(Status.ResourceExhausted, error.message);
      this.#options.logger.error({ err: error, method: call.bound.info.fullName }, "a reply cannot be encoded");
      throw rpcError(Status.Internal, `the reply of ${call.bound.info.fullName} cannot be encoded`);
    }
  }

  #fail(call: ServerCall, error: unknown): void {
    if (call.settled) return;
    this.#counters.errors += 1;
    const failure = isRpcError(error) ? error : this.#unexpected(call, error);
    try {
      this.#sendStatus(call.id, legalStatus(failure.status), failure.message, failure.details);
    } catch (cause) {
      this.#options.logger.error(
        { err: cause, method: call.bound.info.fullName },
        "an error's details cannot be encoded",
      );
      this.#sendStatus(call.id, legalStatus(failure.status), failure.message);
    }
    this.#settle(call);
  }

  #unexpected(call: ServerCall, error: unknown): RpcError {
    this.#options.logger.error({ err: error, method: call.bound.info.fullName }, "a handler failed");
    const text = this.#options.exposeErrors && error instanceof Error ? error.message : "the handler failed";
    return rpcError(Status.Unknown, text);
  }

  #settle(call: ServerCall): void {
    this.#calls.delete(call.id);
    call.settle();
    if (this.#ending) this.#endWhenIdle();
  }

  // Output

  #sendStatus(streamId: number, code: number, message: string, details: readonly ErrorDetail[] = []): void {
    const limit = this.#options.maxMessageBytes;
    let body = encodeStatusResponse({ code, message, details });
    if (body.length > limit) body = encodeStatusResponse({ code, message: message.slice(0, limit / 8), details: [] });
    writeFrame(this.#output, FrameType.response, 0, streamId, body);
    this.#watchOutput();
  }

  #refuse(counter: keyof RejectedCounts, streamId: number, status: number, message: string): void {
    this.#counters.rejected[counter] += 1;
    this.#sendStatus(streamId, status, message);
  }

  /** Stops reading while the client does not take what it asked for, and gives it up when it never does. */
  #watchOutput(): void {
    const { unsent } = this.#output;
    if (unsent >= this.#options.outputHighWaterBytes && !this.#paused && !this.#closed) {
      this.#paused = true;
      this.#socket.pause();
    }
    this.#stallWatch.check();
  }

  #onDrained(): void {
    if (!this.#closed) this.#stallWatch.check();
    if (this.#output.unsent >= this.#options.outputHighWaterBytes / 2) return;
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
    }
    this.#wakeStreams();
  }

  #wakeStreams(): void {
    if (!this.#streamsWait) return;
    this.#streamsWait = false;
    for (const call of this.#calls.values()) call.wake();
  }
}

/** OK is no failure, the client would take it for an empty reply; what is no number cannot travel. */
function legalStatus(status: number): number {
  return Number.isInteger(status) && status > Status.Ok && status <= MAX_INT32 ? status : Status.Unknown;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
