import { EventEmitter } from "node:events";
import {
  type CloseContext,
  CloseOnce,
  type CloseOptions,
  type ReadyOptions,
  abortable,
  optionChecks,
  withDeadline,
} from "@servertech/core";
import { PoolError, type WarmUpOptions } from "@servertech/resource-pool";
import { type Backend, type Shard, singleBackend } from "./backend.ts";
import type { ClientSettings } from "./client-factory.ts";
import { askSlots } from "./ask-slots.ts";
import { ClusterBackend } from "./cluster-backend.ts";
import { needsLease } from "./command-names.ts";
import { type LeasedCommands, type RedisCommands, type Send, sharedCommands } from "./commands.ts";
import { ConnectGate } from "./connect-gate.ts";
import { RedisPoolError } from "./errors.ts";
import type { ConnectionRole, RedisPoolEvents } from "./events.ts";
import { ExclusivePool } from "./exclusive-pool.ts";
import { type UseOptions, commandsOf } from "./lease.ts";
import { MAX_TIMER_MS, type RedisPoolOptions, type ResolvedRedisPoolOptions, resolveOptions } from "./options.ts";
import { type RedisPipeline, createPipeline } from "./pipeline.ts";
import type { PoolCommand } from "./pool-command.ts";
import { type RetryOptions, checkRetry, safeRetry } from "./safe-retry.ts";
import { type Script, type ScriptOptions, createScript } from "./script.ts";
import type { ServerAddress } from "./server-address.ts";
import { ShardedChannels } from "./sharded-channels.ts";
import { SharedLane } from "./shared-lane.ts";
import { addressParts, addressText } from "./slot-map.ts";
import { type RedisPoolStats, sumStats } from "./stats.ts";
import {
  type MessageHandler,
  type SubscribeOptions,
  Subscriber,
  type Subscription,
  checkSubscribe,
} from "./subscriber.ts";
import { type TransactionBody, type TransactionOptions, checkTransaction, runTransaction } from "./transaction.ts";

/** How a Redis pool ended. */
export interface RedisCloseReport {
  /** Leases that were still held when time was up; their connections were ended. */
  readonly leaked: number;
}

/** The shared commands, and a form of them that sends again what does no harm. */
export type PoolCommands = RedisCommands & {
  /**
   * The same commands, of which those that may be carried out twice (reads, SET, DEL, HSET, … without conditions) are sent
   * again when the connection is lost, until `commandTimeoutMs` after the call. All others (INCR, LPUSH, EVAL, …) are sent once.
   *
   * @throws OptionError on wrong options.
   */
  with(options: RetryOptions): RedisCommands;
};

/** A pool on Redis. Connects on first use. @throws OptionError on wrong options. */
export function createRedisPool(options: RedisPoolOptions): RedisPool {
  return new RedisPool(options);
}

/**
 * Redis over shared connections for commands, one for subscriptions, and up to `exclusive.max` that are lent to one caller
 * at a time. Emits {@link RedisPoolEvents}.
 *
 * A command is sent once at most. Commands of one turn of the event loop leave in one write, and with one shared connection
 * are carried out in the order they were called.
 */
export class RedisPool extends EventEmitter<RedisPoolEvents> implements AsyncDisposable {
  /** Redis' commands, on the shared connections. */
  readonly commands: PoolCommands;
  readonly #options: ResolvedRedisPoolOptions;
  readonly #backend: Backend;
  readonly #subscriber: Subscriber;
  /** Only in a cluster; elsewhere the subscriber hears sharded channels, too. */
  readonly #sharded: ShardedChannels | undefined;
  readonly #closeOnce: CloseOnce<RedisCloseReport>;
  /** For work that had been accepted when `close` was called. */
  readonly #accepted: RedisCommands;
  #down = false;
  #suspended = false;
  #turn = -1;

  /** @throws OptionError on wrong options. */
  constructor(options: RedisPoolOptions) {
    super();
    this.#options = resolveOptions(options);
    const { pool, commandTimeoutMs } = this.#options;
    const gate = new ConnectGate();
    const { server, cluster } = this.#options;
    if (cluster === undefined) {
      const shard = this.#makeShard(() => server, gate);
      this.#backend = singleBackend(shard);
      this.#subscriber = shard.subscriber;
    } else {
      this.#backend = this.#makeCluster(server, cluster);
      this.#subscriber = this.#makeSubscriber(() => this.#anyNode(server), gate);
      this.#sharded = new ShardedChannels(this.#backend, commandTimeoutMs, pool.logger);
    }
    const send: Send = (command) => this.#send(command);
    this.commands = Object.assign(sharedCommands(send), {
      with: (retry: RetryOptions): RedisCommands => {
        checkRetry(retry);
        return sharedCommands(safeRetry(send, commandTimeoutMs));
      },
    });
    this.#accepted = sharedCommands((command) => this.#backend.send(command));
    this.#closeOnce = new CloseOnce((context) => this.#close(context));
  }

  /** The pool's `name`. */
  get name(): string {
    return this.#options.pool.name;
  }

  /** The connections to one server, or to the master that Sentinels name. */
  #makeShard(server: () => ServerAddress, gate: ConnectGate): Shard {
    /** Of the server that was connected to last. */
    let known: string | undefined;
    const exclusive = new ExclusivePool(this.#options, this.#settings("exclusive", server, gate), this, {
      onTimeout: (error) => this.#emitSafely("timeout", error),
      onLeak: (error) => this.#emitSafely("leak", error),
      onDown: (error) => this.#missed(error),
      onUp: () => {
        // A shared connection that cannot be opened says by itself when it can.
        if (lane.lastError === undefined) this.#reached();
      },
    });
    if (this.#suspended) exclusive.suspend();
    const lane = new SharedLane(this.#options, this.#settings("shared", server, gate), {
      onOpen: ({ address }) => {
        // After a failover: leases on the old master would go on there.
        if (known !== undefined && known !== address) exclusive.evict();
        known = address;
        this.#reached();
      },
      onLost: (reason) => this.#missed(reason),
      onFailure: (error) => this.#missed(error),
    });
    return { lane, exclusive, subscriber: this.#makeSubscriber(server, gate) };
  }

  #makeSubscriber(server: () => ServerAddress, gate: ConnectGate): Subscriber {
    const { pool, commandTimeoutMs } = this.#options;
    return new Subscriber({ ...pool, ...this.#settings("subscriber", server, gate) }, commandTimeoutMs, () => {
      if (this.#backend instanceof ClusterBackend) this.#backend.missed();
    });
  }

  #makeCluster(server: ServerAddress, further: readonly string[]): Backend {
    const { pool } = this.#options;
    const asking = this.#settings("shared", () => server, new ConnectGate());
    return new ClusterBackend({
      seeds: [addressText(server.host, server.port), ...further],
      // Each node has a gate of its own: one that is down must not hold up the others.
      makeShard: (address) => this.#makeShard(() => ({ ...server, ...addressParts(address) }), new ConnectGate()),
      askSlots: (address, signal) =>
        askSlots({ ...asking, server: () => ({ ...server, ...addressParts(address) }) }, signal),
      timeoutMs: pool.acquireTimeoutMs,
      logger: pool.logger,
    });
  }

  /** Messages of plain channels are heard at every node: the next one in turn, in case the last one is gone. */
  #anyNode(server: ServerAddress): ServerAddress {
    const addresses = (this.#backend as ClusterBackend).addresses;
    this.#turn += 1;
    const address = addresses[this.#turn % addresses.length];
    return address === undefined ? server : { ...server, ...addressParts(address) };
  }

  #settings(role: ConnectionRole, server: () => ServerAddress, gate: ConnectGate): ClientSettings {
    const { socketTimeoutMs, pool } = this.#options;
    return {
      server,
      gate,
      connectTimeoutMs: pool.connectTimeoutMs,
      // The shared lane watches over its replies itself.
      socketTimeoutMs: role === "subscriber" ? socketTimeoutMs : undefined,
      onConnect: (durationMs) => this.#emitSafely("connect", { role, durationMs }),
      onEnd: (reason) => this.#emitSafely("remove", { role, reason }),
    };
  }

  #send(command: PoolCommand): Promise<unknown> {
    if (this.#closeOnce.started) {
      command.reject(this.#closedError());
      return command.promise;
    }
    // Quick commands neither block nor change a connection.
    if (command.text === undefined && needsLease(command.name, command.args)) return this.#backend.sendOnLease(command);
    return this.#backend.send(command);
  }

  /**
   * Lends a connection to `body` until it has returned, rejected or thrown: for commands that block, and for WATCH and
   * MULTI. What `body` leaves behind (MULTI, WATCH, another database, a command without reply) does not reach the next user.
   *
   * @throws PoolError as `acquire` of a resource pool; the signal's reason; what `body` throws.
   */
  async use<T>(body: (commands: LeasedCommands) => T | PromiseLike<T>, options: UseOptions = {}): Promise<T> {
    const { key, signal, timeoutMs, priority } = options;
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw this.#closedError();
    const shard = this.#backend.shardOf(key, signal);
    // Without a turn between, the stack that a leak is told with begins at the caller.
    const { exclusive } = shard instanceof Promise ? await shard : shard;
    return exclusive.use((lease) => body(commandsOf(lease)), { signal, timeoutMs, priority });
  }

  /**
   * Watches `keys`, lets `body` read and say what is to be carried out, and carries that out if nobody has changed the keys
   * meanwhile; else `body` is called again, up to `retries` times. Resolves to the replies in order, without anything called
   * to an empty list.
   *
   * @throws RedisPoolError `REDIS_WATCH_CONFLICT`, `REDIS_REPLY`, `REDIS_UNAVAILABLE` (`maybeExecuted` when EXEC was sent);
   * PoolError as `acquire`; the signal's reason; OptionError; what `body` throws. All as rejections.
   */
  async transaction(
    keys: readonly (string | Buffer)[],
    body: TransactionBody,
    options: TransactionOptions = {},
  ): Promise<unknown[]> {
    const retries = checkTransaction(keys, body, options);
    const { signal, timeoutMs, priority } = options;
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw this.#closedError();
    for (let moves = 0; ; moves++) {
      const { exclusive } = await this.#backend.shardOf(keys[0], signal);
      try {
        return await exclusive.use((lease) => runTransaction(lease, keys, body, retries, signal), {
          signal,
          timeoutMs,
          priority,
        });
      } catch (error) {
        // The node has done nothing: the keys are another one's by now.
        if (moves === MOST_MOVES || (error as RedisPoolError).reply !== "MOVED") throw error;
        await this.#backend.relocate();
      }
    }
  }

  /**
   * Collects commands and sends them one behind the other on one connection. Not a transaction: commands of others may be
   * carried out in between. On a closed pool each fails with `POOL_CLOSED`.
   */
  pipeline(): RedisPipeline {
    return createPipeline((commands) => {
      if (!this.#closeOnce.started) return this.#backend.sendAll(commands);
      for (const command of commands) command.reject(this.#closedError());
    });
  }

  /**
   * Calls `handler` with each message of a channel, from the moment this resolves. After a lost connection the
   * subscription is made again and `onGap` is called.
   *
   * @throws RedisPoolError `REDIS_UNAVAILABLE` after `commandTimeoutMs`, `REDIS_REPLY`; PoolError `POOL_CLOSED`; the
   * signal's reason; OptionError. All as rejections.
   */
  async subscribe(channel: string, handler: MessageHandler, options: SubscribeOptions = {}): Promise<Subscription> {
    checkSubscribe(channel, handler, options);
    if (this.#closeOnce.started) throw this.#closedError();
    if (options.sharded === true && this.#sharded !== undefined)
      return this.#sharded.subscribe(channel, handler, options);
    return this.#subscriber.subscribe(channel, handler, options);
  }

  /**
   * Makes a function of a Lua script: it calls EVALSHA, and EVAL when Redis does not know the script.
   *
   * @throws OptionError on wrong options.
   */
  script(options: ScriptOptions): Script {
    return createScript(this.commands, this.#accepted, options);
  }

  /**
   * Resolves when a shared connection is open; opens it.
   *
   * @param options `timeoutMs` is by default `acquireTimeoutMs`.
   * @throws RedisPoolError `REDIS_UNAVAILABLE` with the last failure as `cause`; PoolError `POOL_CLOSED`; the signal's
   * reason.
   */
  async ready(options: ReadyOptions = {}): Promise<void> {
    const { signal, timeoutMs = this.#options.pool.acquireTimeoutMs } = options;
    const check = optionChecks(options, ["timeoutMs", "signal"]);
    check.done(check.duration("timeoutMs", timeoutMs, { min: 1, max: MAX_TIMER_MS }));
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw this.#closedError();
    const late = (): Error =>
      new RedisPoolError("REDIS_UNAVAILABLE", `no connection to Redis within ${timeoutMs} ms`, {
        cause: this.#backend.shards.find(({ lane }) => lane.lastError !== undefined)?.lane.lastError,
      });
    await abortable(withDeadline(this.#backend.opened(), timeoutMs, late), signal);
  }

  /**
   * Opens exclusive connections until `count` are there, lent ones included; in a cluster at each master. They are not kept for
   * longer than others: see `exclusive.min`.
   *
   * @param count from 0 to `exclusive.max`.
   * @throws PoolError `POOL_ACQUIRE_TIMEOUT`, `POOL_REFUSED_AUTH` or `POOL_CLOSED`; RedisPoolError `REDIS_UNAVAILABLE` when no
   * node of a cluster answers; the signal's reason; OptionError on a wrong `count` or `timeoutMs`. All as rejections.
   */
  async warmup(count: number, options: WarmUpOptions = {}): Promise<void> {
    const { max, acquireTimeoutMs } = this.#options.pool;
    const { signal, timeoutMs = acquireTimeoutMs } = options;
    const check = optionChecks(options, ["timeoutMs", "signal"]);
    check.integer("count", count, { max });
    check.done(check.duration("timeoutMs", timeoutMs, { min: 1, max: MAX_TIMER_MS }));
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw this.#closedError();
    await abortable(this.#backend.located(), signal);
    await Promise.all(this.#backend.current.map(({ exclusive }) => exclusive.warmup(count, { signal, timeoutMs })));
  }

  /** Replaces every exclusive connection: idle ones are closed now, lent ones when they come back. Nothing lent is disturbed. */
  evict(): void {
    for (const { exclusive } of this.#backend.current) exclusive.evict();
  }

  /**
   * Lends no exclusive connection until `resume`: callers of `use` and `transaction`, and commands that block, wait up to their
   * deadline. What is lent, and the shared connections, go on.
   */
  suspend(): void {
    this.#suspended = true;
    for (const { exclusive } of this.#backend.current) exclusive.suspend();
  }

  /** Ends `suspend`: those who wait are served. */
  resume(): void {
    this.#suspended = false;
    for (const { exclusive } of this.#backend.current) exclusive.resume();
  }

  stats(): RedisPoolStats {
    const { shards, past } = this.#backend;
    return Object.freeze({
      ...sumStats(shards, past),
      name: this.name,
      suspended: this.#suspended,
      ready: shards.some(({ lane }) => lane.ready),
      channels: this.#subscriber.size + (this.#sharded?.size ?? 0),
    });
  }

  /**
   * Refuses new work, lets commands and leases end within `timeoutMs`, then ends them by force. Resolves when every socket
   * is closed. May be called again: the same promise.
   */
  close(options?: CloseOptions): Promise<RedisCloseReport> {
    return this.#closeOnce.close(options);
  }

  async #close({ force }: CloseContext): Promise<RedisCloseReport> {
    // Refused subscriptions and callers of ready() need not wait for the rest.
    this.#sharded?.close(this.#closedError());
    await this.#subscriber.close(this.#closedError());
    const exclusives = this.#backend.shards.map(({ exclusive }) =>
      exclusive.close({ timeoutMs: MAX_TIMER_MS, signal: force }),
    );
    // What one node sends on another one carries out: they end together.
    while (!force.aborted && this.#backend.shards.some(({ lane }) => lane.inFlight + lane.queued > 0))
      await Promise.all(this.#backend.shards.map(({ lane }) => lane.drained(force)));
    this.#backend.stop();
    const closed = this.#closedError();
    await Promise.all(
      this.#backend.shards.map(({ lane, subscriber }) => Promise.all([lane.close(closed), subscriber.close(closed)])),
    );
    const reports = await Promise.all(exclusives);
    return { leaked: reports.reduce((sum, { leaked }) => sum + leaked, 0) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #reached(): void {
    if (!this.#down) return;
    this.#down = false;
    this.#emitSafely("up");
  }

  #missed(reason: unknown): void {
    if (this.#backend instanceof ClusterBackend) this.#backend.missed();
    if (this.#down || this.#backend.shards.some(({ lane }) => lane.ready)) return;
    this.#down = true;
    this.#emitSafely("down", reason);
  }

  /** A listener that throws must not stop what the event tells of. */
  #emitSafely<K extends keyof RedisPoolEvents>(event: K, ...args: RedisPoolEvents[K]): void {
    try {
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      this.#options.pool.logger.error({ err: error, event }, "an event's listener failed");
    }
  }

  #closedError(): PoolError {
    return new PoolError("POOL_CLOSED", `the pool ${this.#options.pool.name} is closed`);
  }
}

/** A transaction whose keys move follows them so often. */
const MOST_MOVES = 5;
