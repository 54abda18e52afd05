import { abortable, backoffMs, optionChecks, sleep } from "@servertech/core";
import type { Lease } from "@servertech/resource-pool";
import { RedisCommand } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import type { LeasedCommands } from "./commands.ts";
import { RedisPoolError } from "./errors.ts";
import { type ExclusiveConnection, commandsOf } from "./lease.ts";
import { type QueuedCommands, commandList } from "./pipeline.ts";
import type { PoolCommand } from "./pool-command.ts";

/** How a transaction waits and tries again. */
export interface TransactionOptions {
  /** Further attempts when a watched key has changed. From 0. @default 5 */
  retries?: number | undefined;
  /** Ends the wait for a connection, and further attempts; what was sent may be carried out. */
  signal?: AbortSignal | undefined;
  /** Longest wait for a connection, in milliseconds. At least 1. @default `acquireTimeoutMs` */
  timeoutMs?: number | undefined;
  /** Of those who wait, higher ones are served first, equal ones in the order they asked. Any whole number. @default 0 */
  priority?: number | undefined;
}

/**
 * Reads on `commands`, and calls on `queued` what is to be carried out; called again when a watched key has changed, so it
 * must change nothing else.
 */
export type TransactionBody = (commands: ReadCommands, queued: QueuedCommands) => void | PromiseLike<void>;

/** The commands of the connection of a transaction, without those that are the transaction itself. */
export type ReadCommands = Omit<LeasedCommands, "multi" | "exec" | "discard" | "watch" | "unwatch">;

const BACKOFF = { minMs: 2, maxMs: 50, jitter: 1 };

/** @throws OptionError with every problem. */
export function checkTransaction(keys: unknown, body: unknown, options: TransactionOptions): number {
  const check = optionChecks(options, ["retries", "signal", "timeoutMs", "priority"]);
  const { retries = 5 } = options;
  check.func("body", body);
  const legal = Array.isArray(keys) && keys.every((key) => typeof key === "string" || Buffer.isBuffer(key));
  if (!legal) check.problem("keys", "must be a list of keys: strings or Buffers", typeof keys);
  return check.done(check.integer("retries", retries));
}

/** Makes attempts until one is not disturbed. The lease is the caller's to end. */
export async function runTransaction(
  lease: Lease<ExclusiveConnection>,
  keys: readonly (string | Buffer)[],
  body: TransactionBody,
  retries: number,
  signal: AbortSignal | undefined,
): Promise<unknown[]> {
  const commands = commandsOf(lease);
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    if (keys.length > 0) await abortable(commands.watch(...keys), signal);
    const { queued, collected } = commandList();
    await body(commands, queued);
    signal?.throwIfAborted();
    // Nothing to carry out: what is watched is let go when the lease ends.
    if (collected.length === 0) return [];
    const replies = await abortable(carryOut(lease.resource, collected), signal);
    if (replies !== null) return replies;
    if (attempt === retries) throw conflict(keys.length, attempt + 1);
    await sleep(backoffMs(attempt, BACKOFF), { signal });
  }
}

/** MULTI, the commands and EXEC in one write. @returns null when a watched key has changed. */
async function carryOut(connection: ExclusiveConnection, commands: readonly PoolCommand[]): Promise<unknown[] | null> {
  const multi = new RedisCommand("multi", [], "utf8", commandError);
  // As Buffers: each command reads its own reply.
  const exec = new RedisCommand("exec", [], null, commandError);
  const settled = Promise.allSettled([multi, ...commands].map((command) => connection.send(command)));
  // Settles last: the replies come in order.
  const replies = connection.send(exec).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const queued = await settled;
  const result = await replies;
  if ("error" in result) throw refusal(queued, result.error);
  if (result.value === null) return null;
  return (result.value as unknown[]).map((reply, n) => read(commands[n] as PoolCommand, reply, n));
}

function read(command: PoolCommand, reply: unknown, n: number): unknown {
  if (!(reply instanceof Error)) return command.read(reply);
  const error = commandError(reply, command) as RedisPoolError;
  // The others were carried out: Redis undoes nothing.
  throw new RedisPoolError(
    "REDIS_REPLY",
    `command ${n + 1} of the transaction failed, the others were carried out: ${error.message}`,
    {
      reply: error.reply,
      maybeExecuted: true,
    },
  );
}

/** Why EXEC failed: EXECABORT says only that a command before it was refused, nothing was carried out then. */
function refusal(queued: readonly PromiseSettledResult<unknown>[], error: unknown): unknown {
  if ((error as RedisPoolError).reply !== "EXECABORT") return error;
  const refused = queued.find((one) => one.status === "rejected");
  return refused?.status === "rejected" ? refused.reason : error;
}

function conflict(keys: number, attempts: number): RedisPoolError {
  return new RedisPoolError(
    "REDIS_WATCH_CONFLICT",
    `one of ${keys} watched keys was changed by others in each of ${attempts} attempts; nothing was carried out`,
  );
}
