import type { ConnectionOptions } from "node:tls";
import { type Logger, type OptionChecks, optionChecks } from "@servertech/core";
import type { Interceptor } from "../interceptor.ts";
import { type KeepaliveOptions, type ResolvedKeepalive, checkKeepalive } from "../keepalive.ts";
import type { MetadataInit } from "../metadata.ts";
import type { Resolver } from "../resolver.ts";
import { resolverOf } from "../resolvers/targets.ts";
import type { CallContext } from "../server/handlers.ts";
import { MAX_TIMER_MS, checkLogger, checkMessageBytes, checkWindows } from "../server/options.ts";
import { type CompressionOptions, type ResolvedCompression, checkCompression } from "../wire/compression.ts";
import { type BalancerOption, checkBalancer } from "./balancing/balancer.ts";
import type { OutlierLimits } from "./balancing/outlier-ejection.ts";
import { type OutlierOptions, checkOutlier } from "./balancing/outlier-options.ts";
import { type Dial, dialer } from "./dial.ts";
import { type HedgeOptions, type ResolvedHedge, checkHedge } from "./retry/hedge-options.ts";
import { type ResolvedRetry, type RetryOptions, checkRetry } from "./retry/retry-policy.ts";

/** The options of a channel, which those of a client are, too. */
export interface ChannelOptions {
  /**
   * Where the servers are: `tcp://host:port`, `static:host:port,host:port`, `unix:///path`, `dns:///name:port`,
   * `srv://_service._tcp.name`, `file:./endpoints.json`, `zk://host:port,host:port/base/service`, or a {@link Resolver},
   * which stays the caller's to close.
   */
  target: string | Resolver;
  /** Longest time to open a connection, and to wait for a usable one without `waitForReady`, in milliseconds. 10 to 60,000. @default 1_000 */
  connectTimeoutMs?: number | undefined;
  /** Deadline of unary calls, in milliseconds; 0 = none. Streams have none unless a call says so. @default 10_000 */
  timeoutMs?: number | undefined;
  /** True: a call waits for a server until its deadline. False: it fails after `connectTimeoutMs`. @default false */
  waitForReady?: boolean | undefined;
  /** How a server is chosen for a call. @default "p2c-ewma" */
  balancer?: BalancerOption | undefined;
  /** Connections to each server. 1 to 16. @default 1 */
  connectionsPerHost?: number | undefined;
  /**
   * Makes idempotent calls again that failed; false = never. Calls that no server has begun with are always given to another
   * one.
   */
  retry?: RetryOptions | false | undefined;
  /** Makes slow idempotent calls a second time elsewhere. @default false */
  hedge?: HedgeOptions | false | undefined;
  /** Leaves servers out that keep failing. */
  outlier?: OutlierOptions | false | undefined;
  /** Time in which a new connection comes to its full share of calls, in milliseconds; 0 = at once. @default 0 */
  slowStartMs?: number | undefined;
  /**
   * PING to servers that speak our extensions and are silent while calls are in flight; TCP keepalive after 30 s for all.
   * False = neither. @default 10 s, 3 s
   */
  keepalive?: KeepaliveOptions | false | undefined;
  /**
   * Longest message, its envelope included, in bytes. From 1 KiB to 1 GiB; above 4 MiB only with servers that speak our
   * extensions. @default 4 MiB
   */
  maxMessageBytes?: number | undefined;
  /** The same of single methods, by full name: `{ "pkg.Files/Upload": { maxMessageBytes: 64 << 20 } }`. @default {} */
  methods?: Readonly<Record<string, { readonly maxMessageBytes?: number | undefined }>> | undefined;
  /** Compresses messages to servers that can decompress them, and lets them compress their replies. @default false */
  compression?: CompressionOptions | false | undefined;
  /** TLS: `node:tls` options. The server's name is the target's, unless `servername` says otherwise. @default none */
  tls?: ConnectionOptions | undefined;
  /** Run around every call, once however often it is attempted; see `Interceptor`. The first is the outermost. @default [] */
  interceptors?: readonly Interceptor[] | undefined;
  /** Run around every attempt of a unary call, and around every call with streams. @default [] */
  attemptInterceptors?: readonly Interceptor[] | undefined;
  /** Messages are decoded from bytes of their own, so that `bytes` fields stay valid for ever. @default false */
  copyBytes?: boolean | undefined;
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
  /** The call may be carried out twice, so it may be made again after it was lost. @default what the proto file says of the method */
  idempotent?: boolean | undefined;
  /** With the balancer `{ hash }`: what the call is kept together by. @default what `hash` gives */
  hash?: string | undefined;
  /**
   * The call is part of the one whose handler has this context: its deadline, its cancellation and its trace pass on.
   * @default none
   */
  parent?: CallContext | undefined;
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
  /** Longest message of a method, by its full name. */
  readonly methodBytes: (fullName: string) => number;
  readonly compression: ResolvedCompression | false;
  readonly dial: Dial;
  readonly interceptors: readonly Interceptor[];
  readonly attemptInterceptors: readonly Interceptor[];
  readonly balancer: BalancerOption;
  readonly connectionsPerHost: number;
  readonly retry: ResolvedRetry | false;
  readonly hedge: ResolvedHedge | false;
  readonly outlier: OutlierLimits | false;
  readonly slowStartMs: number;
  readonly copyBytes: boolean;
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
  "methods",
  "compression",
  "tls",
  "interceptors",
  "attemptInterceptors",
  "balancer",
  "connectionsPerHost",
  "retry",
  "hedge",
  "outlier",
  "slowStartMs",
  "copyBytes",
  "initialWindowBytes",
  "connectionWindowBytes",
  "extensions",
  "logger",
];

/** @throws OptionError with every problem. */
export function resolveChannelOptions(options: ChannelOptions): ResolvedChannelOptions {
  const check = optionChecks(options, NAMES);
  const { target, connectTimeoutMs = 1_000, timeoutMs = 10_000, waitForReady = false } = options ?? {};
  const { extensions = true, tls, interceptors = [], copyBytes = false } = options ?? {};
  const logger = checkLogger(check, options?.logger);
  const resolver = resolverOf(check, target, logger);
  if (tls !== undefined) check.object("tls", tls);
  const { attemptInterceptors = [], connectionsPerHost = 1, slowStartMs = 0 } = options ?? {};
  const maxMessageBytes = checkMessageBytes(check, options?.maxMessageBytes);
  const ofMethods = checkMethods(check, options?.methods);
  if (attemptInterceptors.length > 0 && options?.hedge !== undefined && options.hedge !== false)
    check.problem("attemptInterceptors", "must not stand beside hedge", "both");
  return check.done({
    resolver,
    ownsResolver: typeof target === "string",
    connectTimeoutMs: check.duration("connectTimeoutMs", connectTimeoutMs, { min: 10, max: 60_000 }),
    timeoutMs: check.duration("timeoutMs", timeoutMs, { max: MAX_TIMER_MS }),
    waitForReady: check.boolean("waitForReady", waitForReady),
    keepalive: checkKeepalive(check, options?.keepalive),
    // The wire lets through what the most generous method takes.
    maxMessageBytes: Math.max(maxMessageBytes, ...ofMethods.values()),
    methodBytes: (fullName) => ofMethods.get(fullName) ?? maxMessageBytes,
    compression: checkCompression(check, options?.compression),
    dial: dialer(tls, typeof target === "string" ? serverName(target) : undefined),
    interceptors: checkInterceptors(check, "interceptors", interceptors),
    attemptInterceptors: checkInterceptors(check, "attemptInterceptors", attemptInterceptors),
    balancer: checkBalancer(check, options?.balancer),
    connectionsPerHost: check.integer("connectionsPerHost", connectionsPerHost, { min: 1, max: 16 }),
    retry: checkRetry(check, options?.retry),
    hedge: checkHedge(check, options?.hedge),
    outlier: checkOutlier(check, options?.outlier),
    slowStartMs: check.duration("slowStartMs", slowStartMs, { max: MAX_TIMER_MS }),
    copyBytes: check.boolean("copyBytes", copyBytes),
    ...checkWindows(check, options ?? {}),
    extensions: check.boolean("extensions", extensions),
    logger,
  });
}

function checkInterceptors(check: OptionChecks, name: string, given: readonly Interceptor[]): readonly Interceptor[] {
  if (!Array.isArray(given)) {
    check.problem(name, "must be a list of functions", given);
    return [];
  }
  for (const [index, each] of given.entries()) check.func(`${name}[${index}]`, each as Interceptor);
  return [...(given as readonly Interceptor[])];
}

function checkMethods(check: OptionChecks, methods: ChannelOptions["methods"] = {}): Map<string, number> {
  const bytes = new Map<string, number>();
  check.object("methods", methods);
  for (const [fullName, limits] of Object.entries(methods ?? {})) {
    const method = check.group(`methods["${fullName}"]`, limits, ["maxMessageBytes"]);
    if (limits?.maxMessageBytes !== undefined) bytes.set(fullName, checkMessageBytes(method, limits.maxMessageBytes));
  }
  return bytes;
}

/** The name that `dns:` and `srv:` targets look up: their endpoints have addresses only. */
function serverName(target: string): string | undefined {
  return /^(?:dns:\/\/\/|srv:\/\/)(?:_[^.]+\.)*([^:/[\]]+?)\.?(?::|$)/.exec(target)?.[1];
}

const CALL_OPTION_NAMES: readonly string[] = [
  "timeoutMs",
  "signal",
  "metadata",
  "waitForReady",
  "idempotent",
  "hash",
  "parent",
] satisfies (keyof CallOptions)[];

/** @throws OptionError; checked call by call, so it costs next to nothing while all is well. */
export function checkCallOptions(options: CallOptions): void {
  const { timeoutMs, signal, waitForReady, metadata, idempotent, hash, parent } = options;
  let legal =
    (timeoutMs === undefined || (Number.isInteger(timeoutMs) && timeoutMs >= 0 && timeoutMs <= MAX_TIMER_MS)) &&
    (waitForReady === undefined || typeof waitForReady === "boolean") &&
    (idempotent === undefined || typeof idempotent === "boolean") &&
    (hash === undefined || typeof hash === "string") &&
    (parent === undefined || (typeof parent === "object" && parent !== null)) &&
    (signal === undefined || signal instanceof AbortSignal) &&
    (metadata === undefined || (typeof metadata === "object" && metadata !== null));
  for (const name in options) legal &&= CALL_OPTION_NAMES.includes(name);
  if (legal) return;
  const check = optionChecks(options, CALL_OPTION_NAMES);
  if (timeoutMs !== undefined) check.duration("timeoutMs", timeoutMs, { max: MAX_TIMER_MS });
  if (waitForReady !== undefined) check.boolean("waitForReady", waitForReady);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    check.problem("signal", "must be an AbortSignal", signal);
  if (idempotent !== undefined) check.boolean("idempotent", idempotent);
  if (hash !== undefined && typeof hash !== "string") check.problem("hash", "must be a string", hash);
  if (metadata !== undefined) check.object("metadata", metadata);
  if (parent !== undefined) check.object("parent", parent);
  check.done(undefined);
}
