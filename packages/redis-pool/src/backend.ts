import type { PoolStats } from "@servertech/resource-pool";
import type { ExclusivePool } from "./exclusive-pool.ts";
import type { PoolCommand } from "./pool-command.ts";
import type { SharedLane } from "./shared-lane.ts";

/** The connections to one server: shared ones, and those that are lent. */
export interface Shard {
  readonly lane: SharedLane;
  readonly exclusive: ExclusivePool;
}

/** Where commands and leases go: one server, or the nodes of a cluster. */
export interface Backend {
  readonly shards: Iterable<Shard>;
  /** Sends a command that needs no lease. */
  send(command: PoolCommand): Promise<unknown>;
  /** Sends commands one behind the other, on one connection where that can be. */
  sendAll(commands: readonly PoolCommand[]): void;
  /** Sends a command on a lease of its own. */
  sendOnLease(command: PoolCommand): Promise<unknown>;
  /** The connections for what uses `key`. @throws RedisPoolError `REDIS_UNAVAILABLE`; the signal's reason. */
  shardOf(key: string | Buffer | undefined, signal: AbortSignal | undefined): Promise<Shard>;
  /** What was found at a node is no longer there. Resolves when that is known better, or cannot be. */
  relocate(): Promise<void>;
  /** Resolves when commands can be sent. */
  opened(): Promise<void>;
  /** Stops what runs by itself. */
  stop(): void;
}

/** Sends a command on a lease of its own. */
export async function sendOnLease(exclusive: ExclusivePool, command: PoolCommand): Promise<unknown> {
  try {
    return await exclusive.use((lease) => lease.resource.send(command));
  } catch (error) {
    // No lease: the command's own promise has no other owner than its caller's callback.
    if (!command.sent) command.reject(error as Error);
    return command.promise;
  }
}

/** One server, or the master that Sentinels name. */
export function singleBackend(shard: Shard): Backend {
  const { lane, exclusive } = shard;
  const here = Promise.resolve(shard);
  return {
    shards: [shard],
    send: lane.send,
    sendAll: (commands) => lane.sendAll(commands),
    sendOnLease: (command) => sendOnLease(exclusive, command),
    shardOf: () => here,
    relocate: () => Promise.resolve(),
    opened: () => lane.opened(),
    stop: () => {},
  };
}

/** The figures of all exclusive connections together. */
export function sumStats(all: readonly PoolStats[]): PoolStats {
  const sum: Record<string, number> = {};
  for (const stats of all)
    for (const [name, value] of Object.entries(stats)) sum[name] = (sum[name] ?? 0) + (value as number);
  return sum as unknown as PoolStats;
}
