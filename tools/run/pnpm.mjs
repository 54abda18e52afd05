/** The package manager: the one on the PATH when it is of the right series, else fetched by npx. */
import { RunError } from "./run-error.mjs";
import { Stopped } from "./stop.mjs";
import { failure, runTool } from "./tool.mjs";

const VERSION = "10.34.8";

// Node's names of what can be wrong with a certificate: https://nodejs.org/api/tls.html#x509-certificate-error-codes
const UNTRUSTED =
  /SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED|CERT_REJECTED|CERT_CHAIN_TOO_LONG|CERT_SIGNATURE_FAILURE|INVALID_CA\b|INVALID_PURPOSE/;
const OUT_OF_TIME = /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/;
const OTHER_NAME = /ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH/;
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET|META_FETCH_FAIL|NO_OFFLINE|ENOTCACHED/;
const FAULTS = [
  [
    /ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH/,
    `pnpm-lock.yaml does not match package.json: run npx pnpm@${VERSION} install and commit the lock file`,
  ],
  [OUT_OF_TIME, "The registry's certificate has expired or is not valid yet: check the clock of this machine"],
  [
    OTHER_NAME,
    "The registry's certificate is for another host: check the registry and the proxy (npm config get registry; HTTPS_PROXY)",
  ],
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
  const { exitCode, output } = await runTool(file, [...before, ...args], env).catch((error) => {
    if (error.cause?.code !== "ENOENT") throw error;
    throw new RunError(`${file} is not on the PATH: install npm, which has it, or pnpm ${VERSION}`, 1, {
      cause: error,
    });
  });
  if (exitCode === 0) return;
  // What a build prints may look like a fault of the network.
  const known = FAULTS.find(([pattern]) => name === "install" && pattern.test(output));
  if (known !== undefined) throw failure(known[1], output);
  throw failure(`${name} failed (exit ${exitCode})`, output, exitCode);
}

async function find() {
  const fetched = ["npx", "--yes", `pnpm@${VERSION}`];
  try {
    const { exitCode, output } = await runTool("pnpm", ["--version"]);
    const major = /^(\d+)\.\d+\.\d+/m.exec(output)?.[1];
    return exitCode === 0 && major === VERSION.split(".")[0] ? ["pnpm"] : fetched;
  } catch (error) {
    if (error instanceof Stopped) throw error;
    return fetched;
  }
}
