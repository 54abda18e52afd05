import type { PoolStats } from "@servertech/resource-pool";

/** A Redis pool at one moment: the exclusive connections, then the shared one. */
export interface RedisPoolStats extends PoolStats {
  /** Whether the shared connection is open. */
  readonly ready: boolean;
  /** Shared commands sent and without reply. */
  readonly inFlight: number;
  /** Shared commands that wait for a connection. */
  readonly queued: number;
  /** Shared commands so far. */
  readonly commands: number;
  /** Times the shared connection was opened again. */
  readonly reconnects: number;
  /** Channels that are listened to. */
  readonly channels: number;
}
