import type { PoolStats } from "@servertech/resource-pool";
import type { Shard } from "./backend.ts";

/** A Redis pool at one moment: the exclusive connections, then the shared ones. In a cluster all nodes together. */
export interface RedisPoolStats extends PoolStats {
  /** Whether a shared connection is open. */
  readonly ready: boolean;
  /** Shared commands sent and without reply. */
  readonly inFlight: number;
  /** Shared commands that wait for a connection. */
  readonly queued: number;
  /** Shared commands so far. */
  readonly commands: number;
  /** Times a shared connection was opened again. */
  readonly reconnects: number;
  /** Channels that are listened to. */
  readonly channels: number;
}

type ShardStats = Omit<RedisPoolStats, "name" | "ready" | "channels" | "suspended">;

/** These only grow. */
type CounterName = "acquired" | "created" | "destroyed" | "timeouts" | "leaks" | "errors" | "commands" | "reconnects";

const COUNTERS: readonly CounterName[] = [
  "acquired",
  "created",
  "destroyed",
  "timeouts",
  "leaks",
  "errors",
  "commands",
  "reconnects",
];

/** What connections have counted that are no longer there. */
export type PastCounts = Record<CounterName, number>;

/** Of a cluster of which nothing is known yet. */
const NOTHING = {
  size: 0,
  idle: 0,
  inUse: 0,
  waiting: 0,
  max: 0,
  min: 0,
  connecting: 0,
  closing: 0,
  inFlight: 0,
  queued: 0,
} as const;

export function noCounts(): PastCounts {
  return Object.fromEntries(COUNTERS.map((name) => [name, 0])) as PastCounts;
}

/** Keeps what the connections of a node have counted, for when they are gone. */
export function keepCounts(past: PastCounts, shard: Shard): void {
  const stats = shardStats(shard);
  for (const name of COUNTERS) past[name] += stats[name];
}

/** The figures of all nodes together; those that only grow do not fall when a node leaves. */
export function sumStats(shards: readonly Shard[], past: PastCounts): ShardStats {
  const sum: Record<string, number> = { ...NOTHING, ...past };
  for (const shard of shards)
    for (const [name, value] of Object.entries(shardStats(shard))) sum[name] = (sum[name] ?? 0) + value;
  return sum as unknown as ShardStats;
}

function shardStats({ lane, exclusive }: Shard): ShardStats {
  const { name: _, suspended: __, ...pool } = exclusive.stats();
  const { inFlight, queued, commands, reconnects } = lane;
  return { ...pool, inFlight, queued, commands, reconnects };
}
