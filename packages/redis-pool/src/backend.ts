import type { ExclusivePool } from "./exclusive-pool.ts";
import type { PoolCommand } from "./pool-command.ts";
import type { SharedLane } from "./shared-lane.ts";
import type { Subscriber } from "./subscriber.ts";
import { type PastCounts, noCounts } from "./stats.ts";

/** The connections to one server: shared ones, those that are lent, and one for subscriptions. */
export interface Shard {
  readonly lane: SharedLane;
  readonly exclusive: ExclusivePool;
  /** In a cluster: for the sharded channels of this node. */
  readonly subscriber: Subscriber;
}

/** Where commands and leases go: one server, or the nodes of a cluster. */
export interface Backend {
  /** All, those that only finish what they have in hand included. */
  readonly shards: readonly Shard[];
  /** Those that new work goes to. */
  readonly current: readonly Shard[];
  /** What connections have counted that are no longer there. */
  readonly past: PastCounts;
  /** Sends a command that needs no lease. */
  send(command: PoolCommand): Promise<unknown>;
  /** Sends commands one behind the other, on one connection where that can be. */
  sendAll(commands: readonly PoolCommand[]): void;
  /** Sends a command on a lease of its own. */
  sendOnLease(command: PoolCommand): Promise<unknown>;
  /** The connections for what uses `key`. @throws RedisPoolError `REDIS_UNAVAILABLE`; the signal's reason. */
  shardOf(key: string | Buffer | undefined, signal: AbortSignal | undefined): Shard | Promise<Shard>;
  /** Resolves when `current` is known. @throws RedisPoolError `REDIS_UNAVAILABLE`. */
  located(): Promise<void>;
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
  return {
    shards: [shard],
    current: [shard],
    past: noCounts(),
    send: lane.send,
    sendAll: (commands) => lane.sendAll(commands),
    sendOnLease: (command) => sendOnLease(exclusive, command),
    shardOf: () => shard,
    located: () => Promise.resolve(),
    relocate: () => Promise.resolve(),
    opened: () => lane.opened(),
    stop: () => {},
  };
}
