/**
 * The ceiling: frames with a length before each over one TCP socket, with the means that the package itself uses (frames of one
 * tick go out in one write, from a buffer that is used again; received frames are looked at where they stand) and no protobuf.
 */
import { type Socket, connect } from "node:net";
import { once } from "node:events";

/** As long as the package's: length, id, and two bytes, which stay 0. */
const HEADER_BYTES = 10;
const SLAB_BYTES = 64 * 1024;
/** What an Echo request and its reply carry around their text, on average. */
const ENVELOPE_BYTES = 16;

/** A body with as many bytes on the wire as the package's messages for a text of `bytes`, both ways taken together. */
export function bodyFor(bytes: number): Buffer {
  return Buffer.alloc(bytes + ENVELOPE_BYTES, "x");
}

export class FrameSocket {
  readonly #socket: Socket;
  readonly #onFrame: (id: number, body: Buffer) => void;
  #slab: Buffer | undefined;
  #used = 0;
  #flushing = false;
  // A frame that came in part, header included.
  #frame: Buffer | undefined;
  #frameFilled = 0;

  /** @param onFrame gets a view of what was received. */
  constructor(socket: Socket, onFrame: (id: number, body: Buffer) => void) {
    this.#socket = socket;
    this.#onFrame = onFrame;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  /** Copies `body`, which must fit into 64 KiB with its header. */
  send(id: number, body: Uint8Array): void {
    if (this.#used + HEADER_BYTES + body.length > SLAB_BYTES) this.#write();
    const slab = (this.#slab ??= Buffer.allocUnsafeSlow(SLAB_BYTES));
    const at = this.#used;
    writeUint32(slab, at, body.length);
    writeUint32(slab, at + 4, id);
    slab[at + 8] = 0;
    slab[at + 9] = 0;
    slab.set(body, at + HEADER_BYTES);
    this.#used = at + HEADER_BYTES + body.length;
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(this.#flush);
  }

  close(): void {
    this.#socket.destroy();
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    this.#write();
  };

  #write(): void {
    if (this.#slab === undefined || this.#used === 0) return;
    this.#socket.write(this.#slab.subarray(0, this.#used));
    this.#used = 0;
    // With 0 the kernel has all of it already, and the buffer may be written again.
    if (this.#socket.writableLength !== 0) this.#slab = undefined;
  }

  #read(chunk: Buffer): void {
    let at = this.#frame === undefined ? 0 : this.#continue(this.#frame, chunk);
    while (chunk.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + readUint32(chunk, at);
      if (end > chunk.length) break;
      this.#onFrame(readUint32(chunk, at + 4), chunk.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    if (at < chunk.length) this.#keep(chunk, at);
  }

  #keep(chunk: Buffer, at: number): void {
    const whole = chunk.length - at >= HEADER_BYTES ? HEADER_BYTES + readUint32(chunk, at) : HEADER_BYTES;
    this.#frame = Buffer.allocUnsafe(whole);
    this.#frameFilled = chunk.copy(this.#frame, 0, at);
  }

  /** Adds to the frame that came in part. @returns where the rest of `chunk` begins. */
  #continue(begun: Buffer, chunk: Buffer): number {
    let frame = begun;
    let at = 0;
    if (this.#frameFilled < HEADER_BYTES) {
      at = chunk.copy(frame, this.#frameFilled, 0, HEADER_BYTES - this.#frameFilled);
      this.#frameFilled += at;
      if (this.#frameFilled < HEADER_BYTES) return at;
      frame = Buffer.allocUnsafe(HEADER_BYTES + readUint32(begun, 0));
      begun.copy(frame);
      this.#frame = frame;
    }
    const added = chunk.copy(frame, this.#frameFilled, at, at + frame.length - this.#frameFilled);
    this.#frameFilled += added;
    if (this.#frameFilled === frame.length) {
      this.#frame = undefined;
      this.#onFrame(readUint32(frame, 4), frame.subarray(HEADER_BYTES));
    }
    return at + added;
  }
}

/** Calls over a {@link FrameSocket}: the reply to a frame has its id. */
export class FrameClient {
  readonly #frames: FrameSocket;
  readonly #waiting: ((reply: Buffer | Promise<Buffer>) => void)[] = [];
  readonly #freeIds: number[] = [];

  private constructor(socket: Socket) {
    this.#frames = new FrameSocket(socket, (id, body) => this.#settle(id, body));
    socket.on("close", () => {
      // Those that were served are settled already; for them this does nothing.
      for (const settle of this.#waiting) settle(Promise.reject(new Error("the connection is closed")));
    });
  }

  static async connect(port: number): Promise<FrameClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new FrameClient(socket);
  }

  call(body: Uint8Array): Promise<Buffer> {
    return new Promise((resolve) => {
      const id = this.#freeIds.pop() ?? this.#waiting.length;
      this.#waiting[id] = resolve;
      this.#frames.send(id, body);
    });
  }

  close(): void {
    this.#waiting.length = 0;
    this.#frames.close();
  }

  #settle(id: number, body: Buffer): void {
    this.#freeIds.push(id);
    this.#waiting[id]?.(body);
  }
}

function writeUint32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readUint32(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}
