import { type Deadline, deadlineIn } from "@servertech/core";
import { type Lease, PoolError } from "@servertech/resource-pool";
import { type LeaseLimits, replyLimit } from "./blocking-time.ts";
import { type RedisClient, RedisCommand } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { SESSION_NAMES, blocks } from "./command-names.ts";
import { type LeasedCommands, leasedCommands } from "./commands.ts";
import type { PoolCommand } from "./pool-command.ts";

/** A connection of the exclusive pool, and what its present user has done to it. */
export class ExclusiveConnection {
  readonly client: RedisClient;
  readonly #limits: LeaseLimits;
  /** MULTI or WATCH were sent, and not ended by EXEC or DISCARD. */
  #transaction = false;
  /** The session is no longer as it was opened. */
  #changed = false;
  /** Blocking commands without reply: what is sent behind them waits for them. */
  #blocking = 0;

  constructor(client: RedisClient, limits: LeaseLimits) {
    this.client = client;
    this.#limits = limits;
  }

  /** Sends a command; when the connection is lost, or the reply is late, the command is rejected. */
  send(command: PoolCommand): Promise<unknown> {
    this.#note(command.name);
    if (!this.client.writable) {
      command.reject(new Error("the connection was lost"));
      return command.promise;
    }
    command.sent = true;
    this.client.send(command);
    this.#watch(command);
    return command.promise;
  }

  #note(name: string): void {
    if (name === "multi" || name === "watch") this.#transaction = true;
    else if (name === "exec" || name === "discard") this.#transaction = false;
    else if ((SESSION_NAMES as readonly string[]).includes(name)) this.#changed = true;
  }

  /** A connection whose reply is late is ended: nobody could tell later replies apart. */
  #watch(command: PoolCommand): void {
    const behindOther = this.#blocking > 0;
    const blocking = blocks(command.name, command.args);
    if (blocking) this.#blocking += 1;
    const limitMs = behindOther ? 0 : replyLimit(command, this.#limits);
    const late = (): void => this.client.destroy(new Error(`no reply to ${command.name} within ${limitMs} ms`));
    const deadline: Deadline | undefined = limitMs === 0 ? undefined : deadlineIn(limitMs, late);
    const done = (): void => {
      deadline?.cancel();
      if (blocking) this.#blocking -= 1;
    };
    command.promise.then(done, done);
  }

  async ping(): Promise<boolean> {
    await this.send(new RedisCommand("ping", [], "utf8", commandError));
    return true;
  }

  /** Undoes what a user may have left. @returns false when the connection cannot be lent again. */
  reset(): boolean | Promise<boolean> {
    // A command nobody waits for may block for ever.
    if (this.#changed || !this.client.writable || this.client.inFlight > 0) return false;
    if (!this.#transaction) return true;
    return this.#endTransaction();
  }

  async #endTransaction(): Promise<boolean> {
    this.#transaction = false;
    try {
      // DISCARD unwatches as well. Without MULTI it is refused, then UNWATCH does it.
      await this.send(new RedisCommand("discard", [], "utf8", commandError));
    } catch {
      await this.send(new RedisCommand("unwatch", [], "utf8", commandError));
    }
    return true;
  }
}

/** How long, and until when, to wait for a connection. */
export interface UseOptions {
  signal?: AbortSignal | undefined;
  /** Longest wait, in milliseconds. At least 1. @default `acquireTimeoutMs` */
  timeoutMs?: number | undefined;
  /** Of those who wait, higher ones are served first, equal ones in the order they asked. Any whole number. @default 0 */
  priority?: number | undefined;
  /** In a cluster: a connection to the master of this key. @default to any master */
  key?: string | Buffer | undefined;
}

/** The commands of a lease, until it ends. */
export function commandsOf(lease: Lease<ExclusiveConnection>): LeasedCommands {
  const connection = lease.resource;
  return leasedCommands((command) => {
    if (lease.active) return connection.send(command);
    command.reject(new PoolError("POOL_LEASE_RELEASED", `${command.name} was called after the lease had ended`));
    return command.promise;
  });
}
