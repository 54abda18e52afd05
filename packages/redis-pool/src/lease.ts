import { PoolError, type ResourcePool } from "@servertech/resource-pool";
import { type RedisClient, RedisCommand } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { SESSION_NAMES } from "./command-names.ts";
import { type LeasedCommands, leasedCommands } from "./commands.ts";

/** A connection of the exclusive pool, and what its present user has done to it. */
export class ExclusiveConnection {
  readonly client: RedisClient;
  /** MULTI or WATCH were sent. */
  #transaction = false;
  /** The session is no longer as it was opened. */
  #changed = false;

  constructor(client: RedisClient) {
    this.client = client;
  }

  /** Sends a command; when the connection is lost, the command is rejected. */
  send(command: RedisCommand): Promise<unknown> {
    if (command.name === "multi" || command.name === "watch") this.#transaction = true;
    if ((SESSION_NAMES as readonly string[]).includes(command.name)) this.#changed = true;
    if (!this.client.writable) {
      command.reject(new Error("the connection was lost"));
      return command.promise;
    }
    command.sent = true;
    this.client.send(command);
    return command.promise;
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
    this.#transaction = false;
    return this.#endTransaction();
  }

  async #endTransaction(): Promise<boolean> {
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
}

/** Lends a connection to `body` until it has returned, rejected or thrown. */
export async function useExclusive<T>(
  pool: ResourcePool<ExclusiveConnection>,
  body: (commands: LeasedCommands) => T | PromiseLike<T>,
  options?: UseOptions,
): Promise<T> {
  const lease = await pool.acquire(options);
  const connection = lease.resource;
  const commands = leasedCommands((command) => {
    if (lease.active) return connection.send(command);
    command.reject(new PoolError("POOL_LEASE_RELEASED", `${command.name} was called after the lease had ended`));
    return command.promise;
  });
  try {
    return await body(commands);
  } finally {
    lease.release();
  }
}
