import { optionChecks } from "@servertech/core";
import {
  POOL_OPTION_NAMES,
  type PoolOptions,
  type ResolvedPoolOptions,
  type TlsOptions,
  checkPoolOptions,
} from "@servertech/resource-pool";
import { type ServerAddress, checkCluster, checkServer } from "./server-address.ts";

/** How many connections `use` may lend. */
export interface ExclusiveOptions {
  /** Most connections on loan, opening and closing ones included. At least 1. @default 10 */
  max?: number | undefined;
  /** Connections kept open from the first loan on; in a cluster to each master. From 0 to `max`. @default 0 */
  min?: number | undefined;
}

/**
 * How a Redis pool connects and waits. What it shares with other pools governs the exclusive connections;
 * `connectTimeoutMs`, `backoffMinMs` and `backoffMaxMs` the shared ones, too.
 */
export interface RedisPoolOptions extends Omit<PoolOptions, "max" | "min"> {
  /**
   * `redis://[user:password@]host[:port][/database]`, or `rediss:` for TLS. Never shown. With `sentinels` the host is the
   * name of the master they watch.
   */
  url: string;
  /**
   * The Sentinels to ask where the master is, as `redis://[user:password@]host[:port]`, at least one; login and TLS of the
   * first count for all. Every connection follows a failover. @default none: `url` names the server itself
   */
  sentinels?: readonly string[] | undefined;
  /**
   * For Redis Cluster: `url` is one of its nodes, and these are further ones to ask for the rest, as
   * `redis://host[:port]`; may be empty. Login and TLS of `url` count for all. Not with `sentinels`. @default no cluster
   */
  cluster?: readonly string[] | undefined;
  /** For URLs with `rediss:`: which certificates to trust and to show. @default what Node trusts, nothing to show */
  tls?: TlsOptions | undefined;
  /** Shared connections, each command on the one with the fewest in flight. More than one: commands are in order only per connection. At least 1. @default 1 */
  connections?: number | undefined;
  /** The connections that are lent to one caller at a time. @default { max: 10 } */
  exclusive?: ExclusiveOptions | undefined;
  /** Longest time of one shared command, waiting for a connection included, in milliseconds. At least 2. @default 2_000 */
  commandTimeoutMs?: number | undefined;
  /** Longest wait for a connection, in milliseconds. From 0, less than `commandTimeoutMs`. @default the smaller of 1_000 and half of `commandTimeoutMs` */
  readyTimeoutMs?: number | undefined;
  /**
   * Longest silence of the server while replies are due, in milliseconds. At least 1; `readyTimeoutMs + socketTimeoutMs`
   * is at most `commandTimeoutMs`. @default `commandTimeoutMs - readyTimeoutMs`
   */
  socketTimeoutMs?: number | undefined;
  /**
   * Longest time of a command that blocks for ever by its own arguments, in milliseconds; its connection is ended then.
   * One with a time of its own may take that and `commandTimeoutMs`. 0 = no limit. @default 0
   */
  blockingTimeoutMs?: number | undefined;
  /** Commands that may wait for a connection. From 0. @default 10_000 */
  maxQueued?: number | undefined;
  /** Bytes of the arguments of those. From 0. @default 16 MiB */
  maxQueuedBytes?: number | undefined;
}

export interface ResolvedRedisPoolOptions {
  /** What governs the exclusive connections. */
  readonly pool: ResolvedPoolOptions;
  readonly server: ServerAddress;
  /** `host:port` of the further nodes; undefined when it is no cluster. */
  readonly cluster: readonly string[] | undefined;
  readonly connections: number;
  readonly blockingTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly readyTimeoutMs: number;
  readonly socketTimeoutMs: number;
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

const SHARED_NAMES = POOL_OPTION_NAMES.filter((name) => name !== "max" && name !== "min");
const NAMES = [
  "url",
  "sentinels",
  "cluster",
  "tls",
  "connections",
  "blockingTimeoutMs",
  "exclusive",
  "commandTimeoutMs",
  "readyTimeoutMs",
  "socketTimeoutMs",
  "maxQueued",
  "maxQueuedBytes",
  ...SHARED_NAMES,
];
/** Node's timers end there. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** @throws OptionError with every problem. */
export function resolveOptions(options: RedisPoolOptions): ResolvedRedisPoolOptions {
  const check = optionChecks(options, NAMES);
  // A missing object is refused through its missing url.
  const given: Partial<RedisPoolOptions> = options ?? {};
  const { exclusive = {}, commandTimeoutMs = 2_000, maxQueued = 10_000, maxQueuedBytes = 16 * 1_048_576 } = given;
  const { connections = 1, blockingTimeoutMs = 0 } = given;
  const { max: mostLent = 10, min: kept = 0 } = exclusive ?? {};
  const lent = check.group("exclusive", exclusive, ["max", "min"]);
  const max = legal(lent.integer("max", mostLent, { min: 1 }), 1, mostLent) ?? 1;
  const min = legal(lent.integer("min", kept, { max }), 0, max) ?? 0;
  check.duration("commandTimeoutMs", commandTimeoutMs, { min: 2, max: MAX_TIMER_MS });
  const whole = Number.isSafeInteger(commandTimeoutMs) ? commandTimeoutMs : MAX_TIMER_MS;
  const { readyTimeoutMs = Math.min(1_000, Math.floor(whole / 2)) } = given;
  check.duration("readyTimeoutMs", readyTimeoutMs, { max: Math.max(0, whole - 1) });
  const room = Math.max(1, whole - (Number.isSafeInteger(readyTimeoutMs) ? readyTimeoutMs : 0));
  const { socketTimeoutMs = room } = given;
  check.duration("socketTimeoutMs", socketTimeoutMs, { min: 1, max: room });
  const shared = { ...sharedOf(given), max, min };
  return check.done({
    pool: checkPoolOptions(check, shared),
    server: checkServer(check, given.url, given.sentinels, given.tls),
    cluster: given.cluster === undefined ? undefined : checkCluster(check, given.cluster, given.sentinels, given.url),
    connections: check.integer("connections", connections, { min: 1 }),
    blockingTimeoutMs: check.duration("blockingTimeoutMs", blockingTimeoutMs, { max: MAX_TIMER_MS }),
    commandTimeoutMs,
    readyTimeoutMs,
    socketTimeoutMs,
    maxQueued: check.integer("maxQueued", maxQueued),
    maxQueuedBytes: check.bytes("maxQueuedBytes", maxQueuedBytes),
  });
}

/** A value that was noted as wrong must not be noted again under another name. */
function legal(value: number, min: number, max: number): number | undefined {
  return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
}

function sharedOf(options: Partial<RedisPoolOptions>): PoolOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => (SHARED_NAMES as string[]).includes(name)));
}
