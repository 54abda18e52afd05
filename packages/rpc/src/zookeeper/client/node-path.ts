import { ZooKeeperError } from "./errors.ts";

// What ZooKeeper's PathUtils.validatePath refuses: control characters, surrogates of its 16-bit view are left to it.
const REFUSED = /[\p{Cc}\ue000-\uf8ff\ufff0-\uffff]/u;

/** Why the server would refuse `path`, in words; undefined for a good one. */
export function pathProblem(path: unknown): string | undefined {
  if (typeof path !== "string" || !path.startsWith("/")) return "must begin with /";
  if (path === "/") return undefined;
  if (REFUSED.test(path)) return "must not have control or private characters";
  const wrong = path
    .slice(1)
    .split("/")
    .find((segment) => segment === "" || segment === "." || segment === "..");
  return wrong === undefined ? undefined : `must not have the segment "${wrong}"`;
}

/** Paths of users to paths of the server and back: the chroot stands before each. */
export class Chroot {
  readonly path: string;

  /** @param path empty for none. */
  constructor(path: string) {
    this.path = path;
  }

  /** @throws {@link ZooKeeperError} `ZK_BAD_ARGUMENTS` for a path that is none. */
  toServer(path: string, op: string): string {
    const problem = pathProblem(path);
    if (problem !== undefined)
      throw new ZooKeeperError("ZK_BAD_ARGUMENTS", `path: ${problem}, got ${JSON.stringify(path)}`, { op });
    return path === "/" ? this.path || "/" : this.path + path;
  }

  toUser(path: string): string {
    return path === this.path ? "/" : path.slice(this.path.length);
  }
}

/** `/a`, `/a/b`, `/a/b/c` for `/a/b/c`: every node that must be there for the last to be. */
export function pathAndParents(path: string): string[] {
  const segments = path.split("/").filter((segment) => segment !== "");
  return segments.map((_, index) => `/${segments.slice(0, index + 1).join("/")}`);
}
