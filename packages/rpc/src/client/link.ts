import { backoffMs } from "@servertech/core";
import type { Endpoint } from "../resolver.ts";
import type { Candidate } from "./balancing/balancer.ts";
import type { OutlierHost } from "./balancing/outlier-ejection.ts";
import { PeakEwma } from "./balancing/peak-ewma.ts";
import type { ClientCall } from "./call.ts";
import { ClientConnection, type ConnectionOwner } from "./connection.ts";
import type { ResolvedChannelOptions } from "./options.ts";

/** What a link tells its channel. */
export interface LinkOwner {
  readonly options: ResolvedChannelOptions;
  /** Calls wait for a connection. */
  readonly hurried: boolean;
  linkReady(link: Link): void;
  linkLost(link: Link, error: Error): void;
  notProcessed(call: ClientCall, link: Link, error: unknown): void;
  /** A frame came for a call that is over. */
  strayFrame(): void;
  connectionGone(): void;
}

/** 0.5 s · 2^n ± 50 %, at most 30 s. */
const BACKOFF = { minMs: 750, maxMs: 45_000, jitter: 2 / 3 };
/** A connection that lived so long was a good one: the next failure is the first again. */
const STEADY_MS = 10_000;
/** A connection that its server ends in order is replaced at once, unless it is younger than this: else they might do so for ever. */
const ORDERLY_MS = 1_000;
/** While calls wait, an endpoint is tried again after so long. */
const HURRIED_MS = 100;
const LEAST_WEIGHT = 0.001;
/** The part of its weight that an endpoint begins with while it warms up. */
const WARM_UP_FROM = 0.1;
/** Of the calls that come while others are in flight one in so many is timed. */
const SAMPLE_EVERY = 8;

/** One endpoint, or one of several connections to it: it is connected, connecting, or waits before the next attempt. */
export class Link implements Candidate {
  /** Its weight and metadata may change; its address does not. */
  endpoint: Endpoint;
  readonly latency: PeakEwma = new PeakEwma();
  /** What its endpoint did wrong lately; undefined when nothing is ejected. */
  readonly host: OutlierHost | undefined;
  #untimed = 0;
  /** Until when it warms up; 0 = it does not. */
  #warmUntil = 0;
  readonly #owner: LinkOwner;
  #connection: ClientConnection | undefined;
  /** Connections that take no new calls, and live until those in flight have ended. */
  readonly #draining = new Set<ClientConnection>();
  #failures = 0;
  #startedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #removed = false;

  constructor(endpoint: Endpoint, owner: LinkOwner, host: OutlierHost | undefined) {
    this.endpoint = endpoint;
    this.#owner = owner;
    this.host = host;
    this.#connect();
  }

  get ready(): boolean {
    return this.#connection?.ready === true;
  }

  /** Its last attempt failed, or its connection was lost, and it is not back. */
  get out(): boolean {
    return this.#failures > 0 && !this.ready;
  }

  get inFlight(): number {
    return this.#connection?.inFlight ?? 0;
  }

  get weight(): number {
    const weight = Math.max(LEAST_WEIGHT, this.endpoint.weight ?? 1);
    if (this.#warmUntil === 0) return weight;
    const leftMs = this.#warmUntil - performance.now();
    if (leftMs > 0) return weight * (1 - ((1 - WARM_UP_FROM) * leftMs) / this.#owner.options.slowStartMs);
    this.#warmUntil = 0;
    return weight;
  }

  /** Whether the next call is one of those that are timed: reading the clock for each would cost more than it tells. */
  timesNext(): boolean {
    this.#untimed += 1;
    if (this.inFlight > 0 && this.#untimed < SAMPLE_EVERY) return false;
    this.#untimed = 0;
    return true;
  }

  /** @throws TypeError when it is not ready. */
  start(call: ClientCall): void {
    if (this.#connection === undefined) throw new TypeError("a call was given to an endpoint without a connection");
    this.#connection.start(call);
  }

  /** Calls wait: the pause before the next attempt is cut short. */
  hurry(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#connectIn(Math.max(0, this.#startedAt + HURRIED_MS - performance.now()));
  }

  /** No new calls and no new connections; those in flight end first. */
  remove(): void {
    this.#removed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#connection?.drain();
  }

  destroy(): void {
    this.remove();
    this.#connection?.destroy();
    for (const connection of this.#draining) connection.destroy();
  }

  #connectIn(ms: number): void {
    this.#timer = setTimeout(() => this.#connect(), ms).unref();
  }

  #connect(): void {
    this.#timer = undefined;
    this.#startedAt = performance.now();
    const owner: ConnectionOwner = {
      options: this.#owner.options,
      opened: () => {
        const { slowStartMs } = this.#owner.options;
        if (slowStartMs > 0) this.#warmUntil = performance.now() + slowStartMs;
        this.#owner.linkReady(this);
      },
      draining: () => {
        this.#draining.add(connection);
        this.#lost(connection, new Error(`${this.endpoint.id} takes no more calls`), true);
      },
      closed: (error) => {
        this.#draining.delete(connection);
        this.#lost(connection, error, false);
        this.#owner.connectionGone();
      },
      stray: () => this.#owner.strayFrame(),
      notProcessed: (call, error) => this.#owner.notProcessed(call, this, error),
    };
    let connection: ClientConnection;
    try {
      connection = new ClientConnection(this.endpoint, owner);
    } catch (error) {
      // An address that is none, a key that cannot be read: the same as one that cannot be reached.
      this.#connectIn(this.#pauseMs());
      this.#owner.linkLost(this, error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#connection = connection;
  }

  /** Before the next attempt. */
  #pauseMs(): number {
    const pause = this.#owner.hurried ? HURRIED_MS : backoffMs(this.#failures, BACKOFF);
    this.#failures += 1;
    return Math.min(pause, 30_000);
  }

  /** @param orderly the server has asked for it: it may take a new connection at once. */
  #lost(connection: ClientConnection, error: Error, orderly: boolean): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    const livedMs = performance.now() - this.#startedAt;
    if (livedMs >= STEADY_MS) this.#failures = 0;
    if (orderly && livedMs >= ORDERLY_MS && !this.#removed) this.#connectIn(0);
    else if (!this.#removed) this.#connectIn(this.#pauseMs());
    this.#owner.linkLost(this, error);
  }

  /** Whether all its connections are gone. */
  get gone(): boolean {
    return this.#connection === undefined && this.#draining.size === 0;
  }
}
