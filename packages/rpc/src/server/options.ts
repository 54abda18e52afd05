import { type Logger, type OptionChecks, optionChecks, safeLogger } from "@servertech/core";
import { Status } from "../status.ts";
import { MAX_BODY_BYTES } from "../wire/frame.ts";
import { type KeepaliveOptions, type ResolvedKeepalive, checkKeepalive } from "../keepalive.ts";

export interface ServerOptions {
  /** Longest message, its envelope included, in bytes. From 1 KiB to 4 MiB. @default 4 MiB */
  maxMessageBytes?: number | undefined;
  /** Calls in work at once on one connection; one more gets RESOURCE_EXHAUSTED. At least 1. @default 1_000 */
  maxStreamsPerConnection?: number | undefined;
  /** Connections at once; one more is closed at once. At least 1. @default 10_000 */
  maxConnections?: number | undefined;
  /** Metadata of one call, in bytes. From 0. @default 8 KiB */
  maxMetadataBytes?: number | undefined;
  /** Metadata of one call, in pairs. From 0. @default 64 */
  maxMetadataPairs?: number | undefined;
  /** A frame that was begun must be complete within so many milliseconds, else the connection is closed. At least 10. @default 10_000 */
  frameTimeoutMs?: number | undefined;
  /** PING to silent clients that speak our extensions; others get TCP keepalive after 30 s. False = neither. @default 10 s, 3 s */
  keepalive?: KeepaliveOptions | false | undefined;
  /** Unsent output of a connection that pauses reading from it, in bytes; streams wait from half of it on. At least 128 KiB. @default 1 MiB */
  outputHighWaterBytes?: number | undefined;
  /** A connection with unsent output that takes nothing for so many milliseconds is destroyed. At least 100. @default 30_000 */
  stallTimeoutMs?: number | undefined;
  /** Status for a request whose message cannot be decoded: 13 as Go's ttrpc, or 3. @default 13 */
  badPayloadStatus?: 3 | 13 | undefined;
  /** Sends the message of an error that is no RpcError to the client; its stack never. @default false */
  exposeErrors?: boolean | undefined;
  /** Speaks our extensions with clients that offer them. @default true */
  extensions?: boolean | undefined;
  /** Hears of unexpected errors of handlers and of refused connections. @default silent */
  logger?: Logger | undefined;
}

export interface ResolvedServerOptions {
  readonly maxMessageBytes: number;
  readonly maxStreamsPerConnection: number;
  readonly maxConnections: number;
  readonly maxMetadataBytes: number;
  readonly maxMetadataPairs: number;
  readonly frameTimeoutMs: number;
  readonly keepalive: ResolvedKeepalive | false;
  readonly outputHighWaterBytes: number;
  readonly stallTimeoutMs: number;
  readonly badPayloadStatus: 3 | 13;
  readonly exposeErrors: boolean;
  readonly extensions: boolean;
  readonly logger: Logger;
}

const NAMES: readonly (keyof ServerOptions)[] = [
  "maxMessageBytes",
  "maxStreamsPerConnection",
  "maxConnections",
  "maxMetadataBytes",
  "maxMetadataPairs",
  "frameTimeoutMs",
  "keepalive",
  "outputHighWaterBytes",
  "stallTimeoutMs",
  "badPayloadStatus",
  "exposeErrors",
  "extensions",
  "logger",
];

export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** @throws OptionError with every problem. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const check = optionChecks(options, NAMES);
  const { maxStreamsPerConnection = 1_000, maxConnections = 10_000 } = options;
  const { maxMetadataBytes = 8 << 10, maxMetadataPairs = 64, frameTimeoutMs = 10_000 } = options;
  const { outputHighWaterBytes = 1 << 20, stallTimeoutMs = 30_000, logger } = options;
  const { badPayloadStatus = Status.Internal, exposeErrors = false, extensions = true } = options;
  return check.done({
    maxMessageBytes: checkMessageBytes(check, options.maxMessageBytes),
    maxStreamsPerConnection: check.integer("maxStreamsPerConnection", maxStreamsPerConnection, { min: 1 }),
    maxConnections: check.integer("maxConnections", maxConnections, { min: 1 }),
    maxMetadataBytes: check.bytes("maxMetadataBytes", maxMetadataBytes),
    maxMetadataPairs: check.integer("maxMetadataPairs", maxMetadataPairs),
    frameTimeoutMs: check.duration("frameTimeoutMs", frameTimeoutMs, { min: 10, max: MAX_TIMER_MS }),
    keepalive: checkKeepalive(check, options.keepalive),
    outputHighWaterBytes: check.bytes("outputHighWaterBytes", outputHighWaterBytes, { min: 128 << 10 }),
    stallTimeoutMs: check.duration("stallTimeoutMs", stallTimeoutMs, { min: 100, max: MAX_TIMER_MS }),
    badPayloadStatus: check.oneOf("badPayloadStatus", badPayloadStatus, [3, 13]),
    exposeErrors: check.boolean("exposeErrors", exposeErrors),
    extensions: check.boolean("extensions", extensions),
    logger: checkLogger(check, logger),
  });
}

export function checkMessageBytes(check: OptionChecks, maxMessageBytes: number = MAX_BODY_BYTES): number {
  return check.bytes("maxMessageBytes", maxMessageBytes, { min: 1 << 10, max: MAX_BODY_BYTES });
}

export function checkLogger(check: OptionChecks, logger: Logger | undefined): Logger {
  if (logger !== undefined) check.object("logger", logger, ["debug", "info", "warn", "error"]);
  return safeLogger(logger);
}
