import { writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findBinary } from "./binaries.ts";
import { fillAside } from "./fill-aside.ts";
import { fillMariadbFolder, isRoot, LOG_SIZE, type MariadbPrograms } from "./mariadb-template.ts";
import { missingError } from "./missing.ts";
import { pidFileNames } from "./pid-file.ts";
import { probe } from "./probe.ts";
import type { Place, Recipe } from "./recipe.ts";

const PROTOCOL_VERSION = 10;

/** MariaDB, with the user root, no password and no database of ours. */
export const mariadb: Recipe = {
  kind: "mysql",
  name: "MariaDB",
  url: (port) => `mysql://root@127.0.0.1:${port}/`,
  isInstalled: () => findServer() !== undefined && findInstaller() !== undefined,
  async prepare(place) {
    if (!place.kept) return fill(place.dataDir);
    // The system tables are there: this folder was filled by an earlier start.
    if (existsSync(join(place.dataDir, "mysql"))) return;
    await fillAside(place.dataDir, fill);
  },
  async command(place, port) {
    const { server } = findMariadb();
    let defaults = "--no-defaults";
    if (place.config.length > 0) {
      const file = join(place.runDir, "my.cnf");
      await writeFile(file, `[mysqld]\n${place.config.join("\n")}\n`);
      defaults = `--defaults-file=${file}`;
    }
    const own = [
      `--datadir=${place.dataDir}`,
      `--socket=${join(place.runDir, "s")}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--pid-file=${pidFile(place)}`,
      "--skip-name-resolve",
      "--performance-schema=OFF",
      LOG_SIZE,
      "--innodb-buffer-pool-size=32M",
      "--character-set-server=utf8mb4",
      "--max-connections=300",
    ];
    const speed = place.durable
      ? ["--innodb-flush-log-at-trx-commit=2"]
      : ["--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite"];
    return { file: server, args: [defaults, ...own, ...speed, ...(isRoot() ? ["--user=root"] : []), ...place.args] };
  },
  async isReady(place, port, pid) {
    // The file is written once the port is bound, so that a server of somebody else on it never has our process id.
    if (!(await pidFileNames(pidFile(place), pid))) return false;
    // The greeting: three bytes of length, a sequence number, the protocol.
    const greeting = await probe(port, "", (answer) => answer.length >= 5);
    return greeting?.[4] === PROTOCOL_VERSION;
  },
};

function fill(folder: string): Promise<void> {
  return fillMariadbFolder(folder, findMariadb());
}

/**
 * The server and its installer.
 *
 * @throws {@link ServiceError} `SERVICE_MISSING` when one is not found.
 */
export function findMariadb(): MariadbPrograms {
  const server = findServer();
  const install = findInstaller();
  if (server === undefined || install === undefined) throw missingError(["mysql"]);
  return { server, install };
}

function findServer(): string | undefined {
  return findBinary("mariadbd", "mysqld");
}

function findInstaller(): string | undefined {
  return findBinary("mariadb-install-db", "mysql_install_db");
}

function pidFile(place: Place): string {
  return join(place.runDir, "pid");
}
