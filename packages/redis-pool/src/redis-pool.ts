import { EventEmitter } from "node:events";
import {
  type CloseContext,
  CloseOnce,
  type CloseOptions,
  type ReadyOptions,
  abortable,
  optionChecks,
  sleep,
  withDeadline,
} from "@servertech/core";
import { PoolError } from "@servertech/resource-pool";
import type { ClientSettings } from "./client-factory.ts";
import { needsLease } from "./command-names.ts";
import { type LeasedCommands, type RedisCommands, type Send, sharedCommands } from "./commands.ts";
import { ConnectGate } from "./connect-gate.ts";
import { RedisPoolError } from "./errors.ts";
import type { ConnectionRole, RedisPoolEvents } from "./events.ts";
import { ExclusivePool } from "./exclusive-pool.ts";
import { type UseOptions, commandsOf } from "./lease.ts";
import { type RedisPoolOptions, type ResolvedRedisPoolOptions, resolveOptions } from "./options.ts";
import { type RedisPipeline, createPipeline } from "./pipeline.ts";
import type { PoolCommand } from "./pool-command.ts";
import { type RetryOptions, checkRetry, safeRetry } from "./safe-retry.ts";
import { type Script, type ScriptOptions, createScript } from "./script.ts";
import { SharedLane } from "./shared-lane.ts";
import type { RedisPoolStats } from "./stats.ts";
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
  readonly #lane: SharedLane;
  readonly #exclusive: ExclusivePool;
  readonly #subscriber: Subscriber;
  readonly #closeOnce: CloseOnce<RedisCloseReport>;
  /** For work that had been accepted when `close` was called. */
  readonly #accepted: RedisCommands;
  #down = false;
  /** Of the master that was connected to last. */
  #address: string | undefined;

  /** @throws OptionError on wrong options. */
  constructor(options: RedisPoolOptions) {
    super();
    this.#options = resolveOptions(options);
    const { pool, commandTimeoutMs } = this.#options;
    const gate = new ConnectGate();
    const lane = this.#settings("shared", gate);
    this.#lane = new SharedLane(this.#options, lane, {
      onOpen: ({ address }) => this.#reached(address),
      onLost: (reason) => this.#missed(reason),
      onFailure: (error) => this.#missed(error),
    });
    this.#subscriber = new Subscriber({ ...pool, ...this.#settings("subscriber", gate) }, commandTimeoutMs);
    this.#exclusive = new ExclusivePool(this.#options, this.#settings("exclusive", gate), this, {
      onTimeout: (error) => this.#emitSafely("timeout", error),
    });
    const send: Send = (command) => this.#send(command);
    this.commands = Object.assign(sharedCommands(send), {
      with: (retry: RetryOptions): RedisCommands => {
        checkRetry(retry);
        return sharedCommands(safeRetry(send, commandTimeoutMs));
      },
    });
    this.#accepted = sharedCommands(this.#lane.send);
    this.#closeOnce = new CloseOnce((context) => this.#close(context));
  }

  /** The pool's `name`. */
  get name(): string {
    return this.#options.pool.name;
  }

  #settings(role: ConnectionRole, gate: ConnectGate): ClientSettings {
    const { server, socketTimeoutMs, pool } = this.#options;
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
    if (command.text === undefined && needsLease(command.name, command.args)) return this.#sendOnLease(command);
    return this.#lane.send(command);
  }

  async #sendOnLease(command: PoolCommand): Promise<unknown> {
    try {
      return await this.#exclusive.use((lease) => lease.resource.send(command));
    } catch (error) {
      // No lease: the command's own promise has no other owner than its caller's callback.
      if (!command.sent) command.reject(error as Error);
      return command.promise;
    }
  }

  /**
   * Lends a connection to `body` until it has returned, rejected or thrown: for commands that block, and for WATCH and
   * MULTI. What `body` leaves behind (MULTI, WATCH, another database, a command without reply) does not reach the next user.
   *
   * @throws PoolError as `acquire` of a resource pool; the signal's reason; what `body` throws.
   */
  use<T>(body: (commands: LeasedCommands) => T | PromiseLike<T>, options?: UseOptions): Promise<T> {
    return this.#exclusive.use((lease) => body(commandsOf(lease)), options);
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
    const { signal, timeoutMs } = options;
    return this.#exclusive.use((lease) => runTransaction(lease, keys, body, retries, signal), { signal, timeoutMs });
  }

  /**
   * Collects commands and sends them one behind the other on one connection. Not a transaction: commands of others may be
   * carried out in between. On a closed pool each fails with `POOL_CLOSED`.
   */
  pipeline(): RedisPipeline {
    return createPipeline((commands) => {
      if (!this.#closeOnce.started) return this.#lane.sendAll(commands);
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
    check.done(check.duration("timeoutMs", timeoutMs, { min: 1, max: 2 ** 31 - 1 }));
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw this.#closedError();
    const late = (): Error =>
      new RedisPoolError("REDIS_UNAVAILABLE", `no connection to Redis within ${timeoutMs} ms`, {
        cause: this.#lane.lastError,
      });
    await abortable(withDeadline(this.#lane.opened(), timeoutMs, late), signal);
  }

  stats(): RedisPoolStats {
    const { ready, inFlight, queued, commands, reconnects } = this.#lane;
    const channels = this.#subscriber.size;
    return Object.freeze({ ...this.#exclusive.stats(), ready, inFlight, queued, commands, reconnects, channels });
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
    await this.#subscriber.close(this.#closedError());
    const exclusive = this.#exclusive.close({ timeoutMs: MAX_CLOSE_MS, signal: force });
    while (!force.aborted && this.#lane.inFlight + this.#lane.queued > 0) await sleep(DRAIN_STEP_MS);
    await this.#lane.close(this.#closedError());
    return exclusive;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #reached(address: string): void {
    // After a failover: leases on the old master would go on there.
    if (this.#address !== undefined && this.#address !== address) this.#exclusive.evict();
    this.#address = address;
    if (!this.#down) return;
    this.#down = false;
    this.#emitSafely("up");
  }

  #missed(reason: unknown): void {
    if (this.#down || this.#lane.ready) return;
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

const MAX_CLOSE_MS = 2 ** 31 - 1;
const DRAIN_STEP_MS = 5;
