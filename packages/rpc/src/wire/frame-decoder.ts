import { HEADER_BYTES } from "./frame.ts";

/** Who is told of frames. A method may call `stop` of the decoder; it must not throw. */
export interface FrameSink {
  /** A whole frame; its body is `buffer[start, end)`, which nobody writes to again. */
  onFrame(type: number, flags: number, streamId: number, buffer: Buffer, start: number, end: number): void;
  /** A frame whose body is longer than the limit. Its body is counted and dropped. */
  onTooLong(type: number, streamId: number, length: number): void;
  /** A length of 16 MiB or more: this is not ttrpc. The decoder has stopped. */
  onGarbage(streamId: number): void;
}

/**
 * Cuts a byte stream into frames, without a socket and without waiting: `push` bytes, hear of frames.
 *
 * It walks each chunk in place. Only a frame that spans chunks is copied, once, into a buffer of its exact size.
 */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #maxBodyBytes: number;
  readonly #header: Buffer = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  #body: Buffer | undefined;
  #bodyFilled = 0;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  #skip = 0;
  #stopped = false;
  #frames = 0;

  constructor(sink: FrameSink, maxBodyBytes: number) {
    this.#sink = sink;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** A frame has begun and is not complete. */
  get partial(): boolean {
    return this.#headerFilled > 0 || this.#body !== undefined || this.#skip > 0;
  }

  /** Frames that came to their end so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Ignores everything from here on, the rest of the chunk in work included. */
  stop(): void {
    this.#stopped = true;
    this.#headerFilled = 0;
    this.#body = undefined;
    this.#skip = 0;
  }

  push(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length && !this.#stopped) {
      if (this.#body !== undefined) position = this.#fillBody(this.#body, chunk, position);
      else if (this.#skip > 0) position = this.#skipBody(chunk, position);
      else if (this.#headerFilled > 0 || chunk.length - position < HEADER_BYTES)
        position = this.#fillHeader(chunk, position);
      else position = this.#frame(chunk, position, chunk, position + HEADER_BYTES);
    }
  }

  /** @returns where the next frame begins in `chunk`, or its end. */
  #frame(header: Buffer, at: number, chunk: Buffer, start: number): number {
    const b = header as unknown as Record<number, number>;
    const streamId =
      (((b[at + 4] as number) << 24) |
        ((b[at + 5] as number) << 16) |
        ((b[at + 6] as number) << 8) |
        (b[at + 7] as number)) >>>
      0;
    if (b[at] !== 0) {
      this.stop();
      this.#sink.onGarbage(streamId);
      return chunk.length;
    }
    const length = ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number);
    const type = b[at + 8] as number;
    const flags = b[at + 9] as number;
    if (length > this.#maxBodyBytes) {
      this.#skip = length;
      this.#sink.onTooLong(type, streamId, length);
      return start;
    }
    if (chunk.length - start >= length) {
      this.#frames += 1;
      this.#sink.onFrame(type, flags, streamId, chunk, start, start + length);
      return start + length;
    }
    this.#type = type;
    this.#flags = flags;
    this.#streamId = streamId;
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#bodyFilled = 0;
    return start;
  }

  #fillHeader(chunk: Buffer, position: number): number {
    const taken = chunk.copy(this.#header, this.#headerFilled, position);
    this.#headerFilled += taken;
    if (this.#headerFilled < HEADER_BYTES) return position + taken;
    this.#headerFilled = 0;
    return this.#frame(this.#header, 0, chunk, position + taken);
  }

  #fillBody(body: Buffer, chunk: Buffer, position: number): number {
    const taken = chunk.copy(body, this.#bodyFilled, position);
    this.#bodyFilled += taken;
    if (this.#bodyFilled === body.length) {
      this.#body = undefined;
      this.#frames += 1;
      this.#sink.onFrame(this.#type, this.#flags, this.#streamId, body, 0, body.length);
    }
    return position + taken;
  }

  #skipBody(chunk: Buffer, position: number): number {
    const taken = Math.min(this.#skip, chunk.length - position);
    this.#skip -= taken;
    if (this.#skip === 0) this.#frames += 1;
    return position + taken;
  }
}
