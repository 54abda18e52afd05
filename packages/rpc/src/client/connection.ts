import { type Deadline, deadlineIn } from "@servertech/core";
import { Keepalive } from "../keepalive.ts";
import type { PeerSocket } from "../peer-socket.ts";
import type { Endpoint } from "../resolver.ts";
import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { publishConnectionState } from "../tracing.ts";
import { Flag, FrameType, MAX_BODY_BYTES, MAX_STREAM_ID } from "../wire/frame.ts";
import { FrameDecoder, type FrameSink } from "../wire/frame-decoder.ts";
import { MessageAssembler } from "../wire/message-assembler.ts";
import { MessageCodec } from "../wire/message-codec.ts";
import { PayloadTag, writeFrame } from "../wire/message-frame.ts";
import { MessageSender, type SendCompression } from "../wire/message-sender.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import { Output } from "../wire/output.ts";
import { ReceiveWindow } from "../wire/receive-window.ts";
import { requestExtras } from "../wire/request.ts";
import { Agreement, Feature, decodeSettings, ownSettings } from "../wire/settings.ts";
import type { ClientCall } from "./call.ts";
import { Cancellations } from "./cancellations.ts";
import type { ResolvedChannelOptions } from "./options.ts";
import { type IntakeOwner, ReplyIntake } from "./reply-intake.ts";
import type { StreamCall } from "./stream-call.ts";

/** Who is told of a connection's life. */
export interface ConnectionOwner {
  readonly options: ResolvedChannelOptions;
  /** It can take calls. */
  opened(): void;
  /** It takes no new calls; those in flight go on. */
  draining(): void;
  /** It is gone; every call it had has been told. */
  closed(error: Error): void;
  /** A frame came for a call that is over. */
  stray(): void;
  /** The server did not begin with this call: it may be made again elsewhere. */
  notProcessed(call: ClientCall, error: unknown): void;
}

const EMPTY = Buffer.alloc(0);
const NANOS_PER_MS = 1e6;
/** Unsent output from which on calls wait here instead of in the socket, in bytes. */
const OUTPUT_HIGH_WATER_BYTES = 1 << 20;
const TCP_KEEPALIVE_MS = 30_000;
const LINGER_MS = 1_000;
/** Calls until the server has said how many it takes: what servers take unless told otherwise. */
const FIRST_CALLS = 1_000;
/** How long a server may take to say that it speaks extensions, before it is taken for a plain one. */
const ACK_MS = 250;
/** Turns of the event loop in which an answer that is here is read, and one of this very process is written. */
const TURNS = 20;
/** Unfinished messages of a connection, in bytes beyond the longest one. */
const UNFINISHED_BYTES = 16 << 20;

/** One connection to one server. Calls are given to it once it is open. */
export class ClientConnection implements FrameSink, IntakeOwner {
  readonly #endpoint: string;
  readonly #owner: ConnectionOwner;
  readonly #options: ResolvedChannelOptions;
  readonly #socket: PeerSocket;
  readonly #output: Output;
  readonly #decoder: FrameDecoder;
  readonly #assembler: MessageAssembler;
  readonly #sender: MessageSender;
  readonly #receive: ReceiveWindow;
  readonly #replies: ReplyIntake;
  readonly #agreement = new Agreement();
  readonly #calls = new Map<number, ClientCall>();
  /** Calls that wait until the server reads, or has fewer of them in work. */
  #waiting = new Set<ClientCall>();
  /** Streams with a message that waits for room. */
  #stalled = new Set<ClientCall>();
  /** So many calls the server takes at once. */
  #mostCalls: number;
  #nextId = 1;
  #state: "connecting" | "ready" | "draining" | "closed" = "connecting";
  #error: Error | undefined;
  /** The server may still say that it speaks extensions. */
  #acking: Deadline | undefined;
  readonly #cancellations: Cancellations;
  #compression: SendCompression | undefined;
  #firstFrame = true;
  #received = 0;
  #keepalive: Keepalive | undefined;
  readonly #connectLimit: Deadline;

  constructor(endpoint: Endpoint, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#options = owner.options;
    const { connectTimeoutMs, maxMessageBytes, keepalive, extensions, dial } = this.#options;
    const { initialWindowBytes, connectionWindowBytes } = this.#options;
    this.#endpoint = endpoint.id;
    publishConnectionState(endpoint.id, "connecting");
    const socket = dial(endpoint, () => this.#onConnect());
    this.#socket = socket;
    if (keepalive !== false) socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    this.#output = new Output(socket, () => this.#onDrained());
    this.#cancellations = new Cancellations(this.#output, this.#agreement);
    this.#decoder = new FrameDecoder(this, Math.min(maxMessageBytes, MAX_BODY_BYTES));
    this.#assembler = new MessageAssembler(maxMessageBytes + UNFINISHED_BYTES);
    this.#sender = new MessageSender(this.#output, OUTPUT_HIGH_WATER_BYTES, !extensions);
    this.#mostCalls = extensions ? FIRST_CALLS : Infinity;
    this.#receive = new ReceiveWindow(this.#output, initialWindowBytes, connectionWindowBytes);
    const intake = { assembler: this.#assembler, agreement: this.#agreement, receive: this.#receive };
    this.#replies = new ReplyIntake(this, this.#calls, intake);
    this.#connectLimit = deadlineIn(connectTimeoutMs, () => {
      socket.destroy(new Error(`no connection to ${endpoint.id} within ${connectTimeoutMs} ms`));
    });
    socket.on("data", (chunk: Buffer) => {
      this.#received += 1;
      this.#decoder.push(chunk);
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("close", () => this.#onClose(endpoint));
  }

  get inFlight(): number {
    return this.#calls.size + this.#waiting.size;
  }

  get ready(): boolean {
    return this.#state === "ready";
  }

  // Life cycle

  #onConnect(): void {
    this.#connectLimit.cancel();
    if (this.#state !== "connecting") return;
    this.#state = "ready";
    publishConnectionState(this.#endpoint, "ready");
    if (this.#options.extensions) {
      writeFrame(this.#output, FrameType.settings, 0, 1, ownSettings(this.#options, 0));
      this.#cancellations.hold();
      this.#acking = deadlineIn(ACK_MS, () => this.#readOn(TURNS));
    }
    // An open connection without calls keeps no process alive.
    this.#socket.unref();
    this.#owner.opened();
  }

  /** No answer to SETTINGS was read in time. A process that was busy has not looked for one: it does so now. */
  #readOn(turns: number): void {
    if (turns > 0) setImmediate(() => this.#readOn(turns - 1));
    else this.#isPlain();
  }

  #onClose(endpoint: Endpoint): void {
    this.#connectLimit.cancel();
    this.#keepalive?.stop();
    this.#acking?.cancel();
    this.#decoder.stop();
    this.#state = "closed";
    publishConnectionState(endpoint.id, "closed", this.#error);
    const cause = this.#error ?? new Error(`${endpoint.id} closed the connection`);
    const waiting = this.#waiting;
    this.#waiting = new Set();
    const lost = [...this.#calls.values()];
    this.#calls.clear();
    this.#owner.closed(cause);
    for (const call of waiting) {
      call.detach();
      if (!call.settled) this.#owner.notProcessed(call, cause);
    }
    for (const call of lost) {
      const text = `the connection to ${endpoint.id} was lost during ${call.method.fullName}`;
      call.detach();
      const { idempotent } = call;
      call.attemptFailed(
        rpcError(Status.Unavailable, text, { cause, maybeExecuted: !idempotent, retryable: idempotent }),
      );
    }
  }

  /** No new calls; ends once those in flight have. */
  drain(): void {
    if (this.#state === "connecting") this.destroy();
    if (this.#state !== "ready") return;
    this.#state = "draining";
    publishConnectionState(this.#endpoint, "draining");
    this.#owner.draining();
    this.#endWhenIdle();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  #endWhenIdle(): void {
    if (this.#state !== "draining" || this.inFlight > 0 || !this.#sender.empty) return;
    if (this.#socket.writableEnded) return;
    this.#output.flush();
    this.#socket.end(() => deadlineIn(LINGER_MS, () => this.#socket.destroy()));
  }

  // Calls

  /** Sends the call, at once or when the server reads again. */
  start(call: ClientCall): void {
    call.connection = this;
    call.attempts += 1;
    this.#keepalive?.wake(true);
    if (this.inFlight === 0) this.#socket.ref();
    if (this.#hasRoom && this.#waiting.size === 0) this.#send(call);
    else {
      call.knowDeadline();
      this.#waiting.add(call);
    }
  }

  get #hasRoom(): boolean {
    return this.#calls.size < this.#mostCalls && this.#output.unsent < OUTPUT_HIGH_WATER_BYTES;
  }

  #send(call: ClientCall): void {
    const { method, timeoutMs, streams } = call;
    // The deadline is known to the tick of its timer: it may be later than what was asked for.
    const leftMs = call.deadlineAt === 0 ? timeoutMs : Math.min(timeoutMs, call.deadlineAt - performance.now());
    const streamId = this.#nextId;
    const extended = this.#agreement.features !== 0;
    call.encoding = this.#compression?.encoding;
    const flow = streams && this.#agreement.has(Feature.window);
    const extras = extended
      ? requestExtras(call.attempts > 1 ? call.attempts : 0, call.encoding ?? "", flow)
      : undefined;
    try {
      this.#sender.send(
        {
          type: FrameType.request,
          flags: REQUEST_FLAGS[method.kind],
          streamId,
          prefix: method.prefix,
          payloadTag: PayloadTag.request,
          codec: streams ? NO_PAYLOAD : method.request,
          message: call.request,
          // 0 would be "no deadline": a call whose time is nearly up says 1 ns.
          timeoutNano: timeoutMs === 0 ? 0 : Math.max(1, Math.floor(leftMs * NANOS_PER_MS)),
          suffix: joined(call.metadata, extras),
        },
        method.maxMessageBytes,
        streams ? undefined : this.#compression,
        (error) => {
          this.finished(call);
          call.cannotSend(error);
        },
      );
    } catch (error) {
      call.connection = undefined;
      call.cannotSend(error);
      this.#rest();
      return;
    }
    this.#nextId += 2;
    call.streamId = streamId;
    call.credit = this.#receive.initialBytes;
    this.#calls.set(streamId, call);
    if (streams) {
      call.sendWindow = this.#sender.initialWindow;
      call.started();
    }
    if (this.#nextId > MAX_STREAM_ID) this.drain();
  }

  // What a caller streams

  maySend(call: ClientCall): boolean {
    if (this.#sender.maySend(call)) return true;
    this.#stalled.add(call);
    return false;
  }

  /** @throws MessageTooLarge, or what the codec throws; then nothing was sent. */
  sendData(call: ClientCall, message: unknown, failed: (error: MessageTooLarge) => void): void {
    const { request, maxMessageBytes } = call.method;
    const compression = call.encoding === undefined ? undefined : this.#compression;
    this.#sender.sendData(call, request, message, maxMessageBytes, compression, failed);
  }

  sendEnd(call: ClientCall): void {
    writeFrame(this.#output, FrameType.data, Flag.remoteClosed | Flag.noData, call.streamId, EMPTY);
  }

  /** There may be room for streams, and for calls that wait. */
  #goOn(): void {
    this.#wakeStreams();
    if (this.#waiting.size > 0) this.#sendWaiting();
  }

  #wakeStreams(): void {
    if (this.#stalled.size === 0) return;
    const stalled = this.#stalled;
    this.#stalled = new Set();
    for (const call of stalled) if (!call.settled && call.connection === this) call.wake();
  }

  /** The caller has given the call up. */
  cancel(call: ClientCall, status: number, reason: string): void {
    if (call.streamId === 0) {
      // It is in the queue still: taken out at once, so that its request is not kept.
      this.#waiting.delete(call);
    } else if (this.#calls.get(call.streamId) === call) {
      const { streamId } = call;
      const open = call.streams && !(call as StreamCall).halfClosed;
      this.#cancellations.tell({ streamId, status, reason, open });
      this.finished(call);
      return;
    }
    this.#rest();
  }

  /** The call needs nothing more of this connection but the room of what its reader has not taken. */
  finished(call: ClientCall): void {
    if (this.#calls.delete(call.streamId)) {
      this.#sender.drop(call.streamId);
      this.#assembler.drop(call.streamId);
      if (this.#waiting.size > 0) this.#sendWaiting();
    }
    this.#rest();
  }

  #rest(): void {
    if (this.inFlight > 0) return;
    if (this.#state === "ready") this.#socket.unref();
    else this.#endWhenIdle();
  }

  #onDrained(): void {
    this.#sender.pump();
    this.#goOn();
    if (this.#state === "draining") this.#endWhenIdle();
  }

  #sendWaiting(): void {
    for (const call of this.#waiting) {
      if (!this.#hasRoom) break;
      this.#waiting.delete(call);
      if (call.settled) continue;
      if (this.#nextId <= MAX_STREAM_ID) this.#send(call);
      else {
        call.detach();
        this.#owner.notProcessed(call, rpcError(Status.Unavailable, "the connection has used up its stream ids"));
      }
    }
    this.#rest();
  }

  /** A reader took `bytes` of Data: the server may send as many more. */
  taken(call: ClientCall, bytes: number): void {
    this.#receive.taken(call, bytes);
  }

  // Input

  onFrame(type: number, flags: number, streamId: number, buffer: Buffer, start: number, end: number): void {
    const first = this.#firstFrame;
    this.#firstFrame = false;
    if (first && this.#acking !== undefined && (type !== FrameType.settings || (flags & Flag.ack) === 0))
      this.#isPlain();
    switch (type) {
      case FrameType.response:
        return this.#replies.onResponse(streamId, flags, buffer, start, end);
      case FrameType.data:
        return this.#replies.onData(streamId, flags, buffer, start, end);
      case FrameType.window:
        if (this.#agreement.has(Feature.window) && end - start === 4)
          this.#onWindow(streamId, buffer.readUInt32BE(start));
        return;
      case FrameType.settings:
        if (first && streamId === 0 && (flags & Flag.ack) !== 0) this.#onSettings(buffer, start, end);
        return;
      case FrameType.ping:
        // A server that does not read gets no answers: they would fill the memory.
        if (this.#agreement.has(Feature.ping) && end - start === 8 && this.#output.unsent < OUTPUT_HIGH_WATER_BYTES)
          writeFrame(this.#output, FrameType.pong, 0, 0, buffer.subarray(start, end));
        return;
      case FrameType.goAway:
        if (this.#agreement.has(Feature.goAway) && end - start >= 4) this.#onGoAway(buffer.readUInt32BE(start));
        return;
      default:
      // Requests are a client's, and unknown types are ignored.
    }
  }

  onTooLong(type: number, streamId: number, length: number): void {
    this.#firstFrame = false;
    // Its bytes count, though they were not kept.
    if (type === FrameType.data) this.#receive.received(undefined, length);
    const call = this.#calls.get(streamId);
    const limit = Math.min(this.#options.maxMessageBytes, MAX_BODY_BYTES);
    call?.giveUp(
      rpcError(Status.ResourceExhausted, `${call.method.fullName} sent a frame of ${length} bytes, more than ${limit}`),
    );
  }

  onGarbage(): void {
    this.destroy(new Error("the server does not speak ttrpc"));
  }

  stray(): void {
    this.#owner.stray();
  }

  refused(call: ClientCall): void {
    call.detach();
    this.drain();
    this.#owner.notProcessed(call, rpcError(Status.Unavailable, "the server is closing"));
  }

  #onWindow(streamId: number, bytes: number): void {
    if (streamId === 0) this.#sender.grow(bytes);
    else {
      const call = this.#calls.get(streamId);
      if (call === undefined) return;
      call.sendWindow += bytes;
      this.#sender.pump();
    }
    this.#wakeStreams();
  }

  // Extensions

  /** The server speaks plain ttrpc: what has waited for its answer goes out, or fails. */
  #isPlain(): void {
    if (this.#acking === undefined) return;
    this.#acking.cancel();
    this.#acking = undefined;
    for (const call of this.#calls.values()) call.sendWindow = Infinity;
    this.#sender.peerIs(undefined);
    this.#cancellations.release();
    this.#mostCalls = Infinity;
    this.#goOn();
  }

  #onSettings(buffer: Buffer, start: number, end: number): void {
    if (!this.#options.extensions) return;
    const settings = decodeSettings(buffer, start, end);
    if (settings === undefined) return this.#isPlain();
    this.#acking?.cancel();
    this.#acking = undefined;
    const limits = this.#agreement.reached(settings);
    const { initialWindow } = limits;
    const before = this.#sender.initialWindow;
    // After a late answer streams that were taken for plain ones go on without windows.
    if (before !== Infinity) for (const call of this.#calls.values()) call.sendWindow += initialWindow - before;
    this.#receive.active = this.#agreement.has(Feature.window);
    this.#cancellations.release();
    this.#sender.peerIs(limits);
    this.#mostCalls = settings.maxStreams === 0 ? Infinity : settings.maxStreams;
    const { compression, keepalive } = this.#options;
    const compresses = compression !== false && settings.encodings.includes(compression.encoding);
    if (compresses && this.#agreement.has(Feature.compression)) this.#compression = compression;
    this.#goOn();
    if (keepalive === false || !this.#agreement.has(Feature.ping)) return;
    this.#keepalive = new Keepalive(keepalive, {
      received: () => this.#received,
      busy: () => this.inFlight > 0,
      ping: () => writeFrame(this.#output, FrameType.ping, 0, 0, Buffer.alloc(8)),
      dead: () => this.destroy(new Error(`no answer to a PING within ${keepalive.timeoutMs} ms`)),
    });
  }

  #onGoAway(lastId: number): void {
    const unprocessed = [...this.#calls.values()].filter(({ streamId }) => streamId > lastId);
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const call of unprocessed) this.#calls.delete(call.streamId);
    this.drain();
    for (const call of [...unprocessed, ...waiting]) {
      if (call.settled) continue;
      this.#sender.drop(call.streamId);
      this.#assembler.drop(call.streamId);
      call.detach();
      this.#owner.notProcessed(call, rpcError(Status.Unavailable, "the server is closing"));
    }
    // A second GOAWAY may have taken the last calls.
    this.#endWhenIdle();
  }
}

/** The request of a unary call and of a server stream is complete; others go on with Data, which "no data" announces to Rust. */
const REQUEST_FLAGS = {
  unary: 0,
  serverStream: Flag.remoteClosed,
  clientStream: Flag.remoteOpen | Flag.noData,
  bidi: Flag.remoteOpen | Flag.noData,
} as const;

/** Go takes any payload of an open stream for its first message: there must be none. */
const NO_PAYLOAD = new MessageCodec({ encode: () => EMPTY, decode: () => undefined });

function joined(first: Buffer | undefined, second: Buffer | undefined): Buffer | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return Buffer.concat([first, second]);
}
