import { type Logger, backoffMs } from "@servertech/core";
import { PoolError } from "@servertech/resource-pool";
import { type ClientSettings, type RedisClient, openInTime } from "./client-factory.ts";

export interface ConnectionOptions extends ClientSettings {
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly name: string;
  readonly logger: Logger;
}

export interface ConnectionEvents {
  /** A connection is open: the first one, or the next after a loss. */
  readonly onReady: (client: RedisClient) => void;
  /** Opening failed; it is tried again. */
  readonly onFailure: (error: unknown) => void;
  /** The open connection was lost; the next one is opened. */
  readonly onLost?: (reason: unknown) => void;
}

/** One connection that is opened again whenever it is lost, from `start` to `close`. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #closing = new AbortController();
  #client: RedisClient | undefined;
  #opening: Promise<void> | undefined;
  #pause: NodeJS.Timeout | undefined;
  #failures = 0;
  #opened = 0;
  #lastError: unknown;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** The open connection; undefined when there is none. */
  get client(): RedisClient | undefined {
    return this.#client;
  }

  /** Why there is no connection; undefined when there is one, or nothing has failed yet. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Connections opened after the first one. */
  get reconnects(): number {
    return Math.max(0, this.#opened - 1);
  }

  /** Begins to connect; does nothing when that was begun before. */
  start(): void {
    if (this.#client !== undefined || this.#opening !== undefined || this.#pause !== undefined) return;
    if (this.#closing.signal.aborted) return;
    this.#opening = this.#open();
  }

  async #open(): Promise<void> {
    const { connectTimeoutMs, logger, name } = this.#options;
    const late = (): Error => new PoolError("POOL_CONNECT_TIMEOUT", `no connection within ${connectTimeoutMs} ms`);
    let lost = false;
    const onLost = (reason: unknown): void => {
      lost = true;
      if (this.#client !== undefined) this.#lost(reason);
    };
    try {
      const client = await openInTime(this.#options, { signal: this.#closing.signal, lost: onLost }, late);
      this.#opening = undefined;
      if (this.#closing.signal.aborted) return await client.close();
      if (lost) throw new Error("the connection was lost as soon as it was open");
      if (this.#failures > 0) logger.info({ pool: name, failures: this.#failures }, "Redis can be reached again");
      this.#client = client;
      this.#failures = 0;
      this.#opened += 1;
      this.#lastError = undefined;
      this.#events.onReady(client);
    } catch (error) {
      this.#opening = undefined;
      if (this.#closing.signal.aborted) return;
      if (this.#failures === 0) logger.warn({ err: error, pool: name }, "cannot connect to Redis, trying again");
      this.#lastError = error;
      this.#events.onFailure(error);
      this.#again();
    }
  }

  #lost(reason: unknown): void {
    this.#client = undefined;
    if (this.#closing.signal.aborted) return;
    this.#options.logger.warn({ err: reason, pool: this.#options.name }, "lost a connection to Redis");
    this.#lastError = reason;
    this.#events.onLost?.(reason);
    this.#again();
  }

  #again(): void {
    const { backoffMinMs, backoffMaxMs } = this.#options;
    const delay = backoffMs(this.#failures, { minMs: backoffMinMs, maxMs: backoffMaxMs, jitter: 0.5 });
    this.#failures += 1;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.start();
    }, delay);
  }

  /** Ends the connection; resolves when its socket is closed. What is in flight is rejected. */
  async close(): Promise<void> {
    this.#closing.abort(new PoolError("POOL_CLOSED", `the pool ${this.#options.name} is closed`));
    clearTimeout(this.#pause);
    await Promise.all([this.#opening, this.#client?.close()]);
  }
}
