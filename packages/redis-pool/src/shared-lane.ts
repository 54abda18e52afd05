import { type Deadline, deadlineIn, sleep } from "@servertech/core";
import { cheapError } from "./cheap-error.ts";
import type { ClientSettings, RedisClient } from "./client-factory.ts";
import { lostError } from "./command-errors.ts";
import { Connection } from "./connection.ts";
import { RedisPoolError } from "./errors.ts";
import type { ResolvedRedisPoolOptions } from "./options.ts";
import type { PoolCommand } from "./pool-command.ts";
import { ReplyWatch } from "./reply-watch.ts";
import { type Settleable, settleable } from "./settleable.ts";

interface Waiting {
  readonly command: PoolCommand;
  readonly bytes: number;
  readonly since: number;
}

const DRAIN_STEP_MS = 5;

/** One shared connection and the watch over its replies. */
interface Track {
  readonly connection: Connection;
  readonly watch: ReplyWatch;
}

export interface LaneEvents {
  readonly onOpen: (client: RedisClient) => void;
  readonly onLost: (reason: unknown) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The shared connections and the commands that wait for one, in the order they were called.
 *
 * A command is sent once at most. It waits `readyTimeoutMs` at most, and fails when its reply is not there after
 * `commandTimeoutMs`.
 */
export class SharedLane {
  readonly #options: ResolvedRedisPoolOptions;
  readonly #tracks: readonly Track[];
  /** With one connection, which is the rule, nothing is searched. */
  readonly #only: Track | undefined;
  /** Unsent commands, the oldest first; those before `#head` are gone. */
  #queue: (Waiting | undefined)[] = [];
  #head = 0;
  #queuedBytes = 0;
  #headDeadline: Deadline | undefined;
  #commands = 0;
  #whenOpen: Settleable | undefined;

  constructor(options: ResolvedRedisPoolOptions, settings: ClientSettings, events: LaneEvents) {
    this.#options = options;
    this.#tracks = Array.from({ length: options.connections }, () => this.#track(settings, events));
    this.#only = this.#tracks.length === 1 ? this.#tracks[0] : undefined;
  }

  #track(settings: ClientSettings, events: LaneEvents): Track {
    const { pool, commandTimeoutMs, socketTimeoutMs } = this.#options;
    const watch = new ReplyWatch(commandTimeoutMs, socketTimeoutMs);
    const connection = new Connection(
      { ...pool, ...settings },
      {
        onReady: (client) => {
          events.onOpen(client);
          this.#flush({ connection, watch }, client);
        },
        onLost: events.onLost,
        onFailure: (error) => {
          events.onFailure(error);
          this.#refuseLogin(error);
        },
      },
    );
    return { connection, watch };
  }

  get ready(): boolean {
    return this.#tracks.some(({ connection }) => connection.client?.writable === true);
  }

  get inFlight(): number {
    return this.#tracks.reduce((sum, { connection }) => sum + (connection.client?.inFlight ?? 0), 0);
  }

  get queued(): number {
    return this.#queue.length - this.#head;
  }

  get commands(): number {
    return this.#commands;
  }

  get reconnects(): number {
    return this.#tracks.reduce((sum, { connection }) => sum + connection.reconnects, 0);
  }

  get lastError(): unknown {
    return this.#tracks.find(({ connection }) => connection.lastError !== undefined)?.connection.lastError;
  }

  /** Resolves once there is a connection; opens one. Rejects when the lane is closed. */
  opened(): Promise<void> {
    if (this.ready) return Promise.resolve();
    this.#whenOpen ??= settleable();
    this.#start();
    return this.#whenOpen.promise;
  }

  readonly send = (command: PoolCommand): Promise<unknown> => {
    this.#commands += 1;
    const track = this.#only ?? this.#leastBusy();
    const client = track?.connection.client;
    if (track !== undefined && client?.writable === true) this.#sendNow(track, client, command, undefined);
    else this.#wait(command);
    return command.promise;
  };

  /** Sends commands one behind the other on one connection. */
  sendAll(commands: readonly PoolCommand[]): void {
    const track = this.#only ?? this.#leastBusy();
    const client = track?.connection.client;
    for (const command of commands) {
      this.#commands += 1;
      if (track !== undefined && client?.writable === true) this.#sendNow(track, client, command, undefined);
      else this.#wait(command);
    }
  }

  #leastBusy(): Track | undefined {
    let best: Track | undefined;
    let fewest = Infinity;
    for (const track of this.#tracks) {
      const { client } = track.connection;
      if (client?.writable === true && client.inFlight < fewest) {
        best = track;
        fewest = client.inFlight;
      }
    }
    return best;
  }

  #sendNow(track: Track, client: RedisClient, command: PoolCommand, since: number | undefined): void {
    command.sent = true;
    client.send(command);
    track.watch.sent(client, since);
  }

  #start(): void {
    for (const { connection } of this.#tracks) connection.start();
  }

  #wait(command: PoolCommand): void {
    this.#start();
    const { maxQueued, maxQueuedBytes, readyTimeoutMs } = this.#options;
    const bytes = bytesOf(command);
    if (readyTimeoutMs === 0) return command.reject(lostError(command, this.lastError));
    if (this.queued >= maxQueued || this.#queuedBytes + bytes > maxQueuedBytes) {
      const full = `${command.name} was not sent: ${this.queued} commands with ${this.#queuedBytes} bytes wait for Redis`;
      const { lastError } = this;
      return command.reject(cheapError(() => new RedisPoolError("REDIS_QUEUE_FULL", full, { cause: lastError })));
    }
    this.#queuedBytes += bytes;
    this.#queue.push({ command, bytes, since: performance.now() });
    this.#headDeadline ??= deadlineIn(readyTimeoutMs, () => this.#expire());
  }

  #expire(): void {
    this.#headDeadline = undefined;
    const { readyTimeoutMs } = this.#options;
    const cause = this.lastError ?? new Error(`no connection within ${readyTimeoutMs} ms`);
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

  #flush(track: Track, client: RedisClient): void {
    this.#whenOpen?.resolve();
    this.#whenOpen = undefined;
    this.#headDeadline?.cancel();
    this.#headDeadline = undefined;
    const oldest = this.#queue[this.#head]?.since;
    while (this.queued > 0) this.#sendNow(track, client, this.#shift().command, oldest);
  }

  /** A login that is refused does not get better by waiting. */
  #refuseLogin(error: unknown): void {
    if ((error as { code?: unknown }).code !== "POOL_REFUSED_AUTH") return;
    while (this.queued > 0) this.#shift().command.reject(error as Error);
    this.#headDeadline?.cancel();
    this.#headDeadline = undefined;
  }

  /** Takes back what waits for a connection, the oldest first. */
  takeQueued(): PoolCommand[] {
    const taken: PoolCommand[] = [];
    while (this.queued > 0) taken.push(this.#shift().command);
    return taken;
  }

  /** Resolves when nothing is in flight or waits, or `force` aborts. */
  async drained(force?: AbortSignal): Promise<void> {
    for (;;) {
      if (force?.aborted === true || this.inFlight + this.queued === 0) return;
      await sleep(DRAIN_STEP_MS);
    }
  }

  /** Ends the connections; what waits is rejected with `error`, what is in flight as lost. */
  async close(error: Error): Promise<void> {
    this.#headDeadline?.cancel();
    this.#whenOpen?.reject(error);
    while (this.queued > 0) this.#shift().command.reject(error);
    for (const { watch } of this.#tracks) watch.stop();
    await Promise.all(this.#tracks.map(({ connection }) => connection.close()));
  }
}

/** About what a command holds in memory while it waits. */
function bytesOf(command: PoolCommand): number {
  let bytes = 64 + (command.text?.length ?? 0);
  for (const arg of command.args)
    bytes += 16 + (typeof arg === "string" ? arg.length : Buffer.isBuffer(arg) ? arg.byteLength : 8);
  return bytes;
}
