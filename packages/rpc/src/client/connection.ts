import { type Socket, connect } from "node:net";
import { type Deadline, deadlineIn } from "@servertech/core";
import { Keepalive } from "../keepalive.ts";
import type { Endpoint } from "../resolver.ts";
import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { Flag, FrameType, MAX_STREAM_ID } from "../wire/frame.ts";
import { FrameDecoder, type FrameSink } from "../wire/frame-decoder.ts";
import { MessageTooLarge, PayloadTag, writeFrame, writeMessageFrame } from "../wire/message-frame.ts";
import { Output } from "../wire/output.ts";
import { ResponseEnvelope } from "../wire/response.ts";
import { FEATURES, Feature, decodeSettings, encodeSettings } from "../wire/settings.ts";
import type { ClientCall } from "./call.ts";
import type { ResolvedChannelOptions } from "./options.ts";

/** Who is told of a connection's life. */
export interface ConnectionOwner {
  readonly options: ResolvedChannelOptions;
  /** It can take calls. */
  opened(): void;
  /** It takes no new calls; those in flight go on. */
  draining(): void;
  /** It is gone; every call it had has been told. */
  closed(error: Error): void;
  /** The server did not begin with this call: it may be made again elsewhere. */
  notProcessed(call: ClientCall, error: unknown): void;
}

const NANOS_PER_MS = 1e6;
/** Unsent output from which on calls wait here instead of in the socket, in bytes. */
const OUTPUT_HIGH_WATER_BYTES = 1 << 20;
const TCP_KEEPALIVE_MS = 30_000;
const LINGER_MS = 1_000;

/** One connection to one server. Calls are given to it once it is open. */
export class ClientConnection implements FrameSink {
  readonly #owner: ConnectionOwner;
  readonly #options: ResolvedChannelOptions;
  readonly #socket: Socket;
  readonly #output: Output;
  readonly #decoder: FrameDecoder;
  readonly #envelope = new ResponseEnvelope();
  readonly #calls = new Map<number, ClientCall>();
  /** Calls that wait until the server reads. Settled ones are taken out when their turn comes. */
  #waiting: ClientCall[] = [];
  #nextId = 1;
  #state: "connecting" | "ready" | "draining" | "closed" = "connecting";
  #error: Error | undefined;
  #features = 0;
  #firstFrame = true;
  #received = 0;
  #keepalive: Keepalive | undefined;
  readonly #connectLimit: Deadline;
  /** Data bytes taken by readers and not yet told to the server. */
  #consumed = 0;
  readonly #streamConsumed = new Map<number, number>();
  /** Frames for calls that are over. */
  stray = 0;

  constructor(endpoint: Endpoint, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#options = owner.options;
    const { connectTimeoutMs, maxMessageBytes, keepalive } = this.#options;
    const { host, port, path } = endpoint;
    const socket = connect(path === undefined ? { host, port, noDelay: true } : { path });
    this.#socket = socket;
    if (keepalive !== false) socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    this.#output = new Output(socket, () => this.#onDrained());
    this.#decoder = new FrameDecoder(this, maxMessageBytes);
    this.#connectLimit = deadlineIn(connectTimeoutMs, () => {
      socket.destroy(new Error(`no connection to ${endpoint.id} within ${connectTimeoutMs} ms`));
    });
    socket.on("connect", () => this.#onConnect());
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
    return this.#calls.size + this.#waiting.length;
  }

  get ready(): boolean {
    return this.#state === "ready";
  }

  // Life cycle

  #onConnect(): void {
    this.#connectLimit.cancel();
    if (this.#state !== "connecting") return;
    this.#state = "ready";
    if (this.#options.extensions) this.#sendSettings();
    // An open connection without calls keeps no process alive.
    this.#socket.unref();
    this.#owner.opened();
  }

  #onClose(endpoint: Endpoint): void {
    this.#connectLimit.cancel();
    this.#keepalive?.stop();
    this.#decoder.stop();
    this.#state = "closed";
    const cause = this.#error ?? new Error(`${endpoint.id} closed the connection`);
    const waiting = this.#waiting;
    this.#waiting = [];
    const lost = [...this.#calls.values()];
    this.#calls.clear();
    this.#owner.closed(cause);
    for (const call of waiting) {
      call.connection = undefined;
      if (!call.settled) this.#owner.notProcessed(call, cause);
    }
    for (const call of lost) {
      const text = `the connection to ${endpoint.id} was lost during ${call.method.fullName}`;
      call.fail(rpcError(Status.Unavailable, text, { cause, maybeExecuted: true }));
    }
  }

  /** No new calls; ends once those in flight have. */
  drain(): void {
    if (this.#state === "connecting") this.destroy();
    if (this.#state !== "ready") return;
    this.#state = "draining";
    this.#owner.draining();
    this.#endWhenIdle();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  #endWhenIdle(): void {
    if (this.#state !== "draining" || this.inFlight > 0) return;
    this.#output.flush();
    this.#socket.end();
    deadlineIn(LINGER_MS, () => this.#socket.destroy());
  }

  // Calls

  /** Sends the call, at once or when the server reads again. */
  start(call: ClientCall): void {
    call.connection = this;
    call.attempts += 1;
    if (this.inFlight === 0) this.#socket.ref();
    if (this.#output.unsent < OUTPUT_HIGH_WATER_BYTES && this.#waiting.length === 0) this.#send(call);
    else {
      if (call.deadlineAt === 0 && call.timeoutMs > 0) call.deadlineAt = performance.now() + call.timeoutMs;
      this.#waiting.push(call);
    }
  }

  #send(call: ClientCall): void {
    const { method, timeoutMs } = call;
    const leftMs = call.deadlineAt === 0 ? timeoutMs : call.deadlineAt - performance.now();
    const streamId = this.#nextId;
    try {
      writeMessageFrame(
        this.#output,
        {
          type: FrameType.request,
          flags: method.kind === "serverStream" ? Flag.remoteClosed : 0,
          streamId,
          prefix: method.prefix,
          payloadTag: PayloadTag.request,
          codec: method.request,
          message: call.request,
          // 0 would be "no deadline": a call whose time is nearly up says 1 ns.
          timeoutNano: timeoutMs === 0 ? 0 : Math.max(1, Math.floor(leftMs * NANOS_PER_MS)),
          suffix: call.metadata,
        },
        this.#options.maxMessageBytes,
      );
    } catch (error) {
      call.connection = undefined;
      if (error instanceof MessageTooLarge) call.fail(rpcError(Status.ResourceExhausted, error.message));
      else
        call.fail(
          rpcError(Status.InvalidArgument, `the request of ${method.fullName} cannot be encoded`, { cause: error }),
        );
      this.#rest();
      return;
    }
    this.#nextId += 2;
    call.streamId = streamId;
    this.#calls.set(streamId, call);
    if (this.#nextId > MAX_STREAM_ID) this.drain();
  }

  /** The caller has given the call up. */
  cancel(call: ClientCall, status: number, reason: string): void {
    if (call.streamId === 0) {
      // It is in the queue still: taken out at once, so that its request is not kept.
      this.#waiting = this.#waiting.filter((other) => other !== call);
    } else if (this.#calls.get(call.streamId) === call) {
      if ((this.#features & Feature.cancel) !== 0) {
        const text = Buffer.from(reason.slice(0, 200));
        const body = Buffer.alloc(4 + text.length);
        body.writeUInt32BE(status);
        body.set(text, 4);
        writeFrame(this.#output, FrameType.cancel, 0, call.streamId, body);
      }
      this.finished(call);
      return;
    }
    this.#rest();
  }

  /** The call needs nothing more of this connection but the room of what its reader has not taken. */
  finished(call: ClientCall): void {
    if (this.#calls.delete(call.streamId)) this.#streamConsumed.delete(call.streamId);
    this.#rest();
  }

  #rest(): void {
    if (this.inFlight > 0) return;
    if (this.#state === "ready") this.#socket.unref();
    else this.#endWhenIdle();
  }

  #onDrained(): void {
    if (this.#waiting.length === 0) return;
    let sent = 0;
    while (sent < this.#waiting.length && this.#output.unsent < OUTPUT_HIGH_WATER_BYTES) {
      const call = this.#waiting[sent++];
      if (call !== undefined && !call.settled) this.#send(call);
    }
    this.#waiting.splice(0, sent);
    this.#rest();
  }

  /** A reader took `bytes` of Data: the server may send as many more. */
  consumed(call: ClientCall, bytes: number): void {
    if ((this.#features & Feature.window) === 0 || bytes === 0) return;
    this.#giveBack(bytes);
    if (!this.#calls.has(call.streamId)) return;
    const total = (this.#streamConsumed.get(call.streamId) ?? 0) + bytes;
    if (total < this.#options.initialWindowBytes / 2) this.#streamConsumed.set(call.streamId, total);
    else {
      this.#streamConsumed.set(call.streamId, 0);
      this.#sendWindow(call.streamId, total);
    }
  }

  #giveBack(bytes: number): void {
    const { connectionWindowBytes } = this.#options;
    if (connectionWindowBytes === 0) return;
    this.#consumed += bytes;
    if (this.#consumed < connectionWindowBytes / 2) return;
    this.#sendWindow(0, this.#consumed);
    this.#consumed = 0;
  }

  #sendWindow(streamId: number, bytes: number): void {
    const body = Buffer.alloc(4);
    body.writeUInt32BE(bytes);
    writeFrame(this.#output, FrameType.window, 0, streamId, body);
  }

  // Input

  onFrame(type: number, flags: number, streamId: number, buffer: Buffer, start: number, end: number): void {
    const first = this.#firstFrame;
    this.#firstFrame = false;
    switch (type) {
      case FrameType.response:
        return this.#onResponse(streamId, buffer, start, end);
      case FrameType.data:
        return this.#onData(streamId, flags, buffer, start, end);
      case FrameType.settings:
        if (first && streamId === 0 && (flags & Flag.ack) !== 0) this.#onSettings(buffer, start, end);
        return;
      case FrameType.ping:
        if ((this.#features & Feature.ping) !== 0 && end - start === 8)
          writeFrame(this.#output, FrameType.pong, 0, 0, buffer.subarray(start, end));
        return;
      case FrameType.goAway:
        if ((this.#features & Feature.goAway) !== 0 && end - start >= 4) this.#onGoAway(buffer.readUInt32BE(start));
        return;
      default:
      // Requests are a client's, and unknown types are ignored.
    }
  }

  onTooLong(_type: number, streamId: number, length: number): void {
    this.#firstFrame = false;
    const call = this.#calls.get(streamId);
    const { maxMessageBytes } = this.#options;
    call?.giveUp(
      rpcError(Status.ResourceExhausted, `${call.method.fullName} sent ${length} bytes, more than ${maxMessageBytes}`),
    );
  }

  onGarbage(): void {
    this.destroy(new Error("the server does not speak ttrpc"));
  }

  #onResponse(streamId: number, buffer: Buffer, start: number, end: number): void {
    const call = this.#calls.get(streamId);
    if (call === undefined) {
      this.stray += 1;
      return;
    }
    this.finished(call);
    const envelope = this.#envelope;
    if (!envelope.read(buffer, start, end))
      call.fail(rpcError(Status.Internal, `the response to ${call.method.fullName} cannot be decoded`));
    else if (envelope.status?.code === Status.Unavailable && envelope.status.message === "not processed") {
      call.streamId = 0;
      call.connection = undefined;
      this.drain();
      this.#owner.notProcessed(call, rpcError(Status.Unavailable, "the server is closing"));
    } else call.onResponse(buffer, envelope);
  }

  #onData(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    const call = this.#calls.get(streamId);
    if (call === undefined) {
      this.stray += 1;
      if ((this.#features & Feature.window) !== 0) this.#giveBack(end - start);
      return;
    }
    call.onData(buffer, start, end, (flags & Flag.remoteClosed) !== 0, this.#options.initialWindowBytes);
  }

  // Extensions

  #sendSettings(): void {
    const { initialWindowBytes, connectionWindowBytes } = this.#options;
    const settings = {
      features: FEATURES,
      initialWindow: initialWindowBytes,
      connectionWindow: connectionWindowBytes,
      maxStreams: 0,
    };
    writeFrame(this.#output, FrameType.settings, 0, 1, encodeSettings(settings));
  }

  #onSettings(buffer: Buffer, start: number, end: number): void {
    const settings = decodeSettings(buffer, start, end);
    if (settings === undefined || !this.#options.extensions) return;
    this.#features = settings.features & FEATURES;
    const { keepalive } = this.#options;
    if (keepalive === false || (this.#features & Feature.ping) === 0) return;
    this.#keepalive = new Keepalive(keepalive, {
      received: () => this.#received,
      ping: () => writeFrame(this.#output, FrameType.ping, 0, 0, Buffer.alloc(8)),
      dead: () => this.destroy(new Error(`no answer to a PING within ${keepalive.timeoutMs} ms`)),
    });
  }

  #onGoAway(lastId: number): void {
    const unprocessed = [...this.#calls.values()].filter(({ streamId }) => streamId > lastId);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of unprocessed) this.#calls.delete(call.streamId);
    this.drain();
    for (const call of [...unprocessed, ...waiting]) {
      if (call.settled) continue;
      call.streamId = 0;
      call.connection = undefined;
      this.#owner.notProcessed(call, rpcError(Status.Unavailable, "the server is closing"));
    }
  }
}
