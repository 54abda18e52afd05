import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findBinary } from "./binaries.ts";
import { missingError } from "./missing.ts";
import { pidFileNames } from "./pid-file.ts";
import { probe } from "./probe.ts";
import type { Place, Recipe } from "./recipe.ts";

const CONFIG_FILE = "redis.conf";

/** Redis, or Valkey where that is installed instead. */
export const redis: Recipe = {
  kind: "redis",
  name: "Redis",
  url: (port) => `redis://127.0.0.1:${port}`,
  isInstalled: () => findProgram() !== undefined,
  async prepare(place) {
    if (place.config.length === 0) return;
    // Sentinels and cluster nodes write into their configuration: only the first start makes the file.
    await writeFile(join(place.dataDir, CONFIG_FILE), `${place.config.join("\n")}\n`, { flag: "wx" });
  },
  async command(place, port) {
    // A Sentinel has nothing to append, and stumbles over it at its end.
    const appends = place.durable && !place.args.includes("--sentinel");
    const appendonly = appends ? ["--appendonly", "yes", "--appendfsync", "everysec"] : ["--appendonly", "no"];
    const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", place.dataDir, "--pidfile", pidFile(place)];
    const config = place.config.length === 0 ? [] : [join(place.dataDir, CONFIG_FILE)];
    return { file: program(), args: [...config, ...own, "--save", "", ...appendonly, ...place.args] };
  },
  async isReady(place, port, pid) {
    const answer = (await probe(port, "INFO\r\n", isWholeReply))?.toString("latin1") ?? "";
    // One that wants a password first says nothing about itself; its process id file, written once it listens, does.
    if (answer.startsWith("-NOAUTH")) return pidFileNames(pidFile(place), pid);
    return answer.includes(`\r\nprocess_id:${pid}\r\n`) && !answer.includes("\r\nloading:1\r\n");
  },
};

/** An error in one line, or text of the announced length: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function isWholeReply(answer: Buffer): boolean {
  const head = /^(?:-|\$(\d+))[^\r]*\r\n/.exec(answer.toString("latin1"));
  if (head === null) return false;
  return head[1] === undefined || answer.length >= head[0].length + Number(head[1]) + 2;
}

function findProgram(): string | undefined {
  return findBinary("redis-server", "valkey-server");
}

function program(): string {
  const path = findProgram();
  if (path === undefined) throw missingError(["redis"]);
  return path;
}

function pidFile(place: Place): string {
  return join(place.runDir, "pid");
}
