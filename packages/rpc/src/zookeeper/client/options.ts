import type { ConnectionOptions } from "node:tls";
import { type OptionChecks, optionChecks } from "@servertech/core";
import { type Acl, OPEN_ACL } from "./acl.ts";
import { parseConnectString, type ServerAddress } from "./connect-string.ts";

/** Credentials sent first on every connection. Never shown in errors, events or `stats()`. */
export interface ZooKeeperAuth {
  /** `digest`, or another that the server knows. 1 to 255 characters. */
  readonly scheme: string;
  /** Of `digest`: `user:password`. 1 to 65,536 characters. */
  readonly auth: string;
}

/** The options of {@link createZooKeeperClient}. */
export interface ZooKeeperClientOptions {
  /**
   * `host[:port],…[/chroot]`: 1 to 64 servers of one ensemble, port 2181 unless given, IPv6 as `[::1]:2181`. All paths
   * are below the chroot; it is created when missing.
   */
  connect: string;
  /** Session timeout asked for, in milliseconds. From 1,000 to 600,000; the server clamps it to its own limits, and its answer counts. @default 10_000 */
  sessionTimeoutMs?: number | undefined;
  /** Longest wait for any request, queued or sent, in milliseconds. From 1 to 600,000. @default `sessionTimeoutMs` */
  requestTimeoutMs?: number | undefined;
  /** Longest wait for a connection and its session together, in milliseconds. From 1 to 600,000. @default max(500, min(sessionTimeoutMs / hosts, 5_000)) */
  connectTimeoutMs?: number | undefined;
  /** Wait before each reconnect, in milliseconds: doubled with every round through the servers. `initialMs` from 1, `maxMs` from `initialMs`, both to 600,000. @default { initialMs: 50, maxMs: 3_000 } */
  backoff?: { initialMs?: number | undefined; maxMs?: number | undefined } | undefined;
  /** Up to 16. @default none */
  auth?: readonly ZooKeeperAuth[] | undefined;
  /** TLS: `node:tls` options, for the servers' secure port. The server's name is the host's, unless `servername` says otherwise. @default none */
  tls?: ConnectionOptions | undefined;
  /** Rights of the nodes that are created, at least one. @default everybody may do everything */
  acl?: readonly Acl[] | undefined;
  /** Longest reply accepted, in bytes. From 1,024 to 67,108,864. @default 67_108_864 */
  maxFrameBytes?: number | undefined;
  /** Longest request sent, in bytes: a server cuts the connection at its `jute.maxbuffer` instead of answering. From 1,024 to 67,108,864. @default 1_048_575 */
  maxRequestBytes?: number | undefined;
}

export interface ClientSettings {
  readonly servers: readonly ServerAddress[];
  readonly chroot: string;
  readonly sessionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  readonly auth: readonly ZooKeeperAuth[];
  readonly tls: ConnectionOptions | undefined;
  readonly acl: readonly Acl[];
  readonly maxFrameBytes: number;
  readonly maxRequestBytes: number;
}

export const CLIENT_OPTION_NAMES: readonly string[] = [
  "connect",
  "sessionTimeoutMs",
  "requestTimeoutMs",
  "connectTimeoutMs",
  "backoff",
  "auth",
  "tls",
  "acl",
  "maxFrameBytes",
  "maxRequestBytes",
];

const MAX_MS = 600_000;
const MAX_BYTES = 67_108_864;

export function resolveClientOptions(options: ZooKeeperClientOptions): ClientSettings {
  const check = optionChecks(options, CLIENT_OPTION_NAMES);
  return check.done(checkClientOptions(check, options ?? {}));
}

/** The client's part of an options object; the caller calls `done`. */
export function checkClientOptions(check: OptionChecks, options: ZooKeeperClientOptions): ClientSettings {
  const parsed = parseConnectString(options.connect);
  if (typeof parsed === "string") check.problem("connect", parsed, options.connect);
  const { servers, chroot } = typeof parsed === "string" ? { servers: [], chroot: "" } : parsed;
  const range = { min: 1, max: MAX_MS };
  const sessionTimeoutMs = check.duration("sessionTimeoutMs", options.sessionTimeoutMs ?? 10_000, {
    min: 1_000,
    max: MAX_MS,
  });
  const share = Math.floor(sessionTimeoutMs / Math.max(1, servers.length));
  const bytes = { min: 1_024, max: MAX_BYTES };
  if (options.tls !== undefined) check.object("tls", options.tls);
  const backoffCheck = check.group("backoff", options.backoff, ["initialMs", "maxMs"]);
  const initialMs = backoffCheck.duration("initialMs", options.backoff?.initialMs ?? 50, range);
  const maxMs = backoffCheck.duration("maxMs", options.backoff?.maxMs ?? Math.max(3_000, initialMs), {
    min: initialMs,
    max: MAX_MS,
  });
  return {
    servers,
    chroot,
    sessionTimeoutMs,
    // Defaults that follow from a wrong value are no problems of their own.
    requestTimeoutMs:
      options.requestTimeoutMs === undefined
        ? sessionTimeoutMs
        : check.duration("requestTimeoutMs", options.requestTimeoutMs, range),
    connectTimeoutMs:
      options.connectTimeoutMs === undefined
        ? Math.max(500, Math.min(share, 5_000))
        : check.duration("connectTimeoutMs", options.connectTimeoutMs, range),
    backoff: { initialMs, maxMs },
    auth: checkAuth(check, options.auth ?? []),
    tls: options.tls,
    acl: checkAcls(check, options.acl ?? OPEN_ACL),
    maxFrameBytes: check.bytes("maxFrameBytes", options.maxFrameBytes ?? MAX_BYTES, bytes),
    maxRequestBytes: check.bytes("maxRequestBytes", options.maxRequestBytes ?? 1_048_575, bytes),
  };
}

export function checkAuth(check: OptionChecks, auth: readonly ZooKeeperAuth[]): readonly ZooKeeperAuth[] {
  check.array("auth", auth, { max: 16 });
  if (!isArray(auth)) return [];
  for (const [index, one] of auth.entries()) {
    const part = check.group(`auth[${index}]`, one, ["scheme", "auth"]);
    part.string("scheme", one?.scheme, { maxLength: 255 });
    part.string("auth", one?.auth, { secret: true });
  }
  return auth.map((one) => ({ ...one }));
}

export function checkAcls(check: OptionChecks, acls: readonly Acl[]): readonly Acl[] {
  check.array("acl", acls, { min: 1, max: 128 });
  if (!isArray(acls)) return [];
  for (const [index, acl] of acls.entries()) {
    const part = check.group(`acl[${index}]`, acl, ["perms", "scheme", "id"]);
    part.integer("perms", acl?.perms, { min: 1, max: 31 });
    part.string("scheme", acl?.scheme, { maxLength: 255 });
    part.string("id", acl?.id, { minLength: 0 });
  }
  return acls.map((acl) => ({ ...acl }));
}

/** `Array.isArray` makes a readonly array one of `any`. */
function isArray(value: readonly object[]): boolean {
  return Array.isArray(value);
}
