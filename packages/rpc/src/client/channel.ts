import { type CloseContext, type CloseOptions, CloseOnce, type ReadyOptions, optionChecks } from "@servertech/core";
import { currentContext } from "../context-propagation.ts";
import { type RpcError, closedError, isRpcError, rpcError } from "../rpc-error.ts";
import { MAX_TIMER_MS } from "../server/options.ts";
import { Status } from "../status.ts";
import { attemptedUnary } from "./attempted-call.ts";
import { type CallInit, type ClientCall, because } from "./call.ts";
import { callInit } from "./call-init.ts";
import { endTrace, traceServer } from "./call-trace.ts";
import type { CalledMethod } from "./called-method.ts";
import type { Dial } from "./dial.ts";
import { EndpointSet, type EndpointSetOwner } from "./endpoint-set.ts";
import { HedgedCall } from "./hedged-call.ts";
import type { Link } from "./link.ts";
import {
  type CallOptions,
  type ChannelOptions,
  type ResolvedChannelOptions,
  resolveChannelOptions,
} from "./options.ts";
import { Readiness } from "./readiness.ts";
import type { ResolvedHedge } from "./retry/hedge-options.ts";
import { LatencyQuantile } from "./retry/latency-quantile.ts";
import { RetryBudget } from "./retry/retry-budget.ts";
import { type AttemptFacts, retryAfterMs } from "./retry/retry-policy.ts";
import { type StreamCall, streamCall } from "./stream-call.ts";
import { type Rejected, type Replied, UnaryCall } from "./unary-call.ts";
import { WaitingCalls } from "./waiting-calls.ts";

/** Counters of a client, or of all that share its channel. */
export interface ClientStats {
  /** Calls that have not ended. */
  readonly inFlight: number;
  readonly calls: number;
  /** Of these, those that failed. */
  readonly errors: number;
  /** Attempts beyond the first: of calls that no server had begun with, that failed and are idempotent, or that were slow. */
  readonly retries: number;
  /** Further attempts that the retry budget did not allow. */
  readonly overBudget: number;
  /** Endpoints that get no calls: they cannot be reached, or keep failing. */
  readonly ejected: number;
  /** Endpoints known. */
  readonly instances: number;
  /** Open connections. */
  readonly connections: number;
  /** Frames that came for calls that were over: late replies to calls that were given up. */
  readonly stray: number;
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
/** How often a call is given to a server, when none begins with it. */
const MOST_PLACEMENTS = 5;

/** What happened to a call whose attempts are made one by one. */
export interface EarlierAttempts {
  readonly attempts: number;
  /** The endpoint that failed last. */
  readonly failedEndpoint: string | undefined;
}

/** @internal */
export class RpcChannel implements Channel, EndpointSetOwner {
  readonly options: ResolvedChannelOptions;
  readonly #endpoints: EndpointSet;
  readonly #budget: RetryBudget;
  /** Latencies of methods that are hedged by them. */
  readonly #quantiles = new Map<string, LatencyQuantile>();
  readonly #waiting = new WaitingCalls();
  readonly #readiness = new Readiness();
  readonly #stop = new AbortController();
  readonly #close: CloseOnce;
  #started = false;
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
    this.#endpoints = new EndpointSet(this);
    const { retry } = resolved;
    const limits = retry === false ? { ratio: 0.1, minPerSecond: 5 } : retry.budget;
    this.#budget = new RetryBudget(
      limits,
      () => this.#calls,
      () => performance.now(),
    );
    this.#close = new CloseOnce((context) => this.#shutDown(context));
  }

  /** The first client's service names what the resolver looks for. */
  serves(service: string): void {
    if (this.#service === "") this.#service = service;
  }

  get lastError(): unknown {
    return this.#endpoints.lastError;
  }

  get copyBytes(): boolean {
    return this.options.copyBytes;
  }

  // Calls

  unary(
    method: CalledMethod,
    request: unknown,
    options: CallOptions | undefined,
    resolve: Replied,
    reject: Rejected,
  ): void {
    const { attemptInterceptors, hedge } = this.options;
    if (attemptInterceptors.length > 0) attemptedUnary(this, method, request, options, resolve, reject);
    else if (hedge !== false && hedge.methods.has(method.fullName) && (options?.idempotent ?? method.idempotent))
      this.#hedged(hedge, method, request, options, resolve, reject);
    else this.attempt(method, request, options, resolve, reject);
  }

  /**
   * A unary call without what may go around it.
   *
   * @param of the attempts before this one, where somebody else makes the next; undefined = the call makes them itself.
   * @returns undefined when there is no call: it was refused.
   */
  attempt(
    method: CalledMethod,
    request: unknown,
    options: CallOptions | undefined,
    resolve: Replied,
    reject: Rejected,
    of?: EarlierAttempts,
  ): UnaryCall | undefined {
    try {
      const init = this.#init(method, request, options, this.options.timeoutMs, false);
      const call = new UnaryCall(of === undefined ? init : { ...init, once: true }, resolve, reject);
      if (of !== undefined) {
        call.attempts = of.attempts;
        call.failedEndpoint = of.failedEndpoint;
      }
      this.#begin(call, options);
      return call;
    } catch (error) {
      // What is wrong before the call exists rejects, too.
      reject(error);
      return undefined;
    }
  }

  /** @throws OptionError, RPC_CLOSED or the reason of an aborted signal, at once: there is no promise yet to reject. */
  stream(method: CalledMethod, request: unknown, options: CallOptions | undefined): StreamCall {
    const call = streamCall(this.#init(method, request, options, 0, false));
    this.#begin(call, options);
    return call;
  }

  #hedged(
    { maxAttempts, afterMs }: ResolvedHedge,
    method: CalledMethod,
    request: unknown,
    options: CallOptions | undefined,
    resolve: Replied,
    reject: Rejected,
  ): void {
    let init: CallInit;
    try {
      init = this.#init(method, request, options, this.options.timeoutMs, true);
    } catch (error) {
      reject(error);
      return;
    }
    this.#calls += 1;
    this.#inFlight += 1;
    const startedAt = performance.now();
    const leftMs = () => (init.timeoutMs === 0 ? Infinity : init.timeoutMs - (performance.now() - startedAt));
    const quantile = this.#quantileOf(method);
    void new HedgedCall(
      {
        maxAttempts,
        afterMs: () => (afterMs === "p95" ? quantile.at(0.95) : afterMs),
        mayStart: () => this.#endpoints.connections > 1 && this.#budget.take(),
        repeatAfterMs: (error, attempts) => {
          const facts = { idempotent: true, attempts, repeatable: true };
          const pauseMs = isRpcError(error) ? this.nextAttemptMs(facts, error) : undefined;
          // Without time for another attempt the caller hears why at once.
          return pauseMs === undefined || pauseMs >= leftMs() ? undefined : pauseMs;
        },
        start: (replied, rejected, avoid, pauseMs) => {
          const timeoutMs = init.timeoutMs === 0 ? 0 : Math.max(1, leftMs());
          const call = new UnaryCall({ ...init, timeoutMs }, replied, rejected);
          if (avoid !== undefined) this.#retries += 1;
          call.failedEndpoint = avoid;
          if (init.trace !== undefined) init.trace.attempts = (init.trace.attempts ?? 0) + 1;
          this.#begin(call, options, pauseMs);
          return call;
        },
        ended: (error) => {
          if (error === undefined) quantile.record(performance.now() - startedAt);
          else this.#errors += 1;
          if (init.trace !== undefined) endTrace(init.trace, init.trace.attempts ?? 0, error);
          this.#oneLess();
        },
      },
      resolve,
      reject,
    );
  }

  #quantileOf({ fullName }: CalledMethod): LatencyQuantile {
    const known = this.#quantiles.get(fullName);
    if (known !== undefined) return known;
    const quantile = new LatencyQuantile();
    this.#quantiles.set(fullName, quantile);
    return quantile;
  }

  #init(
    method: CalledMethod,
    request: unknown,
    options: CallOptions | undefined,
    timeoutMs: number,
    hedged: boolean,
  ): CallInit {
    if (this.#close.started) throw closedError("client");
    return callInit(this, method, request, options, timeoutMs, hedged);
  }

  #begin(call: ClientCall, options: CallOptions | undefined, pauseMs = 0): void {
    if (!call.hedged) {
      if (call.attempts === 0) this.#calls += 1;
      else this.#retries += 1;
      this.#inFlight += 1;
    }
    call.listenTo(options?.signal);
    call.listenTo((options?.parent ?? currentContext())?.signal);
    if (call.settled) return;
    if (pauseMs === 0) return this.#place(call);
    call.knowDeadline();
    this.#waiting.pause(call, pauseMs, () => this.#place(call));
  }

  /** Gives the call to a server, or lets it wait for one. */
  #place(call: ClientCall): void {
    if (this.#stop.signal.aborted) return call.fail(closedError("client"));
    const link = this.#endpoints.pick(call);
    if (link === undefined) return this.#wait(call);
    if (call.trace !== undefined) traceServer(call.trace, link.endpoint);
    link.start(call);
  }

  #wait(call: ClientCall): void {
    call.knowDeadline();
    const { connectTimeoutMs } = this.options;
    this.#waiting.add(call, call.waitForReady ? undefined : connectTimeoutMs, () => {
      const text = `no server for ${call.method.fullName} within ${connectTimeoutMs} ms`;
      call.fail(this.#unavailable(text, call.lastError));
    });
    this.#seek();
  }

  #unavailable(text: string, lastError: unknown): RpcError {
    const cause = lastError ?? this.#endpoints.lastError;
    const facts = { retryable: true, ...(cause === undefined ? {} : { cause }) };
    return rpcError(Status.Unavailable, `${text}${because(cause)}`, facts);
  }

  // Ends of attempts and calls

  /** After how many milliseconds a call that failed is made again; undefined = not. Then the budget counts it. */
  nextAttemptMs(facts: AttemptFacts, error: RpcError): number | undefined {
    const { retry } = this.options;
    if (retry === false || this.#stop.signal.aborted) return undefined;
    return retryAfterMs(retry, facts, error, () => this.#budget.take());
  }

  triesAgain(call: ClientCall, error: RpcError): boolean {
    const afterMs = call.hedged || call.once ? undefined : this.nextAttemptMs(call, error);
    if (afterMs === undefined) return false;
    call.knowDeadline();
    // There is no time for another attempt: the caller hears why at once.
    if (call.deadlineAt !== 0 && performance.now() + afterMs >= call.deadlineAt) return false;
    call.failedEndpoint = call.link?.endpoint.id ?? call.failedEndpoint;
    call.lastError = error;
    this.#endpoints.attemptEnded(call, error);
    call.detach();
    this.#retries += 1;
    this.#waiting.pause(call, afterMs, () => this.#place(call));
    return true;
  }

  ended(call: ClientCall, error: unknown): void {
    this.#endpoints.attemptEnded(call, error);
    this.#waiting.remove(call);
    // One of several attempts: what counts is the whole.
    if (call.hedged) return;
    if (error !== undefined && !call.once) this.#errors += 1;
    if (call.trace !== undefined) endTrace(call.trace, call.attempts, error);
    this.#oneLess();
  }

  /** Of a call with attempts that are made apart from it. */
  failed(): void {
    this.#errors += 1;
  }

  #oneLess(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#onIdle?.();
  }

  /** No server has begun with it: it is given to another one, whether or not it is idempotent. */
  notProcessed(call: ClientCall, link: Link, error: unknown): void {
    if (call.settled) return;
    call.knowDeadline();
    call.link = undefined;
    call.failedEndpoint = link.endpoint.id;
    call.lastError = error;
    const { fullName } = call.method;
    if (!call.repeatable) call.fail(this.#unavailable(`${link.endpoint.id} did not begin with ${fullName}`, error));
    else if (call.attempts >= MOST_PLACEMENTS)
      call.fail(this.#unavailable(`${call.attempts} servers did not begin with ${fullName}`, error));
    else {
      this.#retries += 1;
      this.#place(call);
    }
  }

  // Servers

  get hurried(): boolean {
    return this.#waiting.seeking || this.#readiness.awaited;
  }

  available(): void {
    for (const call of this.#waiting.take()) this.#place(call);
    this.#readiness.connected();
  }

  allGone(): void {
    this.#onGone?.();
  }

  /** Somebody waits for a server. */
  #seek(): void {
    if (this.#started) return this.#endpoints.hurry();
    this.#started = true;
    void this.#endpoints.follow(this.#service, this.#stop.signal);
  }

  // Life cycle

  async ready(options: ReadyOptions = {}): Promise<void> {
    const check = optionChecks(options, ["timeoutMs", "signal"]);
    const { timeoutMs = READY_TIMEOUT_MS, signal } = options;
    check.done(check.duration("timeoutMs", timeoutMs, { min: 1, max: MAX_TIMER_MS }));
    signal?.throwIfAborted();
    if (this.#close.started) throw closedError("client");
    if (this.#endpoints.connections > 0) return;
    const late = () => this.#unavailable(`no server within ${timeoutMs} ms`, undefined);
    const connected = this.#readiness.wait(timeoutMs, signal, late);
    this.#seek();
    await connected;
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#close.close(options);
  }

  async #shutDown(context: CloseContext): Promise<void> {
    // Whoever awaits it may have nothing else that keeps the process alive.
    const hold = setInterval(() => {}, MAX_TIMER_MS);
    try {
      await this.#end(context);
    } finally {
      clearInterval(hold);
    }
  }

  async #end({ force }: CloseContext): Promise<void> {
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
    this.#readiness.fail(closedError("client"));
    for (const call of this.#waiting.all()) call.fail(closedError("client"));
    await new Promise<void>((resolve) => {
      this.#onGone = resolve;
      this.#endpoints.end(force.aborted);
    });
    if (this.options.ownsResolver) await this.options.resolver.close?.();
  }

  stats(): ClientStats {
    return Object.freeze({
      inFlight: this.#inFlight,
      calls: this.#calls,
      errors: this.#errors,
      retries: this.#retries,
      overBudget: this.#budget.refused,
      ejected: this.#endpoints.out,
      instances: this.#endpoints.size,
      connections: this.#endpoints.connections,
      stray: this.#endpoints.stray,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
