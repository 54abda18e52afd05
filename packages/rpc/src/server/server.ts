import { type CloseContext, CloseOnce, optionChecks, sleep } from "@servertech/core";
import type { PeerSocket } from "../peer-socket.ts";
import { closedError } from "../rpc-error.ts";
import { type FileDescriptor, type Service, checkService } from "../service.ts";
import { type BoundMethod, type ServerInterceptor, bindMethod } from "./bound-method.ts";
import { ServerConnection } from "./connection.ts";
import { type RejectedCounts, ServerCounters } from "./counters.ts";
import type { AnyHandler, Handlers } from "./handlers.ts";
import { Listener, type ListenAddress, type ListenOptions } from "./listener.ts";
import { type MethodLimits, checkMethodLimits } from "./method-limits.ts";
import type { ServiceModule } from "./service-module.ts";
import { MAX_TIMER_MS, type ResolvedServerOptions, type ServerOptions, resolveServerOptions } from "./options.ts";

/** How long the end of a server may take. */
export interface ServerCloseOptions {
  /** Time for calls in work, in milliseconds; then they are ended by force. From 0. @default 10_000 */
  timeoutMs?: number | undefined;
  /** Time between GOAWAY and refusing new calls, in milliseconds. From 0. @default 0 */
  settleMs?: number | undefined;
  /** Its abort ends the calls in work by force, at once. */
  signal?: AbortSignal | undefined;
}

/** Counters of a server. */
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
  /**
   * Adds an interceptor around the handlers of services added afterwards; the first added is the outermost. Modules, as
   * `health()`, may be added before, to be left out.
   *
   * @throws OptionError once a service with handlers of one's own was added.
   */
  use(interceptor: ServerInterceptor): this;
  /**
   * Adds a service. A method without a handler is answered UNIMPLEMENTED.
   *
   * @param limits the longest message of the service and of single methods, where it differs from the server's.
   * @throws OptionError for a handler whose name is no method, a handler that is no function, and a service added twice.
   */
  add<Methods extends Service["methods"]>(
    service: { readonly name: string; readonly methods: Methods; readonly file?: FileDescriptor | undefined },
    handlers: Handlers<Methods>,
    limits?: MethodLimits<keyof Methods & string>,
  ): this;
  /** Adds a service that brings its handlers: `health()`, `reflection()`. */
  add(module: ServiceModule): this;
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

/** @internal */
export class RpcServer implements Server {
  readonly options: ResolvedServerOptions;
  readonly counters: ServerCounters = new ServerCounters();
  /** The longest message of any method. */
  maxMessageBytes: number;
  readonly #services = new Map<string, Map<string, BoundMethod>>();
  readonly #added = new Map<string, Service>();
  /** Services that were added with their handlers, modules left out. */
  #ownServices = 0;
  readonly #onClosing: (() => void)[] = [];
  readonly #interceptors: ServerInterceptor[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #connections = new Set<ServerConnection>();
  readonly #close: CloseOnce;
  #settleMs = 0;
  #forced = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.options = resolveServerOptions(options);
    this.maxMessageBytes = this.options.maxMessageBytes;
    this.#close = new CloseOnce((context) => this.#shutDown(context));
  }

  use(interceptor: ServerInterceptor): this {
    const check = optionChecks({}, []);
    if (typeof interceptor !== "function") check.func("interceptor", interceptor);
    // A service that is not checked because somebody put two lines in the wrong order would be noticed too late.
    else if (this.#ownServices > 0)
      check.problem("interceptor", "must be used before the first service is added", "later");
    check.done(undefined);
    this.#interceptors.push(interceptor);
    return this;
  }

  add(given: Service | ServiceModule, handlers?: object, limits: MethodLimits = {}): this {
    const isModule = typeof given === "object" && given !== null && "service" in given;
    checkService(isModule ? given.service : given);
    if (isModule) {
      given.attach?.({
        services: () => [...this.#added.values()],
        onClosing: (callback) => this.#onClosing.push(callback),
      });
      this.#addService(given.service, given.handlers, {});
      return this;
    }
    this.#addService(given, handlers, limits);
    this.#ownServices += 1;
    return this;
  }

  #addService(given: Service, handlers: object | undefined, limits: MethodLimits): void {
    const names = Object.keys(given.methods);
    const check = optionChecks(handlers ?? {}, names);
    if (this.#services.has(given.name)) check.problem("service", "must not be added twice", given.name);
    if (handlers !== undefined) check.object("handlers", handlers);
    const longest = checkMethodLimits(check, limits, names, this.options.maxMessageBytes);
    const functions = (handlers ?? {}) as Readonly<Record<string, AnyHandler | undefined>>;
    const methods = new Map<string, BoundMethod>();
    for (const [name, method] of Object.entries(given.methods)) {
      const handler = functions[name];
      if (handler !== undefined) check.func(name, handler);
      const bound = typeof handler === "function" ? handler.bind(handlers) : undefined;
      const maxBytes = longest(name);
      methods.set(method.name, bindMethod(given.name, method, bound, this.#interceptors, maxBytes));
    }
    check.done(undefined);
    for (const { maxMessageBytes } of methods.values())
      this.maxMessageBytes = Math.max(this.maxMessageBytes, maxMessageBytes);
    this.#services.set(given.name, methods);
    this.#added.set(given.name, given);
  }

  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    if (this.#close.started) throw closedError("server");
    const listener = new Listener(options, {
      tls: this.options.tls,
      handshakeTimeoutMs: this.options.frameTimeoutMs,
      logger: this.options.logger,
      mayAccept: () => this.#mayAccept(),
      accept: (socket) => this.accept(socket),
      handshakeFailed: () => {
        this.counters.rejected.handshakes += 1;
      },
      closed: (closed) => this.#listeners.delete(closed),
    });
    this.#listeners.add(listener);
    const address = await listener.open();
    if (this.#close.started) throw closedError("server"); // closed while it was opening
    return address;
  }

  #mayAccept(): boolean {
    const handshakes = [...this.#listeners].reduce((sum, listener) => sum + listener.handshakes, 0);
    if (this.#connections.size + handshakes < this.options.maxConnections) return true;
    this.counters.rejected.connections += 1;
    return false;
  }

  /** @internal Serves a client at the other end of `socket`. */
  accept(socket: PeerSocket): void {
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
    for (const callback of this.#onClosing) callback();
    if (this.#settleMs > 0) {
      this.goAway();
      await sleep(this.#settleMs, { signal: force }).catch(() => {}); // by force: no more waiting
      this.#settleMs = 0;
    }
    const listenersClosed = [...this.#listeners].map((listener) => listener.close());
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
