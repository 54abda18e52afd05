import { pathProblem } from "./node-path.ts";

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface ConnectString {
  readonly servers: readonly ServerAddress[];
  /** Empty for none. */
  readonly chroot: string;
}

const MAX_SERVERS = 64;
const DEFAULT_PORT = 2181;

/**
 * Reads `host[:port],…[/chroot]`; an IPv6 address stands in brackets.
 *
 * @returns the problem, in words, when it is none.
 */
export function parseConnectString(text: string): ConnectString | string {
  if (typeof text !== "string" || text === "") return "must be host[:port],…[/chroot]";
  const slash = text.indexOf("/");
  const list = slash < 0 ? text : text.slice(0, slash);
  const chroot = slash < 0 ? "" : text.slice(slash);
  const problem = chroot === "" ? undefined : pathProblem(chroot);
  if (problem !== undefined) return `the chroot ${problem}`;
  const parts = list.split(",").map((part) => part.trim());
  if (parts.length > MAX_SERVERS) return `must have 1 to ${MAX_SERVERS} hosts`;
  const servers: ServerAddress[] = [];
  for (const part of parts) {
    const server = parseServer(part);
    if (server === undefined) return "must have hosts as name, name:port or [IPv6]:port, the port from 1 to 65535";
    servers.push(server);
  }
  return { servers, chroot: chroot === "/" ? "" : chroot };
}

function parseServer(text: string): ServerAddress | undefined {
  const match = /^(?:\[([0-9a-f:.%\w]+)\]|([^\s:[\]@?#]+))(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
