import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBinary } from "./binaries.ts";

// Debian starts a daemon as soon as it is installed unless policy-rc.d exits with 101:
// https://www.debian.org/doc/debian-policy/ch-opersys.html#interfacing-with-init-systems
// One shell does it all and goes on when the parent is gone: dpkg is not left half-way, nor the file behind.
const SCRIPT = `
trap '' INT TERM HUP
policy=$1 apt=$2
shift 2
made=
if [ ! -e "$policy" ]; then
  made=yes
  printf '#!/bin/sh\\nexit 101\\n' >"$policy" && chmod 755 "$policy" || exit 1
fi
"$apt" -o DPkg::Lock::Timeout=120 update &&
  "$apt" -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"
status=$?
if [ "$made" ]; then rm -f "$policy"; fi
exit "$status"
`;

const POLICY_FILE = "/usr/sbin/policy-rc.d";
const OUTPUT_TAIL = 3_000;

/** The path of `apt-get` where this process may use it: as root, and unless `SERVERTECH_NO_APT` is set. */
export function usableApt(): string | undefined {
  if (process.getuid?.() !== 0 || process.env.SERVERTECH_NO_APT) return undefined;
  return findBinary("apt-get");
}

/**
 * Installs Debian packages without starting their daemons.
 *
 * @param policyFile the file that keeps daemons down; made and removed here unless it exists.
 * @throws `Error` with the last of what apt-get said.
 */
export async function aptInstall(
  apt: string,
  packages: readonly string[],
  policyFile: string = POLICY_FILE,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "servertech-apt-"));
  try {
    const logFile = join(folder, "log");
    const log = openSync(logFile, "w");
    const child = spawn("/bin/sh", ["-c", SCRIPT, "servertech-apt", policyFile, apt, ...packages], {
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    closeSync(log);
    const [exitCode] = (await once(child, "exit")) as [number | null];
    if (exitCode === 0) return;
    const output = readFileSync(logFile, "utf8").slice(-OUTPUT_TAIL).trim();
    throw new Error(`apt-get install ${packages.join(" ")} failed (exit ${exitCode})\n${output}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
