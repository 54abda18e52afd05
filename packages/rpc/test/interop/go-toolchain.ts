/**
 * The Go toolchain with the sources of containerd/ttrpc: those of Debian's golang-github-containerd-ttrpc-dev, or of a GOPATH
 * in SERVERTECH_TTRPC_GOPATH.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const GO = "go";
const GOPATHS = [process.env.SERVERTECH_TTRPC_GOPATH, "/usr/share/gocode"].filter((path) => path !== undefined);
const source = GOPATHS.map((path) => join(path, "src/github.com/containerd/ttrpc")).find((path) => existsSync(path));

/** Whether that ttrpc has streams, which came with 1.2. */
export const ttrpcHasStreams: boolean = source !== undefined && existsSync(join(source, "stream.go"));

/** Why nothing can be built, if so. */
export function goProblem(): string | undefined {
  if (source === undefined) return "no sources of containerd/ttrpc";
  try {
    execFileSync(GO, ["version"]);
    return undefined;
  } catch {
    return "no Go toolchain";
  }
}

/** Builds the program in `folder` as `program`; what is compiled once is kept in `cache`. */
export async function buildGo(
  folder: URL,
  program: string,
  cache: string,
  flags: readonly string[] = [],
): Promise<void> {
  await promisify(execFile)(GO, ["build", ...flags, "-o", program, "."], {
    cwd: fileURLToPath(folder),
    env: { ...process.env, GO111MODULE: "off", GOPATH: GOPATHS.join(":"), GOFLAGS: "", GOCACHE: cache },
  });
}
