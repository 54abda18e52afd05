import { FrameType } from "./frame.ts";
import { writeFrame } from "./message-frame.ts";
import type { Output } from "./output.ts";

/** A stream that receives Data, as far as its connection has to know it. */
export interface ReceiveStream {
  readonly id: number;
  /** It may still get Data. */
  readonly receiving: boolean;
  /** Data that may come before the next WINDOW: below 0 the peer has sent too much. */
  credit: number;
  /** Bytes taken by the reader and not yet told to the peer. */
  unreturned: number;
  /** Bytes of an unfinished message that are told to the peer once the messages before it are taken. */
  deferred: number;
}

/** How much Data may come, and telling the peer once it was taken: at half a window, for the stream and the connection. */
export class ReceiveWindow {
  readonly #output: Output;
  readonly initialBytes: number;
  readonly #connectionBytes: number;
  #unreturned = 0;
  #credit: number;
  /** Both ends speak windows. */
  active = false;

  /** @param connectionBytes 0 = unlimited. */
  constructor(output: Output, initialBytes: number, connectionBytes: number) {
    this.#output = output;
    this.initialBytes = initialBytes;
    this.#connectionBytes = connectionBytes;
    this.#credit = connectionBytes === 0 ? Infinity : connectionBytes;
  }

  /** Data that may come on all streams before the next WINDOW. */
  get credit(): number {
    return this.#credit;
  }

  /** Data came. Of a stream that is over: `stream` is undefined, and the bytes are given back at once. */
  received(stream: ReceiveStream | undefined, bytes: number): void {
    if (!this.active) return;
    this.#credit -= bytes;
    if (stream !== undefined) stream.credit -= bytes;
    else this.#giveBack(bytes);
  }

  /** The reader took `bytes`, or they went into a longer message: the peer may send as many more. */
  taken(stream: ReceiveStream, bytes: number): void {
    if (!this.active || bytes === 0) return;
    this.#giveBack(bytes);
    if (!stream.receiving) return;
    stream.unreturned += bytes;
    if (stream.unreturned < this.initialBytes / 2) return;
    this.#send(stream.id, stream.unreturned);
    stream.credit += stream.unreturned;
    stream.unreturned = 0;
  }

  /**
   * A piece went into a message that goes on. The peer may send as many bytes more, so that a message may be longer than the
   * window; while others wait before it, only once those are taken: else the reader's pace would bound nothing.
   */
  pieceTaken(stream: ReceiveStream, bytes: number, othersWait: boolean): void {
    if (othersWait) stream.deferred += bytes;
    else this.taken(stream, bytes);
  }

  /** What the last piece of a message holds of the windows until the reader takes the message. */
  chargeOf(stream: ReceiveStream, lastPieceBytes: number): number {
    const charge = stream.deferred + lastPieceBytes;
    stream.deferred = 0;
    return charge;
  }

  #giveBack(bytes: number): void {
    if (this.#connectionBytes === 0) return;
    this.#unreturned += bytes;
    if (this.#unreturned < this.#connectionBytes / 2) return;
    this.#send(0, this.#unreturned);
    this.#credit += this.#unreturned;
    this.#unreturned = 0;
  }

  #send(streamId: number, bytes: number): void {
    const body = Buffer.alloc(4);
    body.writeUInt32BE(bytes);
    writeFrame(this.#output, FrameType.window, 0, streamId, body);
  }
}
