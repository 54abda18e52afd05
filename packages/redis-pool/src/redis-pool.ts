import {
  type CloseContext,
  CloseOnce,
  type CloseOptions,
  type ReadyOptions,
  abortable,
  onAbort,
  optionChecks,
  sleep,
  withDeadline,
} from "@servertech/core";
import { type Lease, PoolError, type ResourcePool, createResourcePool } from "@servertech/resource-pool";
import { RedisCommand, openClient } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { blocks } from "./command-names.ts";
import { type LeasedCommands, type RedisCommands, sharedCommands } from "./commands.ts";
import { RedisPoolError } from "./errors.ts";
import { ExclusiveConnection, type UseOptions, useExclusive } from "./lease.ts";
import { type RedisPoolOptions, type ResolvedRedisPoolOptions, resolveOptions } from "./options.ts";
import { type Script, type ScriptOptions, createScript } from "./script.ts";
import { SharedLane } from "./shared-lane.ts";
import type { RedisPoolStats } from "./stats.ts";
import { type MessageHandler, type SubscribeOptions, Subscriber, type Subscription } from "./subscriber.ts";

/** How a Redis pool ended. */
export interface RedisCloseReport {
  /** Leases that were still held when time was up; their connections were ended. */
  readonly leaked: number;
}

/** A pool on one Redis server. Connects on first use. @throws OptionError on wrong options. */
export function createRedisPool(options: RedisPoolOptions): RedisPool {
  return new RedisPool(options);
}

/**
 * Redis over one shared connection for commands, one for subscriptions, and up to `exclusive.max` that are lent to one
 * caller at a time.
 *
 * A command is sent once at most. Commands of one turn of the event loop leave in one write, and are carried out in the
 * order they were called.
 */
export class RedisPool implements AsyncDisposable {
  /** Redis' commands, on the shared connection. */
  readonly commands: RedisCommands;
  readonly #options: ResolvedRedisPoolOptions;
  readonly #lane: SharedLane;
  readonly #exclusive: ResourcePool<ExclusiveConnection>;
  readonly #subscriber: Subscriber;
  readonly #closeOnce: CloseOnce<RedisCloseReport>;
  /** For work that had been accepted when `close` was called. */
  readonly #accepted: RedisCommands;

  /** @throws OptionError on wrong options. */
  constructor(options: RedisPoolOptions) {
    this.#options = resolveOptions(options);
    const { pool, url, socketTimeoutMs, commandTimeoutMs } = this.#options;
    this.#lane = new SharedLane(this.#options);
    this.#subscriber = new Subscriber({ ...pool, url, socketTimeoutMs }, commandTimeoutMs);
    this.#exclusive = createResourcePool({
      ...pool,
      // No socket timeout: a blocking command is silent by design.
      create: async (context) =>
        new ExclusiveConnection(await openClient({ url, socketTimeoutMs: undefined }, context)),
      destroy: ({ client }) => client.close(),
      validate: (connection) => connection.ping(),
      reset: (connection) => connection.reset(),
    });
    this.commands = sharedCommands((command) => this.#send(command));
    this.#accepted = sharedCommands(this.#lane.send);
    this.#closeOnce = new CloseOnce((context) => this.#close(context));
  }

  #send(command: RedisCommand): Promise<unknown> {
    if (this.#closeOnce.started) {
      command.reject(this.#closedError());
      return command.promise;
    }
    return blocks(command.name, command.args) ? this.#sendOnLease(command) : this.#lane.send(command);
  }

  async #sendOnLease(command: RedisCommand): Promise<unknown> {
    let lease: Lease<ExclusiveConnection>;
    try {
      lease = await this.#exclusive.acquire();
    } catch (error) {
      command.reject(error as Error);
      return command.promise;
    }
    try {
      return await lease.resource.send(command);
    } finally {
      lease.release();
    }
  }

  /**
   * Lends a connection to `body` until it has returned, rejected or thrown: for commands that block, and for WATCH and
   * MULTI. What `body` leaves behind (MULTI, WATCH, another database, a command without reply) does not reach the next user.
   *
   * @throws PoolError as `acquire` of a resource pool; the signal's reason; what `body` throws.
   */
  use<T>(body: (commands: LeasedCommands) => T | PromiseLike<T>, options?: UseOptions): Promise<T> {
    return useExclusive(this.#exclusive, body, options);
  }

  /**
   * Calls `handler` with each message of a channel, from the moment this resolves. After a lost connection the
   * subscription is made again and `onGap` is called.
   *
   * @throws RedisPoolError `REDIS_UNAVAILABLE` after `commandTimeoutMs`, `REDIS_REPLY`; PoolError `POOL_CLOSED`; the
   * signal's reason; OptionError. All as rejections.
   */
  async subscribe(channel: string, handler: MessageHandler, options: SubscribeOptions = {}): Promise<Subscription> {
    const check = optionChecks(options, ["onGap", "signal"]);
    check.string("channel", channel);
    check.func("handler", handler);
    if (options.onGap !== undefined) check.func("onGap", options.onGap);
    check.done(undefined);
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
   * Resolves when the shared connection is open; opens it.
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
    await this.#drain(force);
    await this.#lane.close(this.#closedError());
    return exclusive;
  }

  /** Waits for the replies to all shared commands: that of a last one comes after theirs. */
  async #drain(force: AbortSignal): Promise<void> {
    const forced = new Promise<void>((resolve) => onAbort(force, () => resolve()));
    while (!force.aborted && this.#lane.inFlight + this.#lane.queued > 0) {
      const fence = new RedisCommand("ping", [], "utf8", commandError);
      // Refused for want of a connection or of room: what is before it settles within its own time.
      const passed = this.#lane.send(fence).catch(() => sleep(DRAIN_STEP_MS));
      await Promise.race([passed, forced]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #closedError(): PoolError {
    return new PoolError("POOL_CLOSED", `the pool ${this.#options.pool.name} is closed`);
  }
}

const MAX_CLOSE_MS = 2 ** 31 - 1;
const DRAIN_STEP_MS = 10;
