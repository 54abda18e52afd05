import type { TlsOptions } from "node:tls";
import { type Logger, type OptionChecks, optionChecks, safeLogger } from "@servertech/core";
import { Status } from "../status.ts";
import { type CompressionOptions, type ResolvedCompression, checkCompression } from "../wire/compression.ts";
import { MAX_BODY_BYTES } from "../wire/frame.ts";
import { MIN_WINDOW_BYTES } from "../wire/settings.ts";
import { type KeepaliveOptions, type ResolvedKeepalive, checkKeepalive } from "../keepalive.ts";

/** The options of {@link createServer}. */
export interface ServerOptions {
  /**
   * Longest message, its envelope included, in bytes. From 1 KiB to 1 GiB; above 4 MiB only with clients that speak our
   * extensions. Services and methods may have limits of their own: see `Server.add`. @default 4 MiB
   */
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
  /**
   * PING to clients that speak our extensions and are silent while their calls are in work; TCP keepalive after 30 s for all.
   * False = neither. @default 10 s, 3 s
   */
  keepalive?: KeepaliveOptions | false | undefined;
  /** Unsent output of a connection that pauses reading from it, in bytes; streams wait from half of it on. At least 128 KiB. @default 1 MiB */
  outputHighWaterBytes?: number | undefined;
  /** A connection with unsent output that takes nothing for so many milliseconds is destroyed. At least 100. @default 30_000 */
  stallTimeoutMs?: number | undefined;
  /** Unread messages of one stream of a client that speaks plain ttrpc, in bytes; one message may exceed it. At least 64 KiB. @default 256 KiB */
  streamBufferBytes?: number | undefined;
  /** Unread messages of one stream of a client that speaks our extensions, in bytes. At least 64 KiB. @default 256 KiB */
  initialWindowBytes?: number | undefined;
  /** Unread messages of all streams of such a connection, in bytes. 0 = unlimited, else at least 64 KiB. @default 16 MiB */
  connectionWindowBytes?: number | undefined;
  /** A connection is replaced at this age ±10 %, in milliseconds: its client is sent GOAWAY, calls in work end first. 0 = never. @default 0 */
  maxConnectionAgeMs?: number | undefined;
  /**
   * Compresses replies to clients that compress their requests, with the encoding that they chose; requests are always
   * decompressed. @default false
   */
  compression?: CompressionOptions | false | undefined;
  /** TLS on every listener: `node:tls` options. With `requestCert` and `ca` clients must show a certificate. @default none */
  tls?: TlsOptions | undefined;
  /** Messages are decoded from bytes of their own, so that `bytes` fields stay valid for ever. @default false */
  copyBytes?: boolean | undefined;
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
  readonly streamBufferBytes: number;
  readonly initialWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly maxConnectionAgeMs: number;
  readonly compression: ResolvedCompression | false;
  readonly tls: TlsOptions | undefined;
  readonly copyBytes: boolean;
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
  "streamBufferBytes",
  "initialWindowBytes",
  "connectionWindowBytes",
  "maxConnectionAgeMs",
  "compression",
  "tls",
  "copyBytes",
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
  const { streamBufferBytes = 256 << 10, maxConnectionAgeMs = 0, copyBytes = false, tls } = options;
  if (tls !== undefined) check.object("tls", tls);
  return check.done({
    maxMessageBytes: checkMessageBytes(check, options.maxMessageBytes),
    ...checkWindows(check, options),
    streamBufferBytes: check.bytes("streamBufferBytes", streamBufferBytes, {
      min: MIN_WINDOW_BYTES,
      max: MAX_WINDOW_BYTES,
    }),
    maxConnectionAgeMs: check.duration("maxConnectionAgeMs", maxConnectionAgeMs, { max: MAX_TIMER_MS }),
    compression: checkCompression(check, options.compression),
    tls,
    copyBytes: check.boolean("copyBytes", copyBytes),
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

const MAX_WINDOW_BYTES = 2 ** 31 - 1;
const MAX_MESSAGE_BYTES = 1 << 30;

export interface WindowOptions {
  readonly initialWindowBytes?: number | undefined;
  readonly connectionWindowBytes?: number | undefined;
}

export function checkWindows(
  check: OptionChecks,
  { initialWindowBytes = 256 << 10, connectionWindowBytes = 16 << 20 }: WindowOptions,
): { initialWindowBytes: number; connectionWindowBytes: number } {
  const range = { min: MIN_WINDOW_BYTES, max: MAX_WINDOW_BYTES };
  const least = connectionWindowBytes === 0 ? 0 : MIN_WINDOW_BYTES;
  return {
    initialWindowBytes: check.bytes("initialWindowBytes", initialWindowBytes, range),
    connectionWindowBytes: check.bytes("connectionWindowBytes", connectionWindowBytes, { ...range, min: least }),
  };
}

export function checkMessageBytes(check: OptionChecks, maxMessageBytes: number = MAX_BODY_BYTES): number {
  return check.bytes("maxMessageBytes", maxMessageBytes, { min: 1 << 10, max: MAX_MESSAGE_BYTES });
}

export function checkLogger(check: OptionChecks, logger: Logger | undefined): Logger {
  if (logger !== undefined) check.object("logger", logger, ["debug", "info", "warn", "error"]);
  return safeLogger(logger);
}
