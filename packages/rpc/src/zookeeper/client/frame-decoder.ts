import { JuteError } from "./jute.ts";

const HEADER_BYTES = 4;

/**
 * Cuts the bytes of one connection into frames. Belongs to that connection alone: bytes of a frame that was cut off
 * must never meet the next connection.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  /** Chunks of an incomplete frame; joined once, when its end has come. */
  #parts: Buffer[] = [];
  #held = 0;
  #needed = HEADER_BYTES;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /**
   * The frames that `chunk` completes, without their lengths, as views of the chunk.
   *
   * @throws {@link JuteError} on a length below 0 or above the limit.
   */
  push(chunk: Buffer): Buffer[] {
    this.#parts.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return [];
    const bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#held);
    const frames: Buffer[] = [];
    let at = 0;
    this.#needed = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readInt32BE(at);
      if (length < 0 || length > this.#maxFrameBytes)
        throw new JuteError(`a frame of ${length} bytes, allowed are ${this.#maxFrameBytes}`);
      if (bytes.length - at < HEADER_BYTES + length) {
        this.#needed = HEADER_BYTES + length;
        break;
      }
      frames.push(bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
      at += HEADER_BYTES + length;
    }
    this.#parts = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#held = bytes.length - at;
    return frames;
  }
}
