import { ServiceError } from "./errors.ts";
import type { ServerKind } from "./recipe.ts";

const APT: Readonly<Record<ServerKind, readonly string[]>> = {
  mysql: ["mariadb-server"],
  redis: ["redis-server"],
  zookeeper: ["zookeeper", "default-jre-headless"],
};
const BREW: Readonly<Record<ServerKind, readonly string[]>> = {
  mysql: ["mariadb"],
  redis: ["redis"],
  zookeeper: ["zookeeper"],
};
const NAMES: Readonly<Record<ServerKind, string>> = { mysql: "MariaDB", redis: "Redis", zookeeper: "ZooKeeper" };
const DOCKER = "docker compose up -d --wait   and the three variables of .env.example";

/** The Debian packages of `kinds`. */
export function aptPackages(kinds: readonly ServerKind[]): string[] {
  return kinds.flatMap((kind) => APT[kind]);
}

/** The error that tells how to get the servers `kinds`, in one line for each way there is on this system. */
export function missingError(kinds: readonly ServerKind[], options?: ErrorOptions): ServiceError {
  const names = kinds.map((kind) => NAMES[kind]).join(", ");
  const ways = [
    `sudo apt-get install -y --no-install-recommends ${aptPackages(kinds).join(" ")}`,
    `brew install ${kinds.flatMap((kind) => BREW[kind]).join(" ")}`,
    DOCKER,
  ];
  const lines = process.platform === "win32" ? [DOCKER] : ways;
  const message = `${names} not found. Install with one of:\n${lines.map((line) => `  ${line}`).join("\n")}`;
  return new ServiceError("SERVICE_MISSING", message, options);
}
