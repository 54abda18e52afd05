import { type Deadline, deadlineIn } from "@servertech/core";
import { Keepalive } from "../keepalive.ts";
import type { PeerSocket } from "../peer-socket.ts";
import { Status } from "../status.ts";
import { Flag, FrameType, MAX_BODY_BYTES } from "../wire/frame.ts";
import { FrameDecoder, type FrameSink } from "../wire/frame-decoder.ts";
import { MessageAssembler } from "../wire/message-assembler.ts";
import { writeFrame } from "../wire/message-frame.ts";
import { MessageSender } from "../wire/message-sender.ts";
import { Output } from "../wire/output.ts";
import { ReceiveWindow } from "../wire/receive-window.ts";
import { Agreement, Feature, decodeSettings, ownSettings } from "../wire/settings.ts";
import { type CallsOwner, ServerCalls } from "./calls.ts";
import type { RejectedCounts, ServerCounters } from "./counters.ts";
import { DataIntake } from "./data-intake.ts";
import { FrameWatch } from "./frame-watch.ts";
import type { Peer } from "./handlers.ts";
import type { ResolvedServerOptions } from "./options.ts";
import { peerOf } from "./peer.ts";
import { Replies } from "./replies.ts";
import { type MethodTable, RequestIntake } from "./request-intake.ts";
import { StallWatch } from "./stall-watch.ts";

/** What connections share. */
export interface ConnectionHost extends MethodTable {
  readonly counters: ServerCounters;
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

/** One client: its socket from the first byte to the last, and what its frames are for. */
export class ServerConnection implements FrameSink, CallsOwner {
  readonly #host: ConnectionHost;
  readonly options: ResolvedServerOptions;
  readonly counters: ServerCounters;
  readonly #socket: PeerSocket;
  readonly #output: Output;
  readonly #decoder: FrameDecoder;
  readonly #agreement = new Agreement();
  readonly #assembler: MessageAssembler;
  readonly #sender: MessageSender;
  readonly #receive: ReceiveWindow;
  readonly #replies: Replies;
  readonly #calls: ServerCalls;
  readonly #requests: RequestIntake;
  readonly #data: DataIntake;
  #firstFrame = true;
  /** Ends once the last call has. */
  #ending = false;
  /** The client has had time to learn that it is refused. */
  #goodbye = true;
  #paused = false;
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
    this.options = options;
    this.counters = host.counters;
    this.#output = new Output(socket, () => this.#onDrained());
    this.#decoder = new FrameDecoder(this, Math.min(maxMessageBytes, MAX_BODY_BYTES));
    const assembler = new MessageAssembler(maxMessageBytes + UNFINISHED_BYTES);
    this.#assembler = assembler;
    this.#sender = new MessageSender(this.#output, options.outputHighWaterBytes / 2, true);
    this.#receive = new ReceiveWindow(this.#output, options.initialWindowBytes, options.connectionWindowBytes);
    this.#replies = new Replies(this.#output, this.#sender, options);
    const wire = { sender: this.#sender, receive: this.#receive, replies: this.#replies, assembler };
    this.#calls = new ServerCalls(this, wire);
    const intake = { assembler, agreement: this.#agreement, receive: this.#receive };
    this.#requests = new RequestIntake(host, this.#calls, intake);
    this.#data = new DataIntake(options, this.#calls, intake);
    this.#frameWatch = new FrameWatch(this.#decoder, options.frameTimeoutMs, () => {
      // While reading is paused for the output, the rest of the frame may be here already.
      if (!this.#paused) this.#cutOff("frameTimeouts");
    });
    this.#stallWatch = new StallWatch(socket, this.#output, options.stallTimeoutMs, () => this.#cutOff("stalled"));
    if (options.keepalive !== false) socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    if (options.maxConnectionAgeMs > 0)
      this.#age = deadlineIn(options.maxConnectionAgeMs * (0.9 + 0.2 * Math.random()), () => this.#retire());
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    // A client that ends its side waits for nothing.
    socket.on("end", () => this.#calls.abortAll());
    socket.on("error", (error) => {
      options.logger.debug({ err: error, peer: this.peer.address }, "a connection failed");
    });
    socket.on("close", () => this.#onClose());
  }

  get server(): object {
    return this.#host;
  }

  get peer(): Peer {
    return (this.#peer ??= peerOf(this.#socket));
  }

  // Life cycle

  /** Tells the client to send its next calls elsewhere; one without that extension is served on. */
  goAway(reason: string): void {
    if (!this.#agreement.has(Feature.goAway) || this.#requests.refusing) return;
    this.#requests.refusing = true;
    const body = Buffer.alloc(4 + Buffer.byteLength(reason));
    body.writeUInt32BE(this.#requests.lastId);
    body.write(reason, 4);
    writeFrame(this.#output, FrameType.goAway, 0, 0, body);
  }

  /** It has lived long enough: a client that understands makes a new one. */
  #retire(): void {
    if (!this.#agreement.has(Feature.goAway)) return;
    this.goAway("the connection is old");
    this.#ending = true;
    this.#endWhenIdle();
  }

  /** Refuses new calls and ends once those in work have ended. */
  drain(): void {
    this.goAway("closing");
    this.#requests.refusing = true;
    this.#ending = true;
    if (!this.#agreement.has(Feature.goAway)) {
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
    this.#calls.closeAll();
    this.#endSoon();
    this.#linger();
  }

  #endWhenIdle(): void {
    const idle = this.#calls.size === 0 && this.#sender.empty && !this.#assembler.hasOf(FrameType.request);
    if (this.#ending && this.#goodbye && idle) this.#endSoon();
  }

  /** Sends what there is, then FIN; a client that does not end its side then is cut off. */
  #endSoon(): void {
    if (this.#closed || this.#socket.writableEnded) return;
    this.#decoder.stop();
    this.#frameWatch.stop();
    this.#output.flush();
    if (this.#paused) this.#socket.resume();
    // While the client takes what there is, StallWatch alone bounds it.
    this.#socket.end(() => this.#linger());
  }

  #linger(): void {
    deadlineIn(LINGER_MS, () => this.#socket.destroy());
  }

  #cutOff(counter: keyof RejectedCounts): void {
    this.counters.rejected[counter] += 1;
    this.#socket.destroy();
  }

  /** The client does not play by the rules. */
  #breakOff(counter: keyof RejectedCounts, reason: string): void {
    this.counters.rejected[counter] += 1;
    this.options.logger.debug({ peer: this.peer.address, reason }, "a connection was broken off");
    this.goAway(reason);
    this.#calls.abortAll();
    this.#endSoon();
    this.#linger();
  }

  #onClose(): void {
    this.#closed = true;
    this.#decoder.stop();
    this.#keepalive?.stop();
    this.#age?.cancel();
    this.#frameWatch.stop();
    this.#stallWatch.stop();
    this.#calls.abortAll();
    this.#host.closed(this);
  }

  // Input

  #onData(chunk: Buffer): void {
    this.#received += 1;
    this.#decoder.push(chunk);
    this.#frameWatch.check();
    this.written();
  }

  onFrame(type: number, flags: number, streamId: number, buffer: Buffer, start: number, end: number): void {
    const first = this.#firstFrame;
    this.#firstFrame = false;
    switch (type) {
      case FrameType.request:
        this.#keepalive?.wake(false);
        return this.#requests.onFrame(streamId, flags, buffer, start, end);
      case FrameType.data:
        if (!this.#data.onFrame(streamId, this.#requests.lastId, flags, buffer, start, end))
          this.#breakOff("overflow", "more data than the window");
        return;
      case FrameType.settings:
        if (first && this.options.extensions) this.#onSettings(buffer, start, end);
        return;
      case FrameType.ping:
        if (this.#agreement.has(Feature.ping) && end - start === 8)
          writeFrame(this.#output, FrameType.pong, 0, 0, buffer.subarray(start, end));
        return;
      case FrameType.cancel:
        if (this.#agreement.has(Feature.cancel)) this.#onCancel(streamId, buffer, start, end);
        return;
      case FrameType.window:
        if (this.#agreement.has(Feature.window) && end - start === 4)
          this.#onWindow(streamId, buffer.readUInt32BE(start));
        return;
      default:
      // Unknown types are ignored: https://github.com/containerd/ttrpc/blob/main/PROTOCOL.md
    }
  }

  onTooLong(type: number, streamId: number, length: number): void {
    this.#firstFrame = false;
    if (type === FrameType.request) this.#requests.skip(streamId);
    const text = `the frame has ${length} bytes, more than ${Math.min(this.#host.maxMessageBytes, MAX_BODY_BYTES)}`;
    const call = this.#calls.get(streamId);
    // Its bytes count, though they were not kept.
    if (type === FrameType.data) this.#receive.received(undefined, length);
    if (type === FrameType.data && call?.requests !== undefined)
      return this.#calls.end(call, "tooLong", Status.ResourceExhausted, text);
    // The answer ends a request of which pieces have come: else its last piece would start the call all the same.
    if (call === undefined) this.#assembler.drop(streamId);
    this.#calls.refuse("tooLong", streamId, Status.ResourceExhausted, text);
  }

  onGarbage(streamId: number): void {
    this.#replies.status(streamId, { code: Status.ResourceExhausted, message: "this is not ttrpc", details: [] });
    this.#breakOff("garbage", "this is not ttrpc");
  }

  #onSettings(buffer: Buffer, start: number, end: number): void {
    const settings = decodeSettings(buffer, start, end);
    if (settings === undefined) return;
    const { maxStreamsPerConnection, keepalive } = this.options;
    this.#sender.peerIs(this.#agreement.reached(settings));
    this.#receive.active = this.#agreement.has(Feature.window);
    this.#replies.trailers = this.#agreement.has(Feature.trailers);
    const answer = ownSettings(this.options, maxStreamsPerConnection);
    writeFrame(this.#output, FrameType.settings, Flag.ack, 0, answer);
    if (keepalive === false || !this.#agreement.has(Feature.ping)) return;
    this.#keepalive = new Keepalive(keepalive, {
      received: () => this.#received,
      // While reading is paused for the output nothing can be heard.
      busy: () => this.#calls.size > 0 && !this.#paused,
      ping: () => writeFrame(this.#output, FrameType.ping, 0, 0, Buffer.alloc(8)),
      dead: () => this.#cutOff("stalled"),
    });
  }

  #onCancel(streamId: number, buffer: Buffer, start: number, end: number): void {
    if (end - start < 4) return;
    const reason = buffer.toString("utf8", start + 4, end) || "cancelled by the client";
    this.#calls.cancel(streamId, buffer.readUInt32BE(start), reason);
  }

  #onWindow(streamId: number, bytes: number): void {
    if (streamId === 0) {
      this.#sender.grow(bytes);
      return this.#calls.wakeStreams();
    }
    const call = this.#calls.get(streamId);
    if (call === undefined) return;
    call.sendWindow += bytes;
    this.#sender.pump();
    call.wake();
  }

  // What its calls tell

  answered(): void {
    if (this.#ending) this.#endWhenIdle();
  }

  handlerEnded(): void {
    this.#host.callEnded();
  }

  /** Stops reading while the client does not take what it asked for, and gives it up when it never does. */
  written(): void {
    const { unsent } = this.#output;
    if (unsent >= this.options.outputHighWaterBytes && !this.#paused && !this.#closed) {
      this.#paused = true;
      this.#socket.pause();
    }
    this.#stallWatch.check();
  }

  #onDrained(): void {
    if (!this.#closed) this.#stallWatch.check();
    if (this.#output.unsent >= this.options.outputHighWaterBytes / 2) return;
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
      // The rest of a frame has its whole time again: until now it could not be read.
      this.#frameWatch.stop();
      this.#frameWatch.check();
    }
    this.#sender.pump();
    if (this.#ending) this.#endWhenIdle();
    this.#calls.wakeStreams();
  }
}
