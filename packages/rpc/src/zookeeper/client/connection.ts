import { connect, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { ServerAddress } from "./connect-string.ts";
import { FrameDecoder } from "./frame-decoder.ts";

export interface ConnectionHandlers {
  opened(): void;
  /** Bytes came, before any of their frames is handed on. */
  heard(bytes: number): void;
  /** One frame, valid until the call returns. Not called any more once the connection is destroyed. */
  frame(bytes: Buffer): void;
  /** It ended by itself: by the peer, an error of the socket or bytes that are no frames. Called at most once, and never after `destroy`. */
  ended(error: Error | undefined, fault: boolean): void;
}

/** One connection to one server, TCP or TLS, with the frame buffer that belongs to it. */
export class Connection {
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  readonly #handlers: ConnectionHandlers;
  #error: Error | undefined;
  #over = false;
  #corked = false;

  constructor(
    server: ServerAddress,
    { maxFrameBytes, tls }: { readonly maxFrameBytes: number; readonly tls: ConnectionOptions | undefined },
    handlers: ConnectionHandlers,
  ) {
    this.#decoder = new FrameDecoder(maxFrameBytes);
    this.#handlers = handlers;
    this.#socket = openSocket(server, tls);
    this.#socket.on(tls === undefined ? "connect" : "secureConnect", () => {
      if (!this.#over) handlers.opened();
    });
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#socket.on("error", (error) => {
      this.#error = error;
    });
    this.#socket.on("end", () => this.#socket.destroy());
    this.#socket.on("close", () => this.#end(this.#error, false));
  }

  /** Writes of one tick leave together. */
  write(frame: Buffer): void {
    if (this.#over) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(frame);
  }

  destroy(): void {
    this.#over = true;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#over) return;
    this.#handlers.heard(chunk.length);
    let frames: Buffer[];
    try {
      frames = this.#decoder.push(chunk);
    } catch (error) {
      this.#socket.destroy();
      this.#end(error instanceof Error ? error : undefined, true);
      return;
    }
    for (const frame of frames) {
      if (this.#over) return;
      this.#handlers.frame(frame);
    }
  }

  #end(error: Error | undefined, fault: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#handlers.ended(error, fault);
  }
}

function openSocket({ host, port }: ServerAddress, tls: ConnectionOptions | undefined): Socket {
  const where = { host, port, noDelay: true };
  if (tls === undefined) return connect(where);
  // An address is no server name: https://www.rfc-editor.org/rfc/rfc6066#section-3
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...servername, ...tls, ...where });
}
