import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { findBinary, isExecutableFile } from "./binaries.ts";
import { missingError } from "./missing.ts";
import { probe } from "./probe.ts";
import type { Place, Recipe } from "./recipe.ts";

const JVM = [
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-Xmx128m",
  "-XX:-UsePerfData", // leaves a folder in /tmp
  "-Dzookeeper.jmx.log4j.disable=true",
];
const MAIN = "org.apache.zookeeper.server.ZooKeeperServerMain";
const ENSEMBLE_MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

const DEBIAN_JAR = "/usr/share/java/zookeeper.jar";
const DEBIAN_MORE = [
  // Without it a failed bind is a silent exit.
  "/usr/share/java/slf4j-simple.jar",
  // TLS needs both; the manifest of zookeeper.jar names neither.
  "/usr/share/java/netty-codec.jar",
  "/usr/share/java/netty-resolver.jar",
];
const HOMEBREW = ["/opt/homebrew/opt/zookeeper/libexec", "/usr/local/opt/zookeeper/libexec"];

/** ZooKeeper: from `ZOOKEEPER_HOME`, else as Debian or Homebrew install it. Java: from `JAVA_HOME`, else on PATH. */
export const zookeeper: Recipe = {
  kind: "zookeeper",
  name: "ZooKeeper",
  url: (port) => `127.0.0.1:${port}`,
  isInstalled: () => findJava() !== undefined && findClassPath() !== undefined,
  async prepare(place) {
    await mkdir(join(place.dataDir, "data"), { recursive: true });
    if (place.myid !== undefined) await writeFile(join(place.dataDir, "data", "myid"), `${place.myid}\n`);
  },
  async command(place, port) {
    const { java, classPath } = program();
    const file = join(place.dataDir, "zoo.cfg");
    await writeFile(file, `${configuration(place, port).join("\n")}\n`);
    const main = isMember(place) ? ENSEMBLE_MAIN : MAIN;
    return { file: java, args: [...JVM, ...place.args, "-cp", classPath, main, file] };
  },
  async isReady(place, port) {
    if ((await probe(port, "ruok"))?.toString() !== "imok") return false;
    // Any ZooKeeper says imok. This one alone works in this folder, which was made for it.
    const environment = (await probe(port, "envi"))?.toString() ?? "";
    if (!environment.includes(`user.dir=${place.runDir}\n`)) return false;
    // A member of an ensemble serves once enough others run: that is not its own doing.
    return isMember(place) || ((await probe(port, "srvr"))?.toString() ?? "").includes("Mode: ");
  },
};

function configuration(place: Place, port: number): string[] {
  return [
    "tickTime=500",
    `dataDir=${join(place.dataDir, "data")}`,
    `clientPort=${port}`,
    "clientPortAddress=127.0.0.1",
    "admin.enableServer=false",
    "4lw.commands.whitelist=ruok,srvr,stat,mntr,cons,dump,envi",
    "maxClientCnxns=0",
    "minSessionTimeout=1000",
    "maxSessionTimeout=60000",
    "forceSync=no",
    ...(place.durable ? ["autopurge.snapRetainCount=3", "autopurge.purgeInterval=24"] : []),
    ...(isMember(place) ? ["initLimit=20", "syncLimit=10"] : []),
    ...place.config,
  ];
}

function isMember(place: Place): boolean {
  return place.config.some((line) => line.startsWith("server."));
}

function program(): { java: string; classPath: string } {
  const java = findJava();
  const classPath = findClassPath();
  if (java === undefined || classPath === undefined) throw missingError(["zookeeper"]);
  return { java, classPath };
}

function findJava(): string | undefined {
  const home = process.env.JAVA_HOME;
  const own = home ? join(home, "bin", "java") : undefined;
  return own !== undefined && isExecutableFile(own) ? own : findBinary("java");
}

function findClassPath(): string | undefined {
  const home = process.env.ZOOKEEPER_HOME;
  if (home) return [join(home, "lib", "*"), join(home, "*"), join(home, "conf")].join(delimiter);
  if (existsSync(DEBIAN_JAR)) return [DEBIAN_JAR, ...DEBIAN_MORE].join(delimiter);
  const brew = HOMEBREW.find((folder) => existsSync(folder));
  return brew && [join(brew, "lib", "*"), join(brew, "*")].join(delimiter);
}
