import { parseConnectString } from "./client/connect-string.ts";
import { pathProblem } from "./client/node-path.ts";

export interface ZooKeeperUrl {
  readonly connect: string;
  readonly base: string;
  readonly service: string;
}

const FORM = "must be zk://host[:port],…/<base>/<service>";

/**
 * Reads `zk://host[:port],…/<base>/<service>`: the last segment is the service, what stands before it the absolute base
 * path. Nothing is percent-decoded.
 *
 * @returns the problem, in words, when it is none.
 */
export function parseZooKeeperUrl(url: string): ZooKeeperUrl | string {
  const match = /^zk:\/\/([^/]+)(\/.+)$/s.exec(url);
  const [, connect, path] = match ?? [];
  if (connect === undefined || path === undefined) return FORM;
  const problem = pathProblem(path);
  if (problem !== undefined) return `the path ${problem}`;
  const servers = parseConnectString(connect);
  if (typeof servers === "string") return servers;
  const slash = path.lastIndexOf("/");
  return { connect, base: slash === 0 ? "/" : path.slice(0, slash), service: path.slice(slash + 1) };
}
