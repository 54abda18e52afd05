import { type Deadline, deadlineIn } from "@servertech/core";
import { Keepalive } from "../keepalive.ts";
import type { PeerSocket } from "../peer-socket.ts";
import type { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { ENCODINGS, isEncoding } from "../wire/compression.ts";
import { Flag, FrameType, MAX_BODY_BYTES } from "../wire/frame.ts";
import { FrameDecoder, type FrameSink } from "../wire/frame-decoder.ts";
import { MessageAssembler } from "../wire/message-assembler.ts";
import { writeFrame } from "../wire/message-frame.ts";
import { MessageSender } from "../wire/message-sender.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import { Output } from "../wire/output.ts";
import { ReceiveWindow } from "../wire/receive-window.ts";
import { RequestEnvelope } from "../wire/request.ts";
import { FEATURES, Feature, MAX_FRAME_BYTES, decodeSettings, encodeSettings } from "../wire/settings.ts";
import type { BoundMethod } from "./bound-method.ts";
import { type CallOwner, ServerCall } from "./call.ts";
import type { RejectedCounts, ServerCounters } from "./counters.ts";
import { FrameWatch } from "./frame-watch.ts";
import type { Peer } from "./handlers.ts";
import type { ResolvedServerOptions } from "./options.ts";
import { peerOf } from "./peer.ts";
import { Replies } from "./replies.ts";
import { serveStream } from "./serve-stream.ts";
import { StallWatch } from "./stall-watch.ts";

/** What connections share. */
export interface ConnectionHost {
  readonly options: ResolvedServerOptions;
  readonly counters: ServerCounters;
  /** The longest message of any method. */
  readonly maxMessageBytes: number;
  findMethod(service: string, method: string): BoundMethod | "service" | "method";
  closed(connection: ServerConnection): void;
  /** A call came to its end, its handler included. */
  callEnded(): void;
}

const LINGER_MS = 1_000;
/** How long a client without GOAWAY is refused before its connection ends. */
const GOODBYE_MS = 100;
const TCP_KEEPALIVE_MS = 30_000;
/** Unfinished messages of a connection, in bytes beyond the longest one. */
const UNFINISHED_BYTES = 16 << 20;

/** One client: frames in, calls to handlers, frames out. */
export class ServerConnection implements FrameSink, CallOwner {
  readonly #host: ConnectionHost;
  readonly #options: ResolvedServerOptions;
  readonly #counters: ServerCounters;
  readonly #socket: PeerSocket;
  readonly #output: Output;
  readonly #decoder: FrameDecoder;
  readonly #assembler: MessageAssembler;
  readonly #sender: MessageSender;
  readonly #receive: ReceiveWindow;
  readonly #replies: Replies;
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
  #peer: Peer | undefined;
  #received = 0;
  #keepalive: Keepalive | undefined;
  readonly #age: Deadline | undefined;
  readonly #frameWatch: FrameWatch;
  readonly #stallWatch: StallWatch;

  constructor(socket: PeerSocket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    const { options, maxMessageBytes } = host;
    this.#options = options;
    this.#counters = host.counters;
    this.#output = new Output(socket, () => this.#onDrained());
    this.#decoder = new FrameDecoder(this, Math.min(maxMessageBytes, MAX_BODY_BYTES));
    this.#assembler = new MessageAssembler(maxMessageBytes + UNFINISHED_BYTES);
    this.#sender = new MessageSender(this.#output, options.outputHighWaterBytes / 2, true);
    this.#receive = new ReceiveWindow(this.#output, options.initialWindowBytes, options.connectionWindowBytes);
    this.#replies = new Replies(this.#output, this.#sender, options);
    this.#frameWatch = new FrameWatch(this.#decoder, options.frameTimeoutMs, () => {
      // While reading is paused for the output, the rest of the frame may be here already.
      if (!this.#paused) this.#cutOff("frameTimeouts");
    });
    this.#stallWatch = new StallWatch(this.#output, options.stallTimeoutMs, () => this.#cutOff("stalled"));
    if (options.keepalive !== false) socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    if (options.maxConnectionAgeMs > 0)
      this.#age = deadlineIn(options.maxConnectionAgeMs * (0.9 + 0.2 * Math.random()), () => this.#retire());
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    // A client that ends its side waits for nothing.
    socket.on("end", () => this.#gone());
    socket.on("error", (error) => {
      options.logger.debug({ err: error, peer: this.peer.address }, "a connection failed");
    });
    socket.on("close", () => this.#onClose());
  }

  get peer(): Peer {
    return (this.#peer ??= peerOf(this.#socket));
  }

  get badPayloadStatus(): number {
    return this.#options.badPayloadStatus;
  }

  get copyBytes(): boolean {
    return this.#options.copyBytes;
  }

  // Life cycle

  /** Tells the client to send its next calls elsewhere; one without that extension is served on. */
  goAway(reason: string): void {
    if (!this.#has(Feature.goAway) || this.#refusing) return;
    this.#refusing = true;
    const body = Buffer.alloc(4 + Buffer.byteLength(reason));
    body.writeUInt32BE(this.#lastId);
    body.write(reason, 4);
    writeFrame(this.#output, FrameType.goAway, 0, 0, body);
  }

  /** It has lived long enough: a client that understands makes a new one. */
  #retire(): void {
    if (!this.#has(Feature.goAway)) return;
    this.goAway("the connection is old");
    this.#ending = true;
    this.#endWhenIdle();
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
      this.#replies.status(call.id, { code: Status.Unavailable, message: "the server is closing", details: [] });
      call.abort(Status.Unavailable, "the server is closing");
    }
    this.#calls.clear();
    this.#endSoon();
  }

  #endWhenIdle(): void {
    if (this.#ending && this.#goodbye && this.#calls.size === 0 && this.#sender.empty) this.#endSoon();
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

  /** The client does not play by the rules. */
  #breakOff(counter: keyof RejectedCounts, reason: string): void {
    this.#counters.rejected[counter] += 1;
    this.#options.logger.debug({ peer: this.peer.address, reason }, "a connection was broken off");
    this.goAway(reason);
    this.#gone();
    this.#endSoon();
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
    this.#age?.cancel();
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
        return this.#onRequestFrame(streamId, flags, buffer, start, end);
      case FrameType.data:
        return this.#onDataFrame(streamId, flags, buffer, start, end);
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
    if (type === FrameType.request && streamId > this.#lastId) this.#lastId = streamId;
    const text = `the frame has ${length} bytes, more than ${Math.min(this.#host.maxMessageBytes, MAX_BODY_BYTES)}`;
    const call = type === FrameType.data ? this.#calls.get(streamId) : undefined;
    if (call?.requests === undefined) return this.#refuse("tooLong", streamId, Status.ResourceExhausted, text);
    this.#endCall(call, "tooLong", Status.ResourceExhausted, text);
  }

  onGarbage(streamId: number): void {
    this.#replies.status(streamId, { code: Status.ResourceExhausted, message: "this is not ttrpc", details: [] });
    this.#breakOff("garbage", "this is not ttrpc");
  }

  #has(feature: number): boolean {
    return (this.#features & feature) !== 0;
  }

  #onSettings(buffer: Buffer, start: number, end: number): void {
    const settings = decodeSettings(buffer, start, end);
    if (settings === undefined) return;
    const { maxStreamsPerConnection, keepalive, initialWindowBytes, connectionWindowBytes } = this.#options;
    this.#features = settings.features & FEATURES;
    const windows = this.#has(Feature.window);
    this.#sender.peerIs({
      maxFrame: this.#has(Feature.more) ? settings.maxFrame : undefined,
      initialWindow: windows ? settings.initialWindow : Infinity,
      connectionWindow: windows && settings.connectionWindow > 0 ? settings.connectionWindow : Infinity,
    });
    this.#receive.active = windows;
    this.#replies.trailers = this.#has(Feature.trailers);
    const answer = encodeSettings({
      features: FEATURES,
      initialWindow: initialWindowBytes,
      maxFrame: MAX_FRAME_BYTES,
      connectionWindow: connectionWindowBytes,
      maxStreams: maxStreamsPerConnection,
      encodings: ENCODINGS,
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
    this.#assembler.drop(streamId);
    this.#sender.drop(streamId);
    const call = this.#calls.get(streamId);
    if (call === undefined || end - start < 4) return this.#endWhenIdle();
    this.#calls.delete(streamId);
    this.#counters.cancelled += 1;
    call.abort(buffer.readUInt32BE(start), buffer.toString("utf8", start + 4, end) || "cancelled by the client");
    this.#endWhenIdle();
  }

  #onWindow(streamId: number, bytes: number): void {
    if (streamId === 0) {
      this.#sender.grow(bytes);
      return this.#wakeStreams();
    }
    const call = this.#calls.get(streamId);
    if (call === undefined) return;
    call.sendWindow += bytes;
    this.#sender.pump();
    call.wake();
  }

  // Data

  #onDataFrame(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    if (streamId % 2 === 0) return this.#refuse("badStream", streamId, Status.InvalidArgument, "stream ids are odd");
    const call = this.#calls.get(streamId);
    if (call === undefined) {
      this.#receive.received(undefined, end - start);
      this.#assembler.drop(streamId);
      // Late Data of a stream that has ended is normal.
      if (streamId > this.#lastId)
        this.#refuse("badStream", streamId, Status.InvalidArgument, "there is no such stream");
      return;
    }
    const bytes = end - start;
    this.#receive.received(call, bytes);
    if (call.remoteClosed || (call.requests === undefined && bytes > 0)) {
      // The client may still say that it has closed a stream that takes one request, and so was closed from the start.
      this.#receive.taken(call, bytes);
      return this.#refuse("badStream", streamId, Status.InvalidArgument, "this stream takes no data");
    }
    if (call.flow && this.#overflows(call, bytes)) return this.#breakOff("overflow", "more data than the window");
    const more = (flags & Flag.more) !== 0 && this.#has(Feature.more);
    if (more || this.#assembler.has(streamId)) return this.#onDataPiece(call, flags, more, buffer, start, end);
    this.#message(call, flags, buffer, start, end, bytes);
  }

  #overflows(call: ServerCall, bytes: number): boolean {
    const credit = Math.min(call.credit, this.#receive.credit);
    // A client that cannot split messages overshoots with the last one.
    return this.#has(Feature.more) ? credit < 0 : credit + bytes <= 0;
  }

  #onDataPiece(call: ServerCall, flags: number, more: boolean, buffer: Buffer, start: number, end: number): void {
    const { maxMessageBytes } = call.bound;
    try {
      if (more) {
        this.#assembler.add(call.id, buffer, start, end, maxMessageBytes);
        this.#receive.pieceTaken(call, end - start, call.requests?.empty === false);
        return;
      }
      const whole = this.#assembler.finish(call.id, buffer, start, end, maxMessageBytes);
      const charge = this.#receive.chargeOf(call, end - start);
      if (whole !== undefined) this.#message(call, flags, whole, 0, whole.length, charge);
    } catch (error) {
      this.#receive.taken(call, end - start);
      if (!(error instanceof MessageTooLarge)) throw error;
      this.#endCall(call, "tooLong", Status.ResourceExhausted, error.message);
    }
  }

  /** A whole message of a client's stream, or its end, or both. @param charge what it holds of the windows. */
  #message(call: ServerCall, flags: number, buffer: Buffer, start: number, end: number, charge: number): void {
    const closes = (flags & Flag.remoteClosed) !== 0;
    const hasMessage = end > start || (flags & Flag.noData) === 0;
    const { requests } = call;
    if (requests !== undefined && hasMessage) {
      const compressed = (flags & Flag.compressed) !== 0 && this.#has(Feature.compression);
      const { streamBufferBytes, initialWindowBytes } = this.#options;
      const most = this.#receive.active ? Math.max(streamBufferBytes, initialWindowBytes) : streamBufferBytes;
      if (!requests.push(buffer, start, end, compressed, charge, most)) {
        this.#receive.taken(call, charge);
        return this.#endCall(call, "unread", Status.ResourceExhausted, `more than ${most} bytes wait to be read`);
      }
    }
    if (!closes) return;
    call.remoteClosed = true;
    requests?.end();
  }

  taken(call: ServerCall, bytes: number): void {
    this.#receive.taken(call, bytes);
  }

  requestBroken(call: ServerCall, error: RpcError): void {
    const counter = error.status === Status.ResourceExhausted ? "tooLong" : "badPayload";
    this.#endCall(call, counter, error.status, error.message);
  }

  /** The client's stream cannot go on: the call ends with an error, and its handler is told to stop. */
  #endCall(call: ServerCall, counter: keyof RejectedCounts, status: number, message: string): void {
    if (call.settled) return;
    this.#forget(call);
    this.#counters.errors += 1;
    this.#refuse(counter, call.id, status, message);
    call.abort(status, message);
    this.#endWhenIdle();
  }

  // Requests

  #onRequestFrame(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    const more = (flags & Flag.more) !== 0 && this.#has(Feature.more);
    if (this.#assembler.has(streamId) && !this.#calls.has(streamId))
      return this.#onRequestPiece(streamId, flags, more, buffer, start, end);
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
    if (!more) return this.#onRequest(streamId, flags, buffer, start, end);
    if (this.#assembler.size >= this.#options.maxStreamsPerConnection) return this.#tooManyStreams(streamId);
    this.#onRequestPiece(streamId, flags, more, buffer, start, end);
  }

  #onRequestPiece(streamId: number, flags: number, more: boolean, buffer: Buffer, start: number, end: number): void {
    const { maxMessageBytes } = this.#host;
    try {
      if (more) {
        this.#assembler.add(streamId, buffer, start, end, maxMessageBytes);
        return;
      }
      const whole = this.#assembler.finish(streamId, buffer, start, end, maxMessageBytes);
      if (whole !== undefined) this.#onRequest(streamId, flags, whole, 0, whole.length);
    } catch (error) {
      if (!(error instanceof MessageTooLarge)) throw error;
      this.#refuse("tooLong", streamId, Status.ResourceExhausted, error.message);
    }
  }

  #onRequest(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    const envelope = this.#envelope;
    if (!envelope.read(buffer, start, end, this.#options, this.#lastMethod))
      return this.#refuse("badRequest", streamId, Status.InvalidArgument, "the request cannot be decoded");
    const bound = this.#findMethod(streamId);
    if (bound === undefined) return;
    if (envelope.refused === "tooMuch")
      return this.#refuse("metadata", streamId, Status.ResourceExhausted, "too much metadata");
    if (envelope.refused === "forbidden")
      return this.#refuse("badRequest", streamId, Status.InvalidArgument, "metadata must not have CR, LF or NUL");
    if (envelope.encoding !== "" && this.#has(Feature.compression) && !isEncoding(envelope.encoding))
      return this.#refuse("badRequest", streamId, Status.Unimplemented, "this encoding is not spoken here");
    if (this.#running >= this.#options.maxStreamsPerConnection) return this.#tooManyStreams(streamId);
    this.#counters.calls += 1;
    if (envelope.timeoutNano < 0) {
      this.#counters.errors += 1;
      return this.#replies.status(streamId, {
        code: Status.DeadlineExceeded,
        message: "the deadline had passed",
        details: [],
      });
    }
    this.#start(this.#callOf(streamId, bound), flags, buffer);
  }

  #tooManyStreams(streamId: number): void {
    const { maxStreamsPerConnection } = this.#options;
    this.#refuse("streams", streamId, Status.ResourceExhausted, `more than ${maxStreamsPerConnection} calls at once`);
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

  #callOf(streamId: number, bound: BoundMethod): ServerCall {
    const { metadata, timeoutNano, attempt, encoding, flow } = this.#envelope;
    const { compression } = this.#options;
    const known = this.#has(Feature.compression) && isEncoding(encoding) ? encoding : undefined;
    return new ServerCall(this, streamId, bound, {
      metadata,
      timeoutNano,
      attempt,
      encoding: known,
      compression:
        known === undefined || compression === false ? undefined : { encoding: known, minBytes: compression.minBytes },
      flow: flow && this.#receive.active,
    });
  }

  #start(call: ServerCall, flags: number, buffer: Buffer): void {
    const { bound } = call;
    const { payloadStart, payloadEnd } = this.#envelope;
    const compressed = (flags & Flag.compressed) !== 0 && call.encoding !== undefined;
    this.#calls.set(call.id, call);
    this.#running += 1;
    this.#counters.inFlight += 1;
    call.sendWindow = this.#sender.initialWindow;
    call.credit = this.#receive.initialBytes;
    let result: unknown;
    try {
      result = bound.handler(this.#inputOf(call, flags, compressed, buffer, payloadStart, payloadEnd), call);
    } catch (error) {
      this.#fail(call, error);
      return this.#ended();
    }
    if (bound.givesStream) void serveStream(call, result, this).then(() => this.#ended());
    else if (isThenable(result)) {
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

  /** What the handler gets. @throws RpcError when the request cannot be decoded. */
  #inputOf(call: ServerCall, flags: number, compressed: boolean, buffer: Buffer, start: number, end: number): unknown {
    const { requests } = call;
    const closed = (flags & Flag.remoteClosed) !== 0;
    if (requests === undefined) {
      // A stream that takes one request may be open, so that its client closes it later.
      call.remoteClosed = closed || !call.bound.givesStream;
      try {
        return call.decode(buffer, start, end, compressed);
      } catch (error) {
        this.#counters.rejected.badPayload += 1;
        throw error;
      }
    }
    // Our own descriptor says that messages follow. A first one may stand in the request; one without "open" is the only one.
    if (end > start) requests.push(buffer, start, end, compressed, 0, Infinity);
    call.remoteClosed = closed || (end > start && (flags & Flag.remoteOpen) === 0);
    if (call.remoteClosed) requests.end();
    return requests;
  }

  #ended(): void {
    this.#running -= 1;
    this.#counters.inFlight -= 1;
    this.#host.callEnded();
  }

  deadlinePassed(call: ServerCall): void {
    this.#forget(call);
    this.#counters.errors += 1;
    this.#replies.status(call.id, {
      code: Status.DeadlineExceeded,
      message: "the deadline passed",
      details: [],
    });
    call.abort(Status.DeadlineExceeded, "the deadline passed");
    this.#endWhenIdle();
  }

  #reply(call: ServerCall, message: unknown): void {
    if (call.settled) return;
    try {
      this.#replies.message(call, message);
      this.#watchOutput();
    } catch (error) {
      return this.#fail(call, error);
    }
    this.#settle(call);
  }

  sendData(call: ServerCall, message: unknown): void {
    this.#replies.data(call, message);
    this.#watchOutput();
  }

  mayStream(call: ServerCall): boolean {
    if (this.#sender.maySend(call)) return true;
    this.#streamsWait = true;
    return false;
  }

  endStream(call: ServerCall): void {
    if (call.settled) return;
    this.#replies.end(call);
    this.#settle(call);
  }

  failStream(call: ServerCall, error: unknown): void {
    this.#fail(call, error);
  }

  #fail(call: ServerCall, error: unknown): void {
    if (call.settled) return;
    this.#counters.errors += 1;
    this.#sender.drop(call.id);
    this.#replies.error(call, error);
    this.#watchOutput();
    this.#settle(call);
  }

  #settle(call: ServerCall): void {
    this.#calls.delete(call.id);
    this.#assembler.drop(call.id);
    call.settle();
    if (this.#ending) this.#endWhenIdle();
  }

  /** The call is over before its handler is. */
  #forget(call: ServerCall): void {
    this.#calls.delete(call.id);
    this.#assembler.drop(call.id);
    this.#sender.drop(call.id);
  }

  // Output

  #refuse(counter: keyof RejectedCounts, streamId: number, code: number, message: string): void {
    this.#counters.rejected[counter] += 1;
    this.#replies.status(streamId, { code, message, details: [] });
    this.#watchOutput();
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
    this.#sender.pump();
    if (this.#ending) this.#endWhenIdle();
    this.#wakeStreams();
  }

  #wakeStreams(): void {
    if (!this.#streamsWait) return;
    this.#streamsWait = false;
    for (const call of this.#calls.values()) call.wake();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
