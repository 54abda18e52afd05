import {
  type CloseContext,
  type CloseOptions,
  CloseOnce,
  type ReadyOptions,
  abortable,
  backoffMs,
  deadlineIn,
  isTraced,
  optionChecks,
  sleep,
} from "@servertech/core";
import { currentContext } from "../context-propagation.ts";
import type { Endpoint } from "../resolver.ts";
import type { MutableMetadata } from "../metadata.ts";
import { type RpcError, closedError, isRpcError, rpcError } from "../rpc-error.ts";
import { type ClientCallTrace, clientCalls, publishEnd } from "../tracing.ts";
import { MAX_TIMER_MS } from "../server/options.ts";
import { Status } from "../status.ts";
import type { CallInit, ClientCall } from "./call.ts";
import type { CalledMethod } from "./called-method.ts";
import type { Dial } from "./dial.ts";
import { Link, type LinkOwner } from "./link.ts";
import {
  type CallOptions,
  type ChannelOptions,
  type ResolvedChannelOptions,
  checkCallOptions,
  resolveChannelOptions,
} from "./options.ts";
import { pick } from "./pick.ts";
import { encoded, encodedList, listed, timeoutWithin } from "./parent.ts";
import { type StreamCall, streamCall } from "./stream-call.ts";
import { type Rejected, type Replied, UnaryCall } from "./unary-call.ts";

export interface ClientStats {
  /** Calls that have not ended. */
  readonly inFlight: number;
  readonly calls: number;
  /** Of these, those that failed. */
  readonly errors: number;
  /** Calls made again because a server had not begun with them. */
  readonly retries: number;
  /** Endpoints that are out: their last attempt failed, or their connection was lost. */
  readonly ejected: number;
  /** Endpoints known. */
  readonly instances: number;
  /** Endpoints with an open connection. */
  readonly connections: number;
}

/**
 * Connections to the servers of one target, shared by the clients that are made with it. Nothing is opened before the first
 * call or `ready`; from then on servers are looked for and connected to in the background until `close`.
 */
export interface Channel extends AsyncDisposable {
  /**
   * Resolves once a server is connected.
   *
   * @param options `timeoutMs` is 10 s unless said.
   * @throws RpcError UNAVAILABLE with the last cause; the signal's reason; RPC_CLOSED.
   */
  ready(options?: ReadyOptions): Promise<void>;
  stats(): ClientStats;
  /** Refuses new calls, lets those in flight end, then frees everything. Every call gets the same promise. */
  close(options?: CloseOptions): Promise<void>;
}

/** Makes a channel. @throws OptionError */
export function createChannel(options: ChannelOptions): Channel {
  return new RpcChannel(options);
}

const READY_TIMEOUT_MS = 10_000;
const RESOLVER_BACKOFF = { minMs: 100, maxMs: 10_000, jitter: 0.5 };
/** How often a call is given to a server, when none begins with it. */
const MOST_ATTEMPTS = 5;

/** @internal */
export class RpcChannel implements Channel, LinkOwner {
  readonly options: ResolvedChannelOptions;
  readonly #links = new Map<string, Link>();
  readonly #removed = new Set<Link>();
  #ready: Link[] = [];
  /** Calls that no connection has yet. */
  readonly #waiting = new Set<ClientCall>();
  readonly #readyWaiters = new Set<ReadyWaiter>();
  readonly #stop = new AbortController();
  readonly #close: CloseOnce;
  #started = false;
  #lastError: unknown;
  /** Keeps the process alive while calls wait for a connection: their own timers do not. */
  #hold: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #calls = 0;
  #errors = 0;
  #retries = 0;
  #onIdle: (() => void) | undefined;
  #onGone: (() => void) | undefined;
  #service = "";

  constructor(options: ChannelOptions, dial?: Dial) {
    const resolved = resolveChannelOptions(options);
    this.options = dial === undefined ? resolved : { ...resolved, dial };
    this.#close = new CloseOnce((context) => this.#shutDown(context));
  }

  /** The first client's service names what the resolver looks for. */
  serves(service: string): void {
    if (this.#service === "") this.#service = service;
  }

  // Calls

  unary(
    method: CalledMethod,
    request: unknown,
    options: CallOptions | undefined,
    resolve: Replied,
    reject: Rejected,
  ): void {
    try {
      const init = this.#init(method, request, options, this.options.timeoutMs);
      this.#begin(new UnaryCall(init, resolve, reject), options);
    } catch (error) {
      // What is wrong before the call exists rejects, too.
      reject(error);
    }
  }

  /** @throws OptionError, RPC_CLOSED or the reason of an aborted signal, at once: there is no promise yet to reject. */
  stream(method: CalledMethod, request: unknown, options: CallOptions | undefined): StreamCall {
    const call = streamCall(this.#init(method, request, options, 0));
    this.#begin(call, options);
    return call;
  }

  #init(method: CalledMethod, request: unknown, options: CallOptions | undefined, timeoutMs: number): CallInit {
    if (this.#close.started) throw closedError("client");
    const { waitForReady } = this.options;
    const { idempotent } = method;
    const parent = options?.parent ?? currentContext();
    const traced = isTraced(clientCalls);
    // Written out: spreading objects would cost more than all else here.
    if (options === undefined && parent === undefined && !traced)
      return {
        owner: this,
        method,
        request,
        metadata: undefined,
        timeoutMs,
        waitForReady,
        idempotent,
        trace: undefined,
      };
    if (options !== undefined) checkCallOptions(options);
    options?.signal?.throwIfAborted();
    const { metadata } = options ?? {};
    const trace = traced ? this.#traceOf(method, listed(metadata, parent)) : undefined;
    return {
      owner: this,
      method,
      request,
      metadata:
        trace === undefined && parent === undefined
          ? encoded(metadata)
          : encodedList(trace?.metadata ?? listed(metadata, parent)),
      trace,
      timeoutMs: timeoutWithin(parent, options?.timeoutMs ?? timeoutMs),
      waitForReady: options?.waitForReady ?? waitForReady,
      idempotent: options?.idempotent ?? idempotent,
    };
  }

  /** Subscribers may add to the metadata. */
  #traceOf({ kind, info }: CalledMethod, metadata: MutableMetadata): ClientCallTrace {
    const trace: ClientCallTrace = { kind, method: info, metadata, client: this };
    clientCalls.start.publish(trace);
    clientCalls.end.publish(trace);
    return trace;
  }

  #begin(call: ClientCall, options: CallOptions | undefined): void {
    this.#calls += 1;
    this.#inFlight += 1;
    call.listenTo(options?.signal);
    call.listenTo((options?.parent ?? currentContext())?.signal);
    if (!call.settled) this.#place(call);
  }

  /** Gives the call to a connection, or lets it wait for one. */
  #place(call: ClientCall): void {
    const link = this.#ready.length === 0 ? undefined : pick(this.#ready, call.failedEndpoint);
    if (link !== undefined) {
      if (call.trace !== undefined) Object.assign(call.trace, addressOf(link.endpoint));
      link.start(call);
    } else this.#wait(call);
  }

  #wait(call: ClientCall): void {
    if (call.deadlineAt === 0 && call.timeoutMs > 0) call.deadlineAt = performance.now() + call.timeoutMs;
    this.#waiting.add(call);
    this.#hold ??= setInterval(() => {}, MAX_TIMER_MS);
    const { connectTimeoutMs } = this.options;
    if (!call.waitForReady)
      call.waitLimit ??= deadlineIn(connectTimeoutMs, () => {
        if (!this.#waiting.has(call)) return;
        call.fail(
          this.#unavailable(`no server for ${call.method.fullName} within ${connectTimeoutMs} ms`, call.lastError),
        );
      });
    this.#seek();
  }

  #unavailable(text: string, lastError: unknown): RpcError {
    const cause = lastError ?? this.#lastError;
    return rpcError(Status.Unavailable, text, { retryable: true, ...(cause === undefined ? {} : { cause }) });
  }

  get copyBytes(): boolean {
    return this.options.copyBytes;
  }

  triesAgain(): boolean {
    return false;
  }

  ended(call: ClientCall, error: unknown): void {
    this.#inFlight -= 1;
    if (error !== undefined) this.#errors += 1;
    if (call.trace !== undefined) endTrace(call, call.trace, error);
    if (this.#waiting.delete(call)) this.#release();
    if (this.#inFlight === 0) this.#onIdle?.();
  }

  #release(): void {
    if (this.#waiting.size > 0) return;
    clearInterval(this.#hold);
    this.#hold = undefined;
  }

  notProcessed(call: ClientCall, link: Link, error: unknown): void {
    if (call.settled) return;
    call.failedEndpoint = link.endpoint.id;
    call.lastError = error;
    if (!call.repeatable)
      return call.fail(this.#unavailable(`${link.endpoint.id} did not begin with ${call.method.fullName}`, error));
    if (call.attempts >= MOST_ATTEMPTS) {
      call.fail(this.#unavailable(`${call.attempts} servers did not begin with ${call.method.fullName}`, error));
      return;
    }
    this.#retries += 1;
    this.#place(call);
  }

  // Connections

  get hurried(): boolean {
    return this.#waiting.size > 0 || this.#readyWaiters.size > 0;
  }

  linkReady(link: Link): void {
    this.#refreshReady();
    this.options.logger.debug({ endpoint: link.endpoint.id }, "connected to an RPC server");
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#release();
    for (const call of waiting) {
      call.waitLimit?.cancel();
      call.waitLimit = undefined;
      this.#place(call);
    }
    for (const waiter of this.#readyWaiters) waiter.resolve();
  }

  linkLost(link: Link, error: Error): void {
    this.#lastError = error;
    const wasReady = this.#ready.includes(link);
    this.#refreshReady();
    if (wasReady) this.options.logger.info({ endpoint: link.endpoint.id, err: error }, "lost an RPC server");
    this.options.resolver.refresh?.();
  }

  connectionGone(): void {
    for (const link of this.#removed) if (link.gone) this.#removed.delete(link);
    if (this.#removed.size === 0 && [...this.#links.values()].every(({ gone }) => gone)) this.#onGone?.();
  }

  #refreshReady(): void {
    this.#ready = [...this.#links.values()].filter(({ ready }) => ready);
  }

  /** Somebody waits for a server. */
  #seek(): void {
    if (this.#started) {
      for (const link of this.#links.values()) link.hurry();
      return;
    }
    this.#started = true;
    void this.#resolve();
  }

  /** Follows the resolver until the channel closes. One that ends or throws is asked again; the last list stays. */
  async #resolve(): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        for await (const endpoints of this.options.resolver.watch(this.#service, { signal })) {
          if (signal.aborted) return;
          attempt = 0;
          this.#update(endpoints);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#lastError = error;
        if (attempt === 0) this.options.logger.warn({ err: error }, "the RPC servers cannot be found");
      }
      await sleep(backoffMs(attempt, RESOLVER_BACKOFF), { signal, ref: false }).catch(() => {}); // closed
    }
  }

  #update(endpoints: readonly Endpoint[]): void {
    const wanted = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    for (const [id, link] of this.#links) {
      const next = wanted.get(id);
      if (next !== undefined && sameAddress(next, link.endpoint)) continue;
      this.#links.delete(id);
      this.#removed.add(link);
      link.remove();
      if (link.gone) this.#removed.delete(link);
    }
    for (const [id, endpoint] of wanted) {
      const link = this.#links.get(id);
      if (link === undefined) this.#links.set(id, new Link(endpoint, this));
      else link.hurry();
    }
    this.#refreshReady();
  }

  // Life cycle

  async ready(options: ReadyOptions = {}): Promise<void> {
    const check = optionChecks(options, ["timeoutMs", "signal"]);
    const { timeoutMs = READY_TIMEOUT_MS, signal } = options;
    check.done(check.duration("timeoutMs", timeoutMs, { min: 1, max: MAX_TIMER_MS }));
    signal?.throwIfAborted();
    if (this.#close.started) throw closedError("client");
    if (this.#ready.length > 0) return;
    const waiter = new ReadyWaiter(() => this.#unavailable(`no server within ${timeoutMs} ms`, undefined), timeoutMs);
    this.#readyWaiters.add(waiter);
    this.#seek();
    try {
      await abortable(waiter.connected, signal);
    } finally {
      waiter.stop();
      this.#readyWaiters.delete(waiter);
    }
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#close.close(options);
  }

  async #shutDown({ force }: CloseContext): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      if (this.#inFlight === 0) resolve();
    });
    const forced = new Promise<void>((resolve) => {
      if (force.aborted) resolve();
      else force.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([idle, forced]);
    this.#stop.abort(closedError("client"));
    for (const waiter of this.#readyWaiters) waiter.reject(closedError("client"));
    for (const call of this.#waiting) call.fail(closedError("client"));
    const links = [...this.#links.values(), ...this.#removed];
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve;
      for (const link of links)
        if (force.aborted) link.destroy();
        else link.remove();
      this.connectionGone();
    });
    await gone;
    this.#refreshReady();
    if (this.options.ownsResolver) await this.options.resolver.close?.();
  }

  stats(): ClientStats {
    const links = [...this.#links.values()];
    return Object.freeze({
      inFlight: this.#inFlight,
      calls: this.#calls,
      errors: this.#errors,
      retries: this.#retries,
      ejected: links.filter(({ out }) => out).length,
      instances: links.length,
      connections: this.#ready.length,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** One caller of `ready`. Its timer keeps the process alive: somebody waits. */
class ReadyWaiter {
  resolve: () => void = () => {};
  reject: (error: Error) => void = () => {};
  readonly connected: Promise<void>;
  readonly #timer: NodeJS.Timeout;

  constructor(late: () => Error, timeoutMs: number) {
    this.connected = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.#timer = setTimeout(() => this.reject(late()), timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function addressOf({ host, port, path }: Endpoint): { address: string; port: number | undefined } {
  return path === undefined ? { address: host, port } : { address: path, port: undefined };
}

function endTrace(call: ClientCall, trace: ClientCallTrace, error: unknown): void {
  trace.attempts = call.attempts;
  if (error === undefined) trace.status = Status.Ok;
  else trace.status = isRpcError(error) ? error.status : Status.Cancelled;
  publishEnd(clientCalls, trace, error === undefined ? undefined : { error });
}

function sameAddress(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port && a.path === b.path;
}
