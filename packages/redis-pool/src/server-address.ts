import type { OptionChecks } from "@servertech/core";
import { type TlsOptions, checkTlsOptions } from "@servertech/resource-pool";
import { addressText } from "./slot-map.ts";

/** A URL of Redis in its parts. */
export interface ServerAddress {
  /** With Sentinels the name of the master. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: number;
  /** Undefined: plain TCP. */
  readonly tls: TlsOptions | undefined;
  readonly sentinels: readonly ServerAddress[] | undefined;
}

const RANGE = "must be redis://[user:password@]host[:port][/database] or rediss://…";

/** Reads `url`, `sentinels` and `tls`; problems are noted in `check`, without what was given. */
export function checkServer(
  check: OptionChecks,
  url: unknown,
  sentinels: readonly string[] | undefined,
  tls: TlsOptions | undefined,
): ServerAddress {
  const given = tls === undefined ? {} : checkTlsOptions(check, tls);
  const secured = (address: ServerAddress): ServerAddress =>
    address.tls === undefined ? address : { ...address, tls: given };
  const server = addressOf(url, 6_379);
  if (server === undefined) check.problem("url", RANGE, typeof url);
  let known: ServerAddress[] | undefined;
  if (sentinels !== undefined) {
    const list: readonly unknown[] = Array.isArray(sentinels) ? sentinels : [];
    known = list.flatMap((each, n) => {
      const address = addressOf(each, 26_379);
      if (address === undefined) check.problem(`sentinels[${n}]`, RANGE, typeof each);
      return address === undefined ? [] : secured(address);
    });
    if (list.length === 0) check.problem("sentinels", "must be a list of at least one URL", typeof sentinels);
  }
  const secure = [server, ...(known ?? [])].some((address) => address?.tls !== undefined);
  if (tls !== undefined && server !== undefined && !secure)
    check.problem("tls", "must not be given without a URL with rediss:", typeof tls);
  return { ...secured(server ?? NOWHERE), sentinels: known };
}

/** Reads the further nodes of a cluster. */
export function checkCluster(check: OptionChecks, nodes: unknown, sentinels: unknown, url: unknown): string[] {
  if (sentinels !== undefined) check.problem("cluster", "must not be given with sentinels", typeof nodes);
  if ((addressOf(url, 6_379)?.database ?? 0) > 0)
    check.problem("url", "must name no database with cluster", typeof url);
  if (!Array.isArray(nodes)) check.problem("cluster", "must be a list of URLs, which may be empty", typeof nodes);
  return (Array.isArray(nodes) ? nodes : []).flatMap((each: unknown, n) => {
    const address = addressOf(each, 6_379);
    if (address === undefined) check.problem(`cluster[${n}]`, RANGE, typeof each);
    return address === undefined ? [] : addressText(address.host, address.port);
  });
}

const NOWHERE: ServerAddress = {
  host: "",
  port: 0,
  user: "",
  password: "",
  database: 0,
  tls: undefined,
  sentinels: undefined,
};

function addressOf(url: unknown, defaultPort: number): ServerAddress | undefined {
  const parsed = typeof url === "string" ? parse(url) : undefined;
  if (parsed === undefined || parsed.hostname === "") return undefined;
  if (!/^rediss?:$/.test(parsed.protocol) || !/^\/?\d*$/.test(parsed.pathname)) return undefined;
  if (parsed.search !== "" || parsed.hash !== "") return undefined;
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? defaultPort : Number(parsed.port),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: Number(parsed.pathname.slice(1)),
    tls: parsed.protocol === "rediss:" ? {} : undefined,
    sentinels: undefined,
  };
}

/** Undefined too when an escape of user or password is broken. */
function parse(url: string): URL | undefined {
  try {
    const parsed = new URL(url);
    decodeURIComponent(parsed.username + parsed.password);
    return parsed;
  } catch {
    return undefined;
  }
}
