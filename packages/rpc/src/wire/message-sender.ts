import { type Encoding, compress } from "./compression.ts";
import { Flag, FrameType, MAX_BODY_BYTES } from "./frame.ts";
import { MessageCodec } from "./message-codec.ts";
import { type MessageFrame, PayloadTag, writeFrame, writeMessageFrame } from "./message-frame.ts";
import { MessageTooLarge } from "./message-too-large.ts";
import type { Output } from "./output.ts";

/** A stream that sends messages, as far as its connection has to know it. */
export interface SendStream {
  readonly id: number;
  /** Bytes of Data that the peer still takes; Infinity without windows, below 0 after a message that could not be split. */
  sendWindow: number;
  /** A message of it waits for room, or is on its way in pieces. */
  sending: boolean;
  /** There may be room for its next message. */
  wake(): void;
}

/** A message is compressed before it is sent when it has at least `minBytes`. */
export interface SendCompression {
  readonly encoding: Encoding;
  readonly minBytes: number;
}

/** How the peer wants what is sent to it. */
export interface PeerLimits {
  /** Longest piece; undefined when messages cannot be split. */
  readonly maxFrame: number | undefined;
  /** Window of a new stream, and of the connection, in bytes; Infinity = none. */
  readonly initialWindow: number;
  readonly connectionWindow: number;
}

/** A message that is longer than what may be sent at once. */
interface Unsent {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly body: Buffer;
  /** Bytes that have gone. */
  sent: number;
  /** All of it has gone, or its stream is over. */
  over: boolean;
  /** Of Data: whose windows it takes. */
  readonly stream: SendStream | undefined;
  readonly failed: (error: MessageTooLarge) => void;
}

const EMPTY = Buffer.alloc(0);
/** Before the peer has said whether it speaks extensions. */
const UNKNOWN: PeerLimits = { maxFrame: undefined, initialWindow: 64 << 10, connectionWindow: Infinity };
const PLAIN: PeerLimits = { maxFrame: undefined, initialWindow: Infinity, connectionWindow: Infinity };

/**
 * The messages that a connection sends: compressed where agreed, split where they are long, held back where the peer's windows
 * or the socket have no room. Messages of several streams take turns piece by piece.
 */
export class MessageSender {
  readonly #output: Output;
  readonly #highWaterBytes: number;
  #peer: PeerLimits;
  /** What the peer still takes on all streams together. */
  #window = Infinity;
  /** Data that was sent. */
  #dataBytes = 0;
  #unsent: Unsent[] = [];
  #pumping = false;

  /**
   * @param highWaterBytes output from which on pieces and messages of streams wait.
   * @param known false: the peer may turn out to speak extensions; until `peerIs` what is long waits.
   */
  constructor(output: Output, highWaterBytes: number, known: boolean) {
    this.#output = output;
    this.#highWaterBytes = highWaterBytes;
    this.#peer = known ? PLAIN : UNKNOWN;
  }

  /** The window that a stream has when it begins. */
  get initialWindow(): number {
    return this.#peer.initialWindow;
  }

  /** Nothing is held back. */
  get empty(): boolean {
    return this.#unsent.length === 0;
  }

  /** The peer has shown what it speaks; undefined = plain ttrpc. What is longer than plain ttrpc allows fails now. */
  peerIs(limits: PeerLimits | undefined): void {
    this.#peer = limits ?? PLAIN;
    this.#window = this.#peer.connectionWindow - this.#dataBytes;
    if (this.#peer.maxFrame === undefined) this.#refuseLong();
    this.pump();
  }

  #refuseLong(): void {
    for (const { body, streamId, failed } of this.#unsent) {
      if (body.length <= MAX_BODY_BYTES) continue;
      this.drop(streamId);
      failed(new MessageTooLarge(MAX_BODY_BYTES, body.length));
    }
  }

  /**
   * Sends a Request or a Response: at once, or in pieces that follow.
   *
   * @param failed called when it turns out later that it is too long for this peer.
   * @throws MessageTooLarge, or what the codec throws; then nothing was sent.
   */
  send(
    frame: MessageFrame,
    maxBytes: number,
    compression: SendCompression | undefined,
    failed: (error: MessageTooLarge) => void,
  ): void {
    const packed = compression === undefined ? frame : this.#pack(frame, maxBytes, compression);
    const body = writeMessageFrame(this.#output, packed, this.#limit(maxBytes), this.#peer.maxFrame ?? MAX_BODY_BYTES);
    if (typeof body === "number") return;
    this.#add({
      type: packed.type,
      flags: packed.flags,
      streamId: packed.streamId,
      body,
      sent: 0,
      over: false,
      stream: undefined,
      failed,
    });
  }

  /** Whether a stream may send its next message; if not, `wake` of it is called when that may have changed. */
  maySend(stream: SendStream): boolean {
    if (stream.sending || stream.sendWindow <= 0 || this.#window <= 0) return false;
    return this.#hasRoom;
  }

  get #hasRoom(): boolean {
    return this.#output.unsent < this.#highWaterBytes && !this.#output.resting;
  }

  /**
   * Sends a message of a stream: at once, or as soon as the windows take it; `sending` says which. To be called only while
   * `maySend`.
   *
   * @throws MessageTooLarge, or what the codec throws; then nothing was sent.
   */
  sendData(
    stream: SendStream,
    codec: MessageCodec,
    message: unknown,
    maxBytes: number,
    compression: SendCompression | undefined,
    failed: (error: MessageTooLarge) => void,
  ): void {
    const frame: MessageFrame = {
      type: FrameType.data,
      flags: 0,
      streamId: stream.id,
      prefix: EMPTY,
      payloadTag: PayloadTag.data,
      codec,
      message,
      timeoutNano: 0,
      suffix: undefined,
    };
    const packed = compression === undefined ? frame : this.#pack(frame, maxBytes, compression);
    const { maxFrame } = this.#peer;
    // What cannot be split may overshoot the window.
    const whole = maxFrame === undefined && this.#peer !== UNKNOWN;
    const room = whole ? MAX_BODY_BYTES : Math.min(stream.sendWindow, this.#window, maxFrame ?? Infinity);
    const body = writeMessageFrame(this.#output, packed, this.#limit(maxBytes), room);
    if (typeof body === "number") {
      this.#take(stream, body);
      return;
    }
    stream.sending = true;
    this.#add({
      type: FrameType.data,
      flags: packed.flags,
      streamId: stream.id,
      body,
      sent: 0,
      over: false,
      stream,
      failed,
    });
  }

  /** What cannot be split must fit in a frame. */
  #limit(maxBytes: number): number {
    const whole = this.#peer.maxFrame === undefined && this.#peer !== UNKNOWN;
    return whole ? Math.min(maxBytes, MAX_BODY_BYTES) : maxBytes;
  }

  #pack(frame: MessageFrame, maxBytes: number, { encoding, minBytes }: SendCompression): MessageFrame {
    const bytes = frame.codec.encode(frame.message);
    if (bytes.length > maxBytes) throw new MessageTooLarge(maxBytes, bytes.length);
    if (bytes.length < minBytes) return { ...frame, codec: RAW, message: bytes };
    return { ...frame, codec: RAW, message: compress(encoding, bytes), flags: frame.flags | Flag.compressed };
  }

  /** The peer takes `bytes` more on all streams. */
  grow(bytes: number): void {
    this.#window += bytes;
    this.pump();
  }

  /** The stream is over: what is unsent of it is forgotten. */
  drop(streamId: number): void {
    if (this.#unsent.length === 0) return;
    for (const message of this.#unsent) if (message.streamId === streamId) message.over = true;
    this.#unsent = this.#unsent.filter(({ over }) => !over);
  }

  #take(stream: SendStream, bytes: number): void {
    stream.sendWindow -= bytes;
    this.#window -= bytes;
    this.#dataBytes += bytes;
  }

  #add(message: Unsent): void {
    this.#unsent.push(message);
    this.pump();
  }

  /** Sends what there is room for now: one piece of each message in turn. */
  pump(): void {
    // A stream that is woken by its last piece sends its next message from within: the round under way takes that along.
    if (this.#peer === UNKNOWN || this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#sendRound());
    } finally {
      this.#pumping = false;
    }
  }

  /** @returns whether another round may send more. */
  #sendRound(): boolean {
    let progress = false;
    for (const message of this.#unsent) {
      if (!this.#hasRoom) return false;
      progress = (!message.over && this.#sendPiece(message)) || progress;
    }
    return progress;
  }

  #sendPiece(message: Unsent): boolean {
    const { body, type, streamId, stream } = message;
    const left = body.length - message.sent;
    const bytes = Math.min(left, this.#room(stream, left));
    if (bytes === 0 && left > 0) return false;
    const last = bytes === left;
    writeFrame(
      this.#output,
      type,
      message.flags | (last ? 0 : Flag.more),
      streamId,
      body.subarray(message.sent, message.sent + bytes),
    );
    message.sent += bytes;
    if (stream !== undefined) this.#take(stream, bytes);
    if (!last) return true;
    message.over = true;
    this.#unsent = this.#unsent.filter((other) => other !== message);
    if (stream !== undefined) {
      stream.sending = false;
      stream.wake();
    }
    return true;
  }

  /** Bytes that may be sent now; 0 = wait. Small crumbs of a window are not used: its owner gives it back in halves. */
  #room(stream: SendStream | undefined, left: number): number {
    const { maxFrame = Infinity, initialWindow, connectionWindow } = this.#peer;
    if (stream === undefined) return maxFrame;
    // What cannot be split goes out whole as soon as there is any window.
    if (this.#peer.maxFrame === undefined) return stream.sendWindow > 0 && this.#window > 0 ? left : 0;
    const wanted = Math.min(left, maxFrame);
    if (stream.sendWindow < Math.min(wanted, initialWindow / 2)) return 0;
    if (this.#window < Math.min(wanted, connectionWindow / 2)) return 0;
    return Math.min(wanted, stream.sendWindow, this.#window);
  }
}

/** Bytes that are encoded already. */
const RAW = new MessageCodec({ encode: (bytes) => bytes as Uint8Array, decode: (bytes) => bytes });
