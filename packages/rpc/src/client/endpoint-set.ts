import { backoffMs, deadlineIn, onAbort, sleep } from "@servertech/core";
import type { Endpoint } from "../resolver.ts";
import { isRpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { type Balancer, createBalancer } from "./balancing/balancer.ts";
import { type OutlierHost, OutlierEjection } from "./balancing/outlier-ejection.ts";
import type { ClientCall } from "./call.ts";
import { Link, type LinkOwner } from "./link.ts";
import type { ResolvedChannelOptions } from "./options.ts";

/** What the servers of a channel tell it. */
export interface EndpointSetOwner {
  readonly options: ResolvedChannelOptions;
  /** Calls wait for a server. */
  readonly hurried: boolean;
  /** A server takes calls. */
  available(): void;
  notProcessed(call: ClientCall, link: Link, error: unknown): void;
  /** The last connection is gone. */
  allGone(): void;
}

const RESOLVER_BACKOFF = { minMs: 100, maxMs: 10_000, jitter: 0.5 };
/** A failed call counts as one that took so long: a server that fails quickly must not look like a quick one. */
const PENALTY_MS = 1_000;
/** How often what is known of silent servers fades. */
const FADE_MS = 1_000;

/** The servers of a channel: who they are, which of them take calls, and which one gets the next. */
export class EndpointSet implements LinkOwner {
  readonly #owner: EndpointSetOwner;
  readonly options: ResolvedChannelOptions;
  /** By the id of the endpoint; as many to each as there are connections to a host. */
  readonly #links = new Map<string, readonly Link[]>();
  /** Those whose endpoint is gone, and that have calls. */
  readonly #removed = new Set<Link>();
  readonly #balancer: Balancer<Link>;
  readonly #outliers: OutlierEjection | undefined;
  #ready: readonly Link[] = [];
  #usable: readonly Link[] = [];
  #fadedAt = 0;
  #hurryResolver: () => void = () => {};
  /** Frames that came for calls that are over. */
  stray = 0;
  /** What went wrong last. */
  lastError: unknown;

  constructor(owner: EndpointSetOwner) {
    this.#owner = owner;
    this.options = owner.options;
    const { balancer, outlier } = owner.options;
    this.#balancer = createBalancer(balancer);
    this.#outliers = outlier === false ? undefined : new OutlierEjection(outlier, () => performance.now());
  }

  /** Endpoints known. */
  get size(): number {
    return this.#links.size;
  }

  /** Open connections. */
  get connections(): number {
    return this.#ready.length;
  }

  /** Endpoints that get no calls: they cannot be reached, or keep failing. */
  get out(): number {
    return [...this.#links.values()].filter((links) => {
      const [first] = links as readonly [Link];
      return links.every(({ out }) => out) || this.#isEjected(first);
    }).length;
  }

  get hurried(): boolean {
    return this.#owner.hurried;
  }

  // Who they are

  /** Follows the resolver until the signal aborts. One that ends or throws is asked again; the last list stays. */
  async follow(service: string, signal: AbortSignal): Promise<void> {
    const { resolver, logger } = this.options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        for await (const endpoints of resolver.watch(service, { signal })) {
          if (signal.aborted) return;
          attempt = 0;
          this.#update(endpoints);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.lastError = error;
        if (attempt === 0) logger.warn({ err: error }, "the RPC servers cannot be found");
      }
      await this.#pause(backoffMs(attempt, RESOLVER_BACKOFF), signal);
    }
  }

  /** Waits before the resolver is asked again; no longer than it must when calls wait. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const least = Math.min(ms, RESOLVER_BACKOFF.minMs);
    const hurried = new Promise<void>((resolve) => {
      this.#hurryResolver = resolve;
    });
    await sleep(least, { signal, ref: false }).catch(() => {}); // closed
    const left = new AbortController();
    const stop = onAbort(signal, () => left.abort());
    await Promise.race([hurried, sleep(ms - least, { signal: left.signal, ref: false }).catch(() => {})]);
    stop();
    left.abort();
  }

  #update(endpoints: readonly Endpoint[]): void {
    const wanted = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    for (const [id, links] of this.#links) {
      const next = wanted.get(id);
      const [first] = links as readonly [Link];
      if (next !== undefined && sameAddress(next, first.endpoint)) for (const link of links) link.endpoint = next;
      else this.#remove(id, links);
    }
    for (const [id, endpoint] of wanted) {
      const links = this.#links.get(id);
      if (links === undefined) this.#links.set(id, this.#add(endpoint));
      else for (const link of links) link.hurry();
    }
    this.#refresh();
  }

  #add(endpoint: Endpoint): readonly Link[] {
    const host = this.#outliers?.add();
    return Array.from({ length: this.options.connectionsPerHost }, () => new Link(endpoint, this, host));
  }

  #remove(id: string, links: readonly Link[]): void {
    this.#links.delete(id);
    const [first] = links as readonly [Link];
    if (first.host !== undefined) this.#outliers?.remove(first.host);
    for (const link of links) {
      this.#removed.add(link);
      link.remove();
      if (link.gone) this.#removed.delete(link);
    }
  }

  /** Calls wait: pauses before the next attempt to connect are cut short. */
  hurry(): void {
    this.#hurryResolver();
    for (const links of this.#links.values()) for (const link of links) link.hurry();
  }

  // Which of them take calls

  linkReady(link: Link): void {
    this.#refresh();
    this.options.logger.debug({ endpoint: link.endpoint.id }, "connected to an RPC server");
    this.#owner.available();
  }

  linkLost(link: Link, error: Error): void {
    this.lastError = error;
    const wasReady = this.#ready.includes(link);
    this.#refresh();
    if (wasReady) this.options.logger.info({ endpoint: link.endpoint.id, err: error }, "lost an RPC server");
    try {
      this.options.resolver.refresh?.();
    } catch (cause) {
      this.lastError = cause;
      this.options.logger.warn({ err: cause }, "a resolver's refresh failed");
    }
  }

  notProcessed(call: ClientCall, link: Link, error: unknown): void {
    this.#owner.notProcessed(call, link, error);
  }

  strayFrame(): void {
    this.stray += 1;
  }

  connectionGone(): void {
    for (const link of this.#removed) if (link.gone) this.#removed.delete(link);
    if (this.gone) this.#owner.allGone();
  }

  #refresh(): void {
    this.#ready = [...this.#links.values()].flat().filter(({ ready }) => ready);
    const inside = this.#ready.filter((link) => !this.#isEjected(link));
    // When all keep failing it may be anything but them: better a call that fails than none at all.
    this.#usable = inside.length === 0 ? this.#ready : inside;
    this.#balancer.update(this.#usable);
  }

  #isEjected({ host }: Link): boolean {
    return host !== undefined && this.#outliers?.isOut(host) === true;
  }

  // Which one gets the next call

  /** The server for a call; undefined when none takes calls. */
  pick(call: ClientCall): Link | undefined {
    const link = this.#balancer.pick(call.failedEndpoint, call.key);
    call.link = link;
    call.sentAt =
      // How long a stream lasts says nothing about its server.
      link !== undefined &&
      call.method.kind === "unary" &&
      this.#balancer.needsLatency &&
      this.#usable.length > 1 &&
      link.timesNext()
        ? performance.now()
        : 0;
    return link;
  }

  /** An attempt ended. @param error undefined = it went well. */
  attemptEnded(call: ClientCall, error: unknown): void {
    const { link, sentAt } = call;
    if (link === undefined) return;
    call.link = undefined;
    if (error !== undefined) call.failedEndpoint = link.endpoint.id;
    const fault = isFault(error);
    if (!fault && !isOutcome(error)) return;
    if (link.host !== undefined) {
      if (fault) this.#failed(link, link.host);
      else this.#outliers?.succeeded(link.host);
    }
    if (!fault && sentAt === 0) return;
    const now = performance.now();
    const ms = sentAt === 0 ? 0 : now - sentAt;
    link.latency.record(fault ? Math.max(ms, PENALTY_MS) : ms, now);
    if (now - this.#fadedAt < FADE_MS) return;
    this.#fadedAt = now;
    for (const other of this.#usable) if (other !== link) other.latency.fade(now);
  }

  #failed(link: Link, host: OutlierHost): void {
    if (this.#outliers?.failed(host) !== true) return;
    const outMs = host.outUntil - performance.now();
    const { endpoint } = link;
    this.options.logger.warn({ endpoint: endpoint.id, outMs: Math.round(outMs) }, "an RPC server keeps failing");
    this.#refresh();
    deadlineIn(Math.max(1, outMs), () => this.#refresh());
  }

  // The end

  /** No connection is left. */
  get gone(): boolean {
    return this.#removed.size === 0 && [...this.#links.values()].flat().every(({ gone }) => gone);
  }

  /** Ends the connections, by force or once their calls have ended. */
  end(byForce: boolean): void {
    for (const link of [...[...this.#links.values()].flat(), ...this.#removed])
      if (byForce) link.destroy();
      else link.remove();
    this.connectionGone();
  }
}

/** What speaks against the server: transport errors, UNAVAILABLE and deadlines. What a handler says does not. */
function isFault(error: unknown): boolean {
  if (!isRpcError(error)) return false;
  return error.status === Status.Unavailable || error.status === Status.DeadlineExceeded;
}

/** The server has answered, well or not; a call that its caller gave up tells nothing. */
function isOutcome(error: unknown): boolean {
  return error === undefined || (isRpcError(error) && error.status !== Status.Cancelled);
}

function sameAddress(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port && a.path === b.path;
}
