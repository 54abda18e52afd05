/** What tools/services offers, once it is built. */
import { note, step, stepDone } from "./steps.mjs";
import { onStop, throwIfStopping } from "./stop.mjs";

/** The built package. */
export function services() {
  return import("../services/dist/index.js");
}

/** Sees to it that MariaDB, Redis and ZooKeeper, and a browser for tests, are installed, or says how to get them. */
export async function ensureServers({ browser = false } = {}) {
  throwIfStopping();
  const { ensurePackages } = await services();
  const begin = performance.now();
  let told = "";
  const onProgress = (line) => note((told = line));
  // dpkg must not be cut off half-way.
  const forget = onStop(() => told && note("stopping once the packages are there"));
  const { installed, missing } = await ensurePackages({ browser, onProgress }).finally(forget);
  if (installed.length > 0) stepDone("packages", begin);
  if (missing.length > 0) note(`without ${missing.join(" and ")}: browser tests skip themselves`);
}

/** Starts the servers that the environment does not name. */
export async function startServers(options) {
  const { startServices } = await services();
  const started = await step("servers", () => startServices(options));
  for (const { name, url, readyMs } of started.services) {
    const time = readyMs === undefined ? "  given" : `${(readyMs / 1_000).toFixed(1).padStart(5)} s`;
    note(`  ${name.padEnd(11)} ${time}   ${hidePassword(url)}`);
  }
  return started;
}

/** Their addresses as the apps and the benchmarks read them. */
export function environmentOf({ urls }) {
  return { MYSQL_URL: urls.mysql, REDIS_URL: urls.redis, ZOOKEEPER: urls.zookeeper };
}

function hidePassword(url) {
  return url.replace(/^(\w+:\/\/[^:@/]*):[^@/]*@/, "$1:…@");
}
