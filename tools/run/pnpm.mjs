/** The package manager: the one on the PATH when it is of the right series, else fetched by npx. */
import { execFile } from "node:child_process";
import { root } from "./root.mjs";
import { failure, runTool } from "./tool.mjs";

const VERSION = "10.34.8";

const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ERR_SOCKET|META_FETCH_FAIL|NO_OFFLINE|ENOTCACHED/;
const UNTRUSTED = /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY/;
const FULL = /ENOSPC/;
const FAULTS = [
  [
    /ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH/,
    `pnpm-lock.yaml does not match package.json: run npx pnpm@${VERSION} install and commit the lock file`,
  ],
  [FULL, `The disk is full. (${root})`],
  [UNTRUSTED, "The registry's certificate is not trusted: set NODE_EXTRA_CA_CERTS"],
  [
    UNREACHABLE,
    "The npm registry cannot be reached. Check the network or proxy (npm config get registry; HTTPS_PROXY) and run the command again.",
  ],
];

let found;

/** Runs pnpm. @throws RunError with what to do about it. */
export async function pnpm(name, args, env = {}) {
  found ??= await find();
  const [file, ...before] = found;
  const { exitCode, output } = await runTool(file, [...before, ...args], env);
  if (exitCode === 0) return;
  // What a build prints may look like a fault of the network.
  const known = FAULTS.find(([pattern]) => (name === "install" || pattern === FULL) && pattern.test(output));
  if (known !== undefined) throw failure(known[1], output);
  throw failure(`${name} failed (exit ${exitCode})`, output, exitCode);
}

function find() {
  return new Promise((resolve) => {
    const options = { cwd: root, shell: process.platform === "win32" };
    execFile("pnpm", ["--version"], options, (error, stdout) => {
      const fits = error === null && stdout.trim().split(".")[0] === VERSION.split(".")[0];
      resolve(fits ? ["pnpm"] : ["npx", "--yes", `pnpm@${VERSION}`]);
    });
  });
}
