import { type Deadline, deadlineIn } from "@servertech/core";
import type { RedisClient, RedisCommand } from "./client-factory.ts";
import { lostError } from "./command-errors.ts";
import { Connection } from "./connection.ts";
import { RedisPoolError } from "./errors.ts";
import type { ResolvedRedisPoolOptions } from "./options.ts";
import { ReplyWatch } from "./reply-watch.ts";

interface Waiting {
  readonly command: RedisCommand;
  readonly bytes: number;
  readonly since: number;
}

/**
 * The shared connection and the commands that wait for it, in the order they were called.
 *
 * A command is sent once at most. It waits `readyTimeoutMs` at most, and fails when its reply is not there after
 * `commandTimeoutMs`.
 */
export class SharedLane {
  readonly #options: ResolvedRedisPoolOptions;
  readonly #connection: Connection;
  readonly #watch: ReplyWatch;
  /** Unsent commands, the oldest first; those before `#head` are gone. */
  #queue: (Waiting | undefined)[] = [];
  #head = 0;
  #queuedBytes = 0;
  #headDeadline: Deadline | undefined;
  #commands = 0;
  #whenOpen: { readonly promise: Promise<void>; resolve(): void; reject(error: Error): void } | undefined;

  constructor(options: ResolvedRedisPoolOptions) {
    this.#options = options;
    this.#watch = new ReplyWatch(options.commandTimeoutMs);
    this.#connection = new Connection(
      { ...options.pool, url: options.url, socketTimeoutMs: options.socketTimeoutMs },
      {
        onReady: (client) => this.#flush(client),
        onFailure: (error) => this.#refuseLogin(error),
      },
    );
  }

  get ready(): boolean {
    return this.#connection.client?.writable === true;
  }

  get inFlight(): number {
    return this.#connection.client?.inFlight ?? 0;
  }

  get queued(): number {
    return this.#queue.length - this.#head;
  }

  get commands(): number {
    return this.#commands;
  }

  get reconnects(): number {
    return this.#connection.reconnects;
  }

  get lastError(): unknown {
    return this.#connection.lastError;
  }

  /** Resolves once there is a connection; opens one. Rejects when the lane is closed. */
  opened(): Promise<void> {
    if (this.ready) return Promise.resolve();
    this.#whenOpen ??= settleable();
    this.#connection.start();
    return this.#whenOpen.promise;
  }

  readonly send = (command: RedisCommand): Promise<unknown> => {
    this.#commands += 1;
    const { client } = this.#connection;
    if (client?.writable === true) this.#sendNow(client, command, undefined);
    else this.#wait(command);
    return command.promise;
  };

  #sendNow(client: RedisClient, command: RedisCommand, since: number | undefined): void {
    command.sent = true;
    client.send(command);
    this.#watch.sent(client, since);
  }

  #wait(command: RedisCommand): void {
    this.#connection.start();
    const { maxQueued, maxQueuedBytes, readyTimeoutMs } = this.#options;
    const bytes = bytesOf(command);
    if (readyTimeoutMs === 0) return command.reject(lostError(command, this.#connection.lastError));
    if (this.queued >= maxQueued || this.#queuedBytes + bytes > maxQueuedBytes) {
      const full = `${this.queued} commands with ${this.#queuedBytes} bytes wait for Redis`;
      return command.reject(new RedisPoolError("REDIS_QUEUE_FULL", full, { cause: this.#connection.lastError }));
    }
    this.#queuedBytes += bytes;
    this.#queue.push({ command, bytes, since: performance.now() });
    this.#headDeadline ??= deadlineIn(readyTimeoutMs, () => this.#expire());
  }

  #expire(): void {
    this.#headDeadline = undefined;
    const { readyTimeoutMs } = this.#options;
    const cause = this.#connection.lastError ?? new Error(`no connection within ${readyTimeoutMs} ms`);
    for (let head = this.#queue[this.#head]; head !== undefined; head = this.#queue[this.#head]) {
      const left = head.since + readyTimeoutMs - performance.now();
      // The wheel counts in whole steps: what is due within a millisecond is due now.
      if (left > 1) {
        this.#headDeadline = deadlineIn(Math.ceil(left), () => this.#expire());
        break;
      }
      this.#shift().command.reject(lostError(head.command, cause));
    }
  }

  #shift(): Waiting {
    const waiting = this.#queue[this.#head] as Waiting;
    this.#queue[this.#head] = undefined;
    this.#head += 1;
    this.#queuedBytes -= waiting.bytes;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    return waiting;
  }

  #flush(client: RedisClient): void {
    this.#whenOpen?.resolve();
    this.#whenOpen = undefined;
    this.#headDeadline?.cancel();
    this.#headDeadline = undefined;
    const oldest = this.#queue[this.#head]?.since;
    while (this.queued > 0) this.#sendNow(client, this.#shift().command, oldest);
  }

  /** A login that is refused does not get better by waiting. */
  #refuseLogin(error: unknown): void {
    if ((error as { code?: unknown }).code !== "POOL_REFUSED_AUTH") return;
    while (this.queued > 0) this.#shift().command.reject(error as Error);
    this.#headDeadline?.cancel();
    this.#headDeadline = undefined;
  }

  /** Ends the connection; what waits is rejected with `error`, what is in flight as lost. */
  async close(error: Error): Promise<void> {
    this.#headDeadline?.cancel();
    this.#whenOpen?.reject(error);
    while (this.queued > 0) this.#shift().command.reject(error);
    this.#watch.stop();
    await this.#connection.close();
  }
}

function settleable(): { readonly promise: Promise<void>; resolve(): void; reject(error: Error): void } {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  // Whoever waits may have gone.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** About what a command holds in memory while it waits. */
function bytesOf(command: RedisCommand): number {
  let bytes = 64;
  for (const arg of command.args)
    bytes += 16 + (typeof arg === "string" ? arg.length : Buffer.isBuffer(arg) ? arg.byteLength : 8);
  return bytes;
}
