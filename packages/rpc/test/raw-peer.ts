/** A socket that speaks frames by hand: either end of a connection in tests. */
import { type Server, type Socket, connect, createServer } from "node:net";
import { once } from "node:events";

export interface Frame {
  readonly stream: number;
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

export function frame({ stream, type, flags, body }: Frame): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt32BE(body.length, 0);
  header.writeUInt32BE(stream, 4);
  header[8] = type;
  header[9] = flags;
  return Buffer.concat([header, body]);
}

export class RawPeer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  closed = false;
  #bytes: Buffer = Buffer.alloc(0);
  #taken = 0;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay();
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      this.closed = true;
      this.#wake?.();
    });
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#cut();
      this.#wake?.();
    });
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawPeer(socket);
  }

  #cut(): void {
    while (this.#bytes.length >= 10) {
      const length = this.#bytes.readUInt32BE(0);
      if (this.#bytes.length < 10 + length) return;
      this.frames.push({
        stream: this.#bytes.readUInt32BE(4),
        type: this.#bytes[8] ?? 0,
        flags: this.#bytes[9] ?? 0,
        body: Buffer.from(this.#bytes.subarray(10, 10 + length)),
      });
      this.#bytes = this.#bytes.subarray(10 + length);
    }
  }

  send(stream: number, type: number, flags: number, body: Uint8Array | string = ""): void {
    this.socket.write(
      frame({ stream, type, flags, body: typeof body === "string" ? Buffer.from(body, "hex") : Buffer.from(body) }),
    );
  }

  /** The next frame that was not taken; undefined once the connection is closed without one. */
  async next(): Promise<Frame | undefined> {
    for (;;) {
      const found = this.frames[this.#taken];
      if (found !== undefined) {
        this.#taken += 1;
        return found;
      }
      if (this.closed) return undefined;
      await this.#change();
    }
  }

  /** Resolves when the connection is closed. */
  async gone(): Promise<void> {
    while (!this.closed) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A server whose connections are scripted, one after another. */
export class RawServer {
  readonly #server: Server;
  readonly peers: RawPeer[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(onPeer: (peer: RawPeer) => void): Promise<RawServer> {
    const server = createServer((socket) => {
      const peer = new RawPeer(socket);
      raw.peers.push(peer);
      onPeer(peer);
    });
    const raw = new RawServer(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return raw;
  }

  get target(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `tcp://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}
