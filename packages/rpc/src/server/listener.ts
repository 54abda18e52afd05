import { type Server as NetServer, type Socket, createServer as createNetServer } from "node:net";
import { type TlsOptions, createServer as createTlsServer } from "node:tls";
import { type Logger, optionChecks } from "@servertech/core";
import type { PeerSocket } from "../peer-socket.ts";
import { closedError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";

/** Where to listen: at a TCP port or at a unix socket. */
export interface ListenOptions {
  /** @default "127.0.0.1" */
  host?: string | undefined;
  /** 0 to 65,535; 0 = a free one. @default 0 */
  port?: number | undefined;
  /** A unix socket, instead of host and port. */
  path?: string | undefined;
  /** TLS on this listener, instead of the server's: `node:tls` options; false = plain. @default the server's `tls` */
  tls?: TlsOptions | false | undefined;
}

/** Where the server listens. For a unix socket `path` is set, `host` is empty and `port` is 0. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly path?: string;
}

/** What a listener asks of its server. */
export interface ListenerOwner {
  readonly tls: TlsOptions | undefined;
  readonly handshakeTimeoutMs: number;
  readonly logger: Logger;
  /** Whether there is room for one more connection. */
  mayAccept(): boolean;
  accept(socket: PeerSocket): void;
  handshakeFailed(): void;
  closed(listener: Listener): void;
}

/** ALPN name of ttrpc over TLS. */
export const ALPN = "ttrpc";

/** One port or unix socket, with or without TLS. */
export class Listener {
  readonly #owner: ListenerOwner;
  readonly #where: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly #server: NetServer;
  /** Sockets whose TLS handshake is under way. */
  readonly #handshakes = new Set<Socket>();

  /** @throws OptionError */
  constructor(options: ListenOptions, owner: ListenerOwner) {
    this.#owner = owner;
    const check = optionChecks(options, ["host", "port", "path", "tls"]);
    const { host = "127.0.0.1", port = 0, path, tls = owner.tls } = options;
    check.string("host", host);
    check.integer("port", port, { max: 65_535 });
    if (path !== undefined) check.string("path", path);
    if (path !== undefined && (options.host !== undefined || options.port !== undefined))
      check.problem("path", "must not stand beside host and port", path);
    if (tls !== undefined && tls !== false) check.object("tls", tls);
    check.done(undefined);
    this.#where = path === undefined ? { host, port } : { path };
    this.#server = tls === undefined || tls === false ? this.#plain() : this.#overTls(tls);
  }

  /** TLS handshakes under way. */
  get handshakes(): number {
    return this.#handshakes.size;
  }

  #plain(): NetServer {
    return createNetServer({ noDelay: true }, (socket) => {
      if (this.#admits(socket)) this.#owner.accept(socket);
    });
  }

  #overTls(tls: TlsOptions): NetServer {
    const server = tlsServer({ handshakeTimeout: this.#owner.handshakeTimeoutMs, ...tls, ALPNProtocols: [ALPN] });
    server.on("connection", (socket: Socket) => {
      if (!this.#admits(socket)) return;
      socket.setNoDelay();
      this.#handshakes.add(socket);
      socket.once("close", () => this.#handshakes.delete(socket));
    });
    server.on("secureConnection", (socket) => {
      // The raw socket is the TLS socket's own from here on: it is counted as a connection.
      const { remoteAddress, remotePort } = socket;
      for (const raw of this.#handshakes)
        if (raw.remotePort === remotePort && raw.remoteAddress === remoteAddress) {
          this.#handshakes.delete(raw);
          // Over a unix socket they all look alike: one has ended, whichever it was.
          break;
        }
      this.#owner.accept(socket);
    });
    server.on("tlsClientError", (error, socket) => {
      this.#owner.handshakeFailed();
      this.#owner.logger.debug({ err: error }, "a TLS handshake failed");
      socket.destroy();
    });
    return server;
  }

  #admits(socket: Socket): boolean {
    if (this.#owner.mayAccept()) return true;
    socket.on("error", () => {}); // it is being destroyed, nobody waits for it
    socket.destroy();
    return false;
  }

  /** @throws RpcError UNAVAILABLE with the socket's error as cause; RPC_CLOSED when it was closed meanwhile. */
  async open(): Promise<ListenAddress> {
    const where = this.#where;
    const place = "path" in where ? where.path : `${where.host}:${where.port}`;
    await new Promise<void>((resolve, reject) => {
      this.#server.on("error", (cause) => {
        // Once it listens, an error is one of accepting: it listens on.
        if (!this.#server.listening) this.#owner.closed(this);
        reject(rpcError(Status.Unavailable, `cannot listen at ${place}`, { cause }));
        this.#owner.logger.error({ err: cause }, "a listening socket failed");
      });
      this.#server.once("close", () => reject(closedError("server")));
      this.#server.listen(where, resolve);
    });
    const address = this.#server.address();
    if (address === null) throw closedError("server"); // closed while it was opening
    return typeof address === "string"
      ? Object.freeze({ host: "", port: 0, path: address })
      : Object.freeze({ host: address.address, port: address.port });
  }

  close(): Promise<void> {
    for (const socket of this.#handshakes) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** @throws OptionError without the keys that the options hold. */
function tlsServer(options: TlsOptions): ReturnType<typeof createTlsServer> {
  try {
    return createTlsServer(options);
  } catch (error) {
    const check = optionChecks({}, []);
    check.problem("tls", "must be options of node:tls", error instanceof Error ? error.message : "not that");
    return check.done(undefined as never);
  }
}
