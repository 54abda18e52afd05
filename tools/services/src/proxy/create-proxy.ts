import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "../ports.ts";
import { ProxyConnection } from "./connection.ts";
import type { FlowOwner } from "./flow.ts";
import { type Mode, type ModeName, type ModeOptions, modeOf } from "./mode.ts";

const HOST = "127.0.0.1";

export interface ProxyOptions {
  /** The TCP port to listen on at 127.0.0.1, 1 to 65,535. @default a free one */
  listen?: number | undefined;
  /** Where connections go: a port of 127.0.0.1, `host:port`, or a URL with a port. */
  target: number | string;
}

export interface ProxyStats {
  /** Connections of clients that are open now, dead ones included. */
  readonly connections: number;
  /** Connections of clients in all. */
  readonly accepted: number;
  /** Bytes handed on to the target. */
  readonly bytesUp: number;
  /** Bytes handed on to clients. */
  readonly bytesDown: number;
  /** Bytes of clients that were swallowed. */
  readonly droppedUp: number;
  /** Bytes of the target that were swallowed. */
  readonly droppedDown: number;
}

/** Takes options where the mode has any. */
export type SetArguments<N extends ModeName> = ModeOptions[N] extends undefined ? [] : [options: ModeOptions[N]];

export interface Proxy extends AsyncDisposable {
  /** The port that clients connect to. */
  readonly port: number;
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /**
   * Changes what happens to open and new connections, from now on. Resolves once new connections meet it.
   *
   * @throws `RangeError` on options out of range.
   */
  set<N extends ModeName>(mode: N, ...options: SetArguments<N>): Promise<void>;
  stats(): ProxyStats;
  /** Ends all connections and stops listening; resolves when all sockets are closed. May be called twice. */
  close(): Promise<void>;
}

/** Starts a TCP proxy in mode `pass` for tests of faults in the network. It listens once the promise resolves. */
export async function createProxy({ listen, target }: ProxyOptions): Promise<Proxy> {
  const proxy = new FaultProxy(listen ?? (await freePort()), addressOf(target));
  await proxy.listen();
  return proxy;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

class FaultProxy implements Proxy {
  readonly port: number;
  readonly #target: Address;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<ProxyConnection>();
  readonly #owner: Omit<FlowOwner, "cut"> = {
    mode: () => this.#mode,
    passed: (direction, bytes) => {
      this.#counts[direction === "up" ? "bytesUp" : "bytesDown"] += bytes;
    },
    dropped: (direction, bytes) => {
      this.#counts[direction === "up" ? "droppedUp" : "droppedDown"] += bytes;
    },
  };
  readonly #counts = { connections: 0, accepted: 0, bytesUp: 0, bytesDown: 0, droppedUp: 0, droppedDown: 0 };
  #mode: Mode = { name: "pass" };
  #server: Server | undefined;
  #work: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(port: number, target: Address) {
    this.port = port;
    this.#target = target;
  }

  get address(): string {
    return `${HOST}:${this.port}`;
  }

  async set<N extends ModeName>(name: N, ...[options]: [options?: ModeOptions[N]]): Promise<void> {
    const mode = modeOf(name, options as ModeOptions[N]);
    const applied = this.#work.then(() => this.#apply(mode));
    this.#work = applied.catch(() => {}); // the caller has the error
    await applied;
  }

  stats(): ProxyStats {
    return Object.freeze({ ...this.#counts });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    server.listen({ port: this.port, host: HOST });
    await once(server, "listening");
    this.#server = server;
  }

  async #apply(mode: Mode): Promise<void> {
    if (this.#closing) throw new Error("the proxy is closed");
    this.#mode = mode;
    for (const connection of this.#connections) {
      if (mode.name === "blackhole") connection.die();
      else if (mode.name === "reset") connection.reset();
      else connection.modeChanged();
    }
    if (mode.name !== "refuse" && this.#server === undefined) await this.listen();
    // It stops listening at once; its "close" would wait for the open connections, which go on.
    if (mode.name === "refuse") this.#server = void this.#server?.close();
  }

  #accept(client: Socket): void {
    this.#counts.accepted += 1;
    if (this.#mode.name === "reset") {
      client.resetAndDestroy();
      return;
    }
    this.#counts.connections += 1;
    this.#hold(client);
    client.on("close", () => {
      this.#counts.connections -= 1;
    });
    if (this.#mode.name === "blackhole") {
      client.on("error", () => {}); // nobody is to hear of it
      client.on("data", (bytes) => this.#owner.dropped("up", bytes.length));
      return;
    }
    const target = connect({ ...this.#target, allowHalfOpen: true });
    this.#hold(target);
    const connection = new ProxyConnection(client, target, this.#owner);
    this.#connections.add(connection);
    const forgetWhenClosed = () => {
      if (client.destroyed && target.destroyed) this.#connections.delete(connection);
    };
    client.on("close", forgetWhenClosed);
    target.on("close", forgetWhenClosed);
    // The count of `cutAfter` may be 0.
    connection.modeChanged();
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async #close(): Promise<void> {
    await this.#work;
    this.#server?.close();
    for (const connection of this.#connections) connection.die();
    const open = [...this.#sockets];
    const closed = open.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of open) socket.destroy();
    await Promise.all(closed);
  }
}

function addressOf(target: number | string): Address {
  const text = typeof target === "number" ? `${HOST}:${target}` : target;
  const match = /^(?:[a-z]+:\/\/)?(?:[^@/]*@)?([^@/]+):(\d+)(?:\/.*)?$/.exec(text);
  const [host, port] = [match?.[1], Number(match?.[2])];
  if (host === undefined || port < 1 || port > 65_535) throw new RangeError(`target must have a port, got "${text}"`);
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port };
}
