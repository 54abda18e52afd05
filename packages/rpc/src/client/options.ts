import { type Logger, optionChecks } from "@servertech/core";
import { type KeepaliveOptions, type ResolvedKeepalive, checkKeepalive } from "../keepalive.ts";
import type { MetadataInit } from "../metadata.ts";
import type { Resolver } from "../resolver.ts";
import { MAX_TIMER_MS, checkLogger, checkMessageBytes } from "../server/options.ts";
import { MIN_WINDOW_BYTES } from "../wire/settings.ts";
import { resolverOf } from "./targets.ts";

export interface ChannelOptions {
  /**
   * Where the servers are: `tcp://host:port`, `static:host:port,host:port`, `unix:///path`,
   * `zk://host:port,host:port/base/service`, or a {@link Resolver}, which stays the caller's to close.
   */
  target: string | Resolver;
  /** Longest time to open a connection, and to wait for a usable one without `waitForReady`, in milliseconds. 10 to 60,000. @default 1_000 */
  connectTimeoutMs?: number | undefined;
  /** Deadline of unary calls, in milliseconds; 0 = none. Streams have none unless a call says so. @default 10_000 */
  timeoutMs?: number | undefined;
  /** True: a call waits for a server until its deadline. False: it fails after `connectTimeoutMs`. @default false */
  waitForReady?: boolean | undefined;
  /** PING to silent servers that speak our extensions; others get TCP keepalive after 30 s. False = neither. @default 10 s, 3 s */
  keepalive?: KeepaliveOptions | false | undefined;
  /** Longest message, its envelope included, in bytes. From 1 KiB to 4 MiB. @default 4 MiB */
  maxMessageBytes?: number | undefined;
  /** Unread messages of one stream, in bytes; one message may exceed it. At least 64 KiB. @default 256 KiB */
  initialWindowBytes?: number | undefined;
  /** Unread messages of all streams of a connection, in bytes. 0 = unlimited, else at least 64 KiB. @default 16 MiB */
  connectionWindowBytes?: number | undefined;
  /** False: plain ttrpc, no SETTINGS is sent. @default true */
  extensions?: boolean | undefined;
  /** Hears when servers come and go. @default silent */
  logger?: Logger | undefined;
}

/** Options of one call. */
export interface CallOptions {
  /** Deadline from now on, in milliseconds; 0 = none. @default that of the channel for unary calls, none for streams */
  timeoutMs?: number | undefined;
  /** Its abort rejects the call with `signal.reason` and cancels the work on the server. */
  signal?: AbortSignal | undefined;
  metadata?: MetadataInit | undefined;
  /** @default that of the channel */
  waitForReady?: boolean | undefined;
}

export interface ResolvedChannelOptions {
  readonly resolver: Resolver;
  /** The resolver was made for this channel, and ends with it. */
  readonly ownsResolver: boolean;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
  readonly waitForReady: boolean;
  readonly keepalive: ResolvedKeepalive | false;
  readonly maxMessageBytes: number;
  readonly initialWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly extensions: boolean;
  readonly logger: Logger;
}

const NAMES: readonly (keyof ChannelOptions)[] = [
  "target",
  "connectTimeoutMs",
  "timeoutMs",
  "waitForReady",
  "keepalive",
  "maxMessageBytes",
  "initialWindowBytes",
  "connectionWindowBytes",
  "extensions",
  "logger",
];

const MAX_WINDOW_BYTES = 2 ** 31 - 1;

/** @throws OptionError with every problem. */
export function resolveChannelOptions(options: ChannelOptions): ResolvedChannelOptions {
  const check = optionChecks(options, NAMES);
  const { target, connectTimeoutMs = 1_000, timeoutMs = 10_000, waitForReady = false } = options ?? {};
  const { initialWindowBytes = 256 << 10, connectionWindowBytes = 16 << 20, extensions = true } = options ?? {};
  const resolver = resolverOf(check, target);
  const least = connectionWindowBytes === 0 ? 0 : MIN_WINDOW_BYTES;
  return check.done({
    resolver,
    ownsResolver: typeof target === "string",
    connectTimeoutMs: check.duration("connectTimeoutMs", connectTimeoutMs, { min: 10, max: 60_000 }),
    timeoutMs: check.duration("timeoutMs", timeoutMs, { max: MAX_TIMER_MS }),
    waitForReady: check.boolean("waitForReady", waitForReady),
    keepalive: checkKeepalive(check, options?.keepalive),
    maxMessageBytes: checkMessageBytes(check, options?.maxMessageBytes),
    initialWindowBytes: check.bytes("initialWindowBytes", initialWindowBytes, {
      min: MIN_WINDOW_BYTES,
      max: MAX_WINDOW_BYTES,
    }),
    connectionWindowBytes: check.bytes("connectionWindowBytes", connectionWindowBytes, {
      min: least,
      max: MAX_WINDOW_BYTES,
    }),
    extensions: check.boolean("extensions", extensions),
    logger: checkLogger(check, options?.logger),
  });
}

const CALL_OPTION_NAMES: readonly string[] = [
  "timeoutMs",
  "signal",
  "metadata",
  "waitForReady",
] satisfies (keyof CallOptions)[];

/** @throws OptionError; checked call by call, so it costs next to nothing while all is well. */
export function checkCallOptions(options: CallOptions): void {
  const { timeoutMs, signal, waitForReady, metadata } = options;
  let legal =
    (timeoutMs === undefined || (Number.isInteger(timeoutMs) && timeoutMs >= 0 && timeoutMs <= MAX_TIMER_MS)) &&
    (waitForReady === undefined || typeof waitForReady === "boolean") &&
    (signal === undefined || signal instanceof AbortSignal) &&
    (metadata === undefined || (typeof metadata === "object" && metadata !== null));
  for (const name in options) legal &&= CALL_OPTION_NAMES.includes(name);
  if (legal) return;
  const check = optionChecks(options, CALL_OPTION_NAMES);
  if (timeoutMs !== undefined) check.duration("timeoutMs", timeoutMs, { max: MAX_TIMER_MS });
  if (waitForReady !== undefined) check.boolean("waitForReady", waitForReady);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    check.problem("signal", "must be an AbortSignal", signal);
  if (metadata !== undefined) check.object("metadata", metadata);
  check.done(undefined);
}
