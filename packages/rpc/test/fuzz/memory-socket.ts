import { Duplex } from "node:stream";
import type { PeerSocket } from "../../src/peer-socket.ts";
import type { Frame } from "../raw-peer.ts";

const HEADER_BYTES = 10;

/** A socket without a network: what its owner writes comes out as frames, what the test `feed`s is read. */
export class MemorySocket extends Duplex implements PeerSocket {
  readonly remoteAddress = "memory";
  readonly remotePort: undefined;
  /** Frames that were written and not taken. */
  frames: Frame[] = [];
  /** What was written could not be cut into frames. */
  malformed = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor() {
    super({ highWaterMark: 1 << 20, allowHalfOpen: false });
    this.on("error", () => {}); // "close" follows
  }

  feed(chunk: Buffer): void {
    if (!this.destroyed && !this.readableEnded) this.push(chunk);
  }

  /** Everything that was fed has been read. */
  get idle(): boolean {
    return this.destroyed || this.readableLength === 0;
  }

  takeFrames(): Frame[] {
    return this.frames.splice(0);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // Copies: the sender writes into the same memory again.
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(0);
      if (length >= 2 ** 24) this.malformed = true;
      if (bytes.length < HEADER_BYTES + length) break;
      this.frames.push({
        stream: bytes.readUInt32BE(4),
        type: bytes[8] as number,
        flags: bytes[9] as number,
        body: Buffer.from(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length)),
      });
      bytes = bytes.subarray(HEADER_BYTES + length);
    }
    this.#rest = Buffer.from(bytes);
    done();
  }

  /** The other end answers a FIN with its own. */
  override _final(done: () => void): void {
    if (this.#rest.length > 0) this.malformed = true;
    this.push(null);
    done();
  }

  ref(): void {}
  unref(): void {}
  setKeepAlive(): void {}
}
