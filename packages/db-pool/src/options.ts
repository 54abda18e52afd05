import { isIP } from "node:net";
import { type OptionChecks, optionChecks } from "@servertech/core";
import {
  POOL_OPTION_NAMES,
  type PoolOptions,
  type ResolvedPoolOptions,
  type TlsOptions,
  checkPoolOptions,
  checkTlsOptions,
} from "@servertech/resource-pool";
import type { TypeCast } from "./connection-factory.ts";

/** What a transaction sees of others. */
export type IsolationLevel = "READ UNCOMMITTED" | "READ COMMITTED" | "REPEATABLE READ" | "SERIALIZABLE";

/** Set on each connection when it opens and after each reset. */
export interface SessionOptions {
  /**
   * The session's `time_zone`, in which dates are sent and read, too. An offset from `-12:59` to `+14:00`.
   * @default the server's, and dates in the process's own zone
   */
  timeZone?: string | undefined;
  /** @default the server's */
  isolation?: IsolationLevel | undefined;
}

/** A server to read from. What is not given is as for the primary. */
export interface ReplicaOptions {
  /** A name or an address. @default the primary's */
  host?: string | undefined;
  /** From 1 to 65,535. @default 3306 */
  port?: number | undefined;
  /** A unix socket's path, instead of `host` and `port`. */
  socketPath?: string | undefined;
}

/** The options of {@link createDbPool}. */
export interface DbPoolOptions extends PoolOptions {
  /**
   * `mysql://user:password@host:port/database`, its parts percent-encoded; instead of the single options below.
   * Never shown in errors.
   */
  url?: string | undefined;
  /** A name or an address. @default "localhost" */
  host?: string | undefined;
  /** From 1 to 65,535. @default 3306 */
  port?: number | undefined;
  /** A unix socket's path, instead of `host` and `port`. */
  socketPath?: string | undefined;
  /** @default none */
  user?: string | undefined;
  /** Never shown in errors. @default none */
  password?: string | undefined;
  /** The default database. @default none */
  database?: string | undefined;
  /**
   * True or what to check: connections are encrypted, the server's certificate and its name are checked. Where `host` is an
   * address, `servername` is to be given. @default false
   */
  tls?: boolean | TlsOptions | undefined;
  /** Servers for `read`, each with a pool of its own of up to `max` connections. At most 64. @default none */
  replicas?: readonly ReplicaOptions[] | undefined;
  /** A replica that is further behind is not read from, in milliseconds. At least 1_000. @default 10_000 */
  maxReplicaLagMs?: number | undefined;
  /** Longest time of one statement, in milliseconds; then it is ended on the server, too. 0 = no limit. @default 30_000 */
  queryTimeoutMs?: number | undefined;
  /** Prepared statements kept by each connection. From 0 to 16_000. @default 256 */
  statementCacheSize?: number | undefined;
  /**
   * Whether plain statements with parameters, called on the pool, may share a busy connection when none is idle and no more
   * may be opened: `"auto"`, up to 32 under way on each; `{ depth }`, 1 to 256; `false`, one at a time. A connection that
   * fails its test for it has one at a time. @default "auto"
   */
  pipelining?: "auto" | false | { depth: number } | undefined;
  session?: SessionOptions | undefined;
  /** Rows come as arrays instead of objects. @default false */
  rowsAsArray?: boolean | undefined;
  /** Reads a value in place of the pool: called for every value of every row, `next()` gives what it would be. @default none */
  typeCast?: TypeCast | undefined;
}

/** Where the server is and who we are. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly tls: ResolvedTls | undefined;
}

export interface ResolvedTls extends Omit<TlsOptions, "servername" | "rejectUnauthorized"> {
  readonly servername: string;
  readonly rejectUnauthorized: boolean;
}

export interface ResolvedDbPoolOptions {
  readonly pool: ResolvedPoolOptions;
  readonly endpoint: Endpoint;
  readonly replicas: readonly Endpoint[];
  readonly maxReplicaLagMs: number;
  readonly queryTimeoutMs: number;
  readonly statementCacheSize: number;
  /** Most statements under way on one connection. */
  readonly depth: number;
  readonly rowsAsArray: boolean;
  readonly timeZone: string | undefined;
  readonly isolation: IsolationLevel | undefined;
  readonly typeCast: TypeCast | undefined;
}

export const ISOLATION_LEVELS: readonly IsolationLevel[] = [
  "READ UNCOMMITTED",
  "READ COMMITTED",
  "REPEATABLE READ",
  "SERIALIZABLE",
];

/** Node's timers end there. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

const ENDPOINT_NAMES = ["host", "port", "socketPath", "user", "password", "database"] as const;
const NAMES = [
  "url",
  ...ENDPOINT_NAMES,
  "tls",
  "replicas",
  "maxReplicaLagMs",
  "queryTimeoutMs",
  "statementCacheSize",
  "pipelining",
  "session",
  "rowsAsArray",
  "typeCast",
];
const AUTO_DEPTH = 32;

/** @throws OptionError with every problem. */
export function resolveOptions(options: DbPoolOptions): ResolvedDbPoolOptions {
  const check = optionChecks(options, [...NAMES, ...POOL_OPTION_NAMES]);
  const given = options ?? {};
  const { queryTimeoutMs = 30_000, statementCacheSize = 256, session = {}, rowsAsArray = false, typeCast } = given;
  const { maxReplicaLagMs = 10_000 } = given;
  const place = given.url === undefined ? endpointOf(check, given) : endpointOfUrl(check, given, given.url);
  const endpoint: Endpoint = { ...place, tls: tlsOf(check, given.tls, place) };
  const resolved = {
    pool: checkPoolOptions(check, given),
    endpoint,
    replicas: replicasOf(check, given, endpoint),
    maxReplicaLagMs: check.duration("maxReplicaLagMs", maxReplicaLagMs, { min: 1_000, max: MAX_TIMER_MS }),
    queryTimeoutMs: check.duration("queryTimeoutMs", queryTimeoutMs, { max: MAX_TIMER_MS }),
    statementCacheSize: check.integer("statementCacheSize", statementCacheSize, { max: 16_000 }),
    depth: depthOf(check, given.pipelining),
    rowsAsArray: check.boolean("rowsAsArray", rowsAsArray),
    ...sessionOf(check, session),
    typeCast: typeCast === undefined ? undefined : check.func("typeCast", typeCast),
  };
  return check.done(resolved);
}

function tlsOf(check: OptionChecks, tls: DbPoolOptions["tls"], { host, socketPath }: Place): ResolvedTls | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (socketPath !== undefined) check.problem("tls", "must not be given beside socketPath", typeof tls);
  const given = checkTlsOptions(check, tls === true ? {} : tls);
  const { rejectUnauthorized = true, servername = host, ...files } = given;
  if (rejectUnauthorized && isIP(servername) !== 0)
    check.problem("tls.servername", "must be given as a name, as certificates are checked by name", servername);
  return { ...files, servername, rejectUnauthorized };
}

function replicasOf(check: OptionChecks, { replicas = [] }: DbPoolOptions, primary: Endpoint): Endpoint[] {
  check.array("replicas", replicas, { max: 64 });
  if (!Array.isArray(replicas)) return [];
  return replicas.map((replica: ReplicaOptions, n) => {
    const inner = check.group(`replicas[${n}]`, replica, ["host", "port", "socketPath"]);
    const { user, password, database, tls } = primary;
    const given = replica?.socketPath === undefined ? { host: primary.host, ...replica } : replica;
    return { ...endpointOf(inner, given), user, password, database, tls };
  });
}

function depthOf(check: OptionChecks, pipelining: DbPoolOptions["pipelining"]): number {
  if (pipelining === undefined || pipelining === "auto") return AUTO_DEPTH;
  if (pipelining === false) return 1;
  if (typeof pipelining !== "object") {
    check.problem("pipelining", 'must be "auto", false or { depth }', pipelining);
    return 1;
  }
  return check.group("pipelining", pipelining, ["depth"]).integer("depth", pipelining?.depth, { min: 1, max: 256 });
}

function sessionOf(
  check: OptionChecks,
  session: SessionOptions,
): Pick<ResolvedDbPoolOptions, "timeZone" | "isolation"> {
  const inner = check.group("session", session, ["timeZone", "isolation"]);
  const { timeZone, isolation } = session ?? {};
  if (timeZone !== undefined)
    inner.string("timeZone", timeZone, {
      pattern: /^(?:[+-](?:0\d|1[0-2]):[0-5]\d|\+13:[0-5]\d|\+14:00)$/,
      is: "an offset from -12:59 to +14:00",
    });
  if (isolation !== undefined) inner.oneOf("isolation", isolation, ISOLATION_LEVELS);
  return { timeZone, isolation };
}

type Place = Omit<Endpoint, "tls">;

function endpointOf(check: OptionChecks, options: DbPoolOptions): Place {
  const { host = "localhost", port = 3306, socketPath, user, password, database } = options;
  if (socketPath !== undefined) {
    check.string("socketPath", socketPath, { maxLength: 107 });
    for (const name of ["host", "port"] as const)
      if (options[name] !== undefined) check.problem(name, "must not be given beside socketPath", options[name]);
  }
  check.string("host", host, { maxLength: 255 });
  check.integer("port", port, { min: 1, max: 65_535 });
  if (user !== undefined) check.string("user", user, { minLength: 0, maxLength: 255 });
  if (password !== undefined) check.string("password", password, { minLength: 0, secret: true });
  if (database !== undefined) check.string("database", database, { maxLength: 64 });
  return { host, port, socketPath, user, password, database };
}

/** Problems of a URL are told without it: it holds the password. */
function endpointOfUrl(check: OptionChecks, options: DbPoolOptions, text: string): Place {
  for (const name of ENDPOINT_NAMES)
    if (options[name] !== undefined) check.problem(name, "must not be given beside url", typeof options[name]);
  const wrong = (range: string): Place => {
    check.problem("url", range, typeof text);
    return { host: "", port: 0, socketPath: undefined, user: undefined, password: undefined, database: undefined };
  };
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["mysql:", "mariadb:"].includes(url.protocol) || url.hostname === "")
    return wrong("must be mysql://user:password@host:port/database");
  if (url.search !== "" || url.hash !== "") return wrong("must not have parameters after the database");
  try {
    const database = decodeURIComponent(url.pathname.slice(1));
    if (database.includes("/") || database.length > 64) return wrong("must name one database of at most 64 characters");
    return {
      host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? 3306 : Number(url.port),
      socketPath: undefined,
      user: decodeURIComponent(url.username) || undefined,
      password: decodeURIComponent(url.password) || undefined,
      database: database || undefined,
    };
  } catch {
    return wrong("must have its parts percent-encoded");
  }
}
