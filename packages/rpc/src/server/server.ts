import { type Server as NetServer, type Socket, createServer as createNetServer } from "node:net";
import { type CloseContext, CloseOnce, optionChecks, sleep } from "@servertech/core";
import { closedError, rpcError } from "../rpc-error.ts";
import type { Method, Service } from "../service.ts";
import { Status } from "../status.ts";
import { type AnyHandler, type BoundMethod, bindMethod } from "./bound-method.ts";
import { ServerConnection } from "./connection.ts";
import { type RejectedCounts, ServerCounters } from "./counters.ts";
import type { Handlers, Interceptor, ServedKind } from "./handlers.ts";
import { MAX_TIMER_MS, type ResolvedServerOptions, type ServerOptions, resolveServerOptions } from "./options.ts";

/** Where to listen: at a TCP port or at a unix socket. */
export interface ListenOptions {
  /** @default "127.0.0.1" */
  host?: string | undefined;
  /** 0 to 65,535; 0 = a free one. @default 0 */
  port?: number | undefined;
  /** A unix socket, instead of host and port. */
  path?: string | undefined;
}

/** Where the server listens. For a unix socket `path` is set, `host` is empty and `port` is 0. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly path?: string;
}

export interface ServerCloseOptions {
  /** Time for calls in work, in milliseconds; then they are ended by force. From 0. @default 10_000 */
  timeoutMs?: number | undefined;
  /** Time between GOAWAY and refusing new calls, in milliseconds. From 0. @default 0 */
  settleMs?: number | undefined;
  /** Its abort ends the calls in work by force, at once. */
  signal?: AbortSignal | undefined;
}

export interface ServerStats {
  readonly connections: number;
  /** Handlers at work. */
  readonly inFlight: number;
  /** Calls that reached a method. */
  readonly calls: number;
  /** Of these, those that failed. */
  readonly errors: number;
  /** Of these, those that the client cancelled or left. */
  readonly cancelled: number;
  readonly rejected: Readonly<RejectedCounts>;
}

/**
 * Serves calls. Nothing is open before `listen`; `close` refuses new calls, lets those in work end, and frees everything.
 */
export interface Server extends AsyncDisposable {
  /** Adds an interceptor around the handlers of services added **afterwards**; the first added is the outermost. */
  use(interceptor: Interceptor): this;
  /**
   * Adds a service.
   *
   * @throws OptionError for a handler whose name is no method, a handler that is no function, and a service added twice.
   */
  add<Methods extends Service["methods"]>(
    service: { readonly name: string; readonly methods: Methods },
    handlers: Handlers<Methods>,
  ): this;
  /**
   * Opens a port or a unix socket; may be called for several.
   *
   * @throws RpcError UNAVAILABLE with the socket's error as `cause`; RPC_CLOSED after `close`; OptionError.
   */
  listen(options?: ListenOptions): Promise<ListenAddress>;
  /** Asks clients to send new calls elsewhere; what comes all the same on an old connection is refused as not processed. */
  goAway(): void;
  /** Ends at the latest `timeoutMs` + 1.1 s later, `settleMs` included. Every call gets the same promise. */
  close(options?: ServerCloseOptions): Promise<void>;
  stats(): ServerStats;
}

/** Makes a server; it listens once `listen` is called. @throws OptionError */
export function createServer(options: ServerOptions = {}): Server {
  return new RpcServer(options);
}

class RpcServer implements Server {
  readonly options: ResolvedServerOptions;
  readonly counters: ServerCounters = new ServerCounters();
  readonly #services = new Map<string, Map<string, BoundMethod>>();
  readonly #interceptors: Interceptor[] = [];
  readonly #listeners = new Set<NetServer>();
  readonly #connections = new Set<ServerConnection>();
  readonly #close: CloseOnce;
  #settleMs = 0;
  #forced = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.options = resolveServerOptions(options);
    this.#close = new CloseOnce((context) => this.#shutDown(context));
  }

  use(interceptor: Interceptor): this {
    const check = optionChecks({}, []);
    check.done(check.func("interceptor", interceptor));
    this.#interceptors.push(interceptor);
    return this;
  }

  add<Methods extends Service["methods"]>(
    service: { readonly name: string; readonly methods: Methods },
    handlers: Handlers<Methods>,
  ): this {
    const served = Object.entries(service.methods).filter(([, { kind }]) => isServed(kind));
    const check = optionChecks(
      handlers,
      served.map(([name]) => name),
    );
    if (this.#services.has(service.name)) check.problem("service", "must not be added twice", service.name);
    const given = (handlers ?? {}) as Readonly<Record<string, AnyHandler | undefined>>;
    const methods = new Map<string, BoundMethod>();
    for (const [name, method] of served) {
      const handler = given[name];
      if (handler !== undefined) check.func(name, handler);
      const bound = typeof handler === "function" ? handler.bind(handlers) : undefined;
      methods.set(method.name, bindMethod(service.name, method as ServedMethod, bound, this.#interceptors));
    }
    check.done(undefined);
    this.#services.set(service.name, methods);
    return this;
  }

  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    const check = optionChecks(options, ["host", "port", "path"]);
    const { host = "127.0.0.1", port = 0, path } = options;
    check.string("host", host);
    check.integer("port", port, { max: 65_535 });
    if (path !== undefined) check.string("path", path);
    if (path !== undefined && (options.host !== undefined || options.port !== undefined))
      check.problem("path", "must not stand beside host and port", path);
    check.done(undefined);
    if (this.#close.started) throw closedError("server");
    const listener = createNetServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#listeners.add(listener);
    await this.#open(listener, path === undefined ? { host, port } : { path });
    const address = listener.address();
    if (address === null) throw closedError("server"); // closed while it was opening
    return typeof address === "string"
      ? Object.freeze({ host: "", port: 0, path: address })
      : Object.freeze({ host: address.address, port: address.port });
  }

  #open(listener: NetServer, where: { host: string; port: number } | { path: string }): Promise<void> {
    const place = "path" in where ? where.path : `${where.host}:${where.port}`;
    return new Promise((resolve, reject) => {
      listener.on("error", (cause) => {
        this.#listeners.delete(listener);
        reject(rpcError(Status.Unavailable, `cannot listen at ${place}`, { cause }));
        this.options.logger.error({ err: cause }, "a listening socket failed");
      });
      listener.once("close", () => reject(closedError("server")));
      listener.listen(where, resolve);
    });
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.options.maxConnections) {
      this.counters.rejected.connections += 1;
      socket.on("error", () => {}); // it is being destroyed, nobody waits for it
      socket.destroy();
      return;
    }
    this.counters.connections += 1;
    const connection = new ServerConnection(socket, this);
    this.#connections.add(connection);
    if (this.#close.started && this.#settleMs === 0) connection.drain();
  }

  findMethod(service: string, method: string): BoundMethod | "service" | "method" {
    const methods = this.#services.get(service);
    return methods === undefined ? "service" : (methods.get(method) ?? "method");
  }

  closed(connection: ServerConnection): void {
    this.#connections.delete(connection);
    this.counters.connections -= 1;
    this.callEnded();
  }

  callEnded(): void {
    // By force, handlers that ignore their signal are not waited for.
    if (this.#connections.size === 0 && (this.counters.inFlight === 0 || this.#forced)) this.#onQuiet?.();
  }

  goAway(): void {
    for (const connection of this.#connections) connection.goAway("going away");
  }

  close({ settleMs = 0, ...options }: ServerCloseOptions = {}): Promise<void> {
    const check = optionChecks({}, []);
    check.duration("settleMs", settleMs, { max: MAX_TIMER_MS });
    try {
      check.done(undefined);
    } catch (error) {
      return Promise.reject(error);
    }
    if (!this.#close.started) this.#settleMs = settleMs;
    return this.#close.close(options);
  }

  async #shutDown({ force }: CloseContext): Promise<void> {
    if (this.#settleMs > 0) {
      this.goAway();
      await sleep(this.#settleMs, { signal: force }).catch(() => {}); // by force: no more waiting
      this.#settleMs = 0;
    }
    const listenersClosed = [...this.#listeners].map(
      (listener) => new Promise<void>((resolve) => listener.close(() => resolve())),
    );
    for (const connection of this.#connections) connection.drain();
    const forced = () => {
      this.#forced = true;
      for (const connection of this.#connections) connection.forceClose();
      this.callEnded();
    };
    if (force.aborted) forced();
    else force.addEventListener("abort", forced, { once: true });
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
      this.callEnded();
    });
    await Promise.all(listenersClosed);
  }

  stats(): ServerStats {
    const { connections, inFlight, calls, errors, cancelled, rejected } = this.counters;
    return Object.freeze({
      connections,
      inFlight,
      calls,
      errors,
      cancelled,
      rejected: Object.freeze({ ...rejected }),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

type ServedMethod = Method<ServedKind, unknown>;

function isServed(kind: string): boolean {
  return kind === "unary" || kind === "serverStream";
}
