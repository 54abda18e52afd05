import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { startServices } from "../../src/index.ts";
import { isAlive } from "../../src/process-state.ts";
import { redisGet, redisSays, sql, ZooKeeperSession } from "../raw-clients.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { hold, killHolder } from "./holding.ts";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder();
  vi.stubEnv("TMPDIR", folder.path);
  for (const name of ["MYSQL_URL", "REDIS_URL", "ZOOKEEPER", "SERVERTECH_DATA_DIR"]) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

/** The milliseconds until the processes are gone, and all in the test's folder but `rest`. */
async function untilGone(pids: readonly number[], rest: readonly string[] = []): Promise<number> {
  const begin = performance.now();
  const isGone = () => pids.every((pid) => !isAlive(pid)) && folder.entries().every((name) => rest.includes(name));
  await vi.waitUntil(isGone, { timeout: 10_000 });
  return performance.now() - begin;
}

describe("vitest set-up", () => {
  it("hands the addresses to every test", () => {
    const urls = inject("urls");
    expect(urls.mysql).toMatch(/^mysql:\/\/.+:\d+\/$/);
    expect(urls.redis).toMatch(/^redis:\/\/.+:\d+$/);
    expect(urls.zookeeper).toMatch(/:\d+/);
  });
});

describe("startServices", () => {
  it("starts three servers that answer, and stop leaves no process and no folder", async () => {
    const started = await startServices();
    const { urls, services } = started;
    expect(services.map(({ kind, name }) => [kind, name])).toEqual([
      ["mysql", "MariaDB"],
      ["redis", "Redis"],
      ["zookeeper", "ZooKeeper"],
    ]);
    expect(services.map(({ url }) => url)).toEqual([urls.mysql, urls.redis, urls.zookeeper]);
    expect(await sql(urls.mysql, "SELECT @@character_set_server")).toBe("utf8mb4");
    expect(await redisSays(urls.redis, "PING")).toContain("+PONG");
    const session = await ZooKeeperSession.open(urls.zookeeper);
    await session.create("/a", "b");
    expect(await session.read("/a")).toBe("b");
    session.close();
    const pids = services.map(({ pid }) => pid ?? 0);
    expect(pids.every((pid) => isAlive(pid))).toBe(true);
    expect(folder.entries()).not.toEqual([]);
    await Promise.all([started.stop(), started.stop()]);
    expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
    expect(folder.entries()).toEqual([]);
  });

  it("cleans up within 2 s after its process was killed", async () => {
    const held = await hold(folder.path);
    expect(held.pids).toHaveLength(3);
    await killHolder(held);
    expect(await untilGone(held.pids)).toBeLessThan(2_000);
  });

  it("cleans up servers that are stopped by a signal, too", async () => {
    const held = await hold(folder.path);
    for (const pid of held.pids) process.kill(pid, "SIGSTOP");
    await killHolder(held);
    expect(await untilGone(held.pids)).toBeLessThan(5_000);
  });

  it("runs twice side by side, each with data of its own", async () => {
    const [one, two] = await Promise.all([startServices(), startServices()]);
    try {
      await redisSays(one.urls.redis, "SET whose one");
      await redisSays(two.urls.redis, "SET whose two");
      await sql(one.urls.mysql, "CREATE DATABASE only_one");
      expect(await redisGet(one.urls.redis, "whose")).toBe("one");
      expect(await sql(two.urls.mysql, "SHOW DATABASES")).not.toContain("only_one");
      await one.stop();
      expect(await redisGet(two.urls.redis, "whose")).toBe("two");
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  });

  it("passes on what the environment names, and starts the rest", async () => {
    vi.stubEnv("MYSQL_URL", "mysql://u:p@db.example:1/x");
    vi.stubEnv("ZOOKEEPER", "zk1:2181,zk2:2181/chroot");
    await using started = await startServices();
    expect(started.urls).toMatchObject({
      mysql: "mysql://u:p@db.example:1/x",
      zookeeper: "zk1:2181,zk2:2181/chroot",
    });
    expect(started.services.map(({ pid }) => pid === undefined)).toEqual([true, false, true]);
    expect(await redisSays(started.urls.redis, "PING")).toContain("+PONG");
  });

  it("puts throw-away data where SERVERTECH_DATA_DIR says", async () => {
    vi.stubEnv("SERVERTECH_DATA_DIR", join(folder.path, "elsewhere", "data"));
    vi.stubEnv("MYSQL_URL", "mysql://db.example:1/");
    vi.stubEnv("ZOOKEEPER", "zk1:2181");
    await using started = await startServices();
    expect(await redisSays(started.urls.redis, "CONFIG GET dir")).toContain(join(folder.path, "elsewhere", "data"));
  });

  it("stops the others when one fails, and shows the end of its log", async () => {
    const bin = join(folder.path, "home", "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "java"), "#!/bin/sh\necho 'this machine is out of coffee' >&2\nexit 3\n");
    chmodSync(join(bin, "java"), 0o755);
    vi.stubEnv("JAVA_HOME", join(folder.path, "home"));
    await expect(startServices()).rejects.toMatchObject({
      name: "ServerStartError",
      code: "SERVICE_START_FAILED",
      message: "ZooKeeper did not start (exit 3)\nthis machine is out of coffee",
    });
    expect(folder.entries()).toEqual(["home"]);
  });

  it("names everything that is missing in one error", async () => {
    vi.stubEnv("PATH", folder.path);
    vi.stubEnv("JAVA_HOME", undefined);
    await expect(startServices()).rejects.toMatchObject({
      code: "SERVICE_MISSING",
      message: expect.stringMatching(/^MariaDB, Redis, ZooKeeper not found\.(.*\n){1,3}.*docker compose/) as string,
    });
  });
});

describe("startServices with keep", () => {
  it("keeps the data for the next start", async () => {
    const dataDir = join(folder.path, "data");
    for (const round of [1, 2]) {
      const started = await startServices({ dataDir, keep: true });
      const { urls } = started;
      const session = await ZooKeeperSession.open(urls.zookeeper);
      try {
        if (round === 1) {
          await sql(urls.mysql, "CREATE DATABASE d; CREATE TABLE d.t (n INT); INSERT INTO d.t VALUES (42)");
          await redisSays(urls.redis, "SET k kept");
          await session.create("/kept", "yes");
        }
        expect(await sql(urls.mysql, "SELECT n FROM d.t")).toBe("42");
        expect(await redisGet(urls.redis, "k")).toBe("kept");
        expect(await session.read("/kept")).toBe("yes");
      } finally {
        session.close();
        await started.stop();
      }
    }
    expect(folder.entries()).toEqual(["data"]);
  });

  it("starts anew after a power cut in the midst of the first start", async () => {
    const dataDir = join(folder.path, "data");
    mkdirSync(join(dataDir, "mariadb.new", "mysql"), { recursive: true });
    mkdirSync(join(dataDir, "mariadb"));
    writeFileSync(join(dataDir, "lock"), "");
    await using started = await startServices({ dataDir, keep: true });
    expect(await sql(started.urls.mysql, "SELECT 1")).toBe("1");
    expect(readdirSync(dataDir)).not.toContain("mariadb.new");
  });

  it("lets one process at a time use them, and says who does", async () => {
    const dataDir = join(folder.path, "data");
    const held = await hold(folder.path, { dataDir, keep: true, noteUrl: "http://localhost:8080/" });
    try {
      await expect(startServices({ dataDir, keep: true })).rejects.toMatchObject({
        code: "SERVICE_DATA_IN_USE",
        message: `${dataDir} is in use by process ${held.process.pid}, at http://localhost:8080/`,
      });
    } finally {
      await killHolder(held);
      await untilGone(held.pids, ["data"]);
    }
  });

  it("does so even when the environment names all services", async () => {
    const dataDir = join(folder.path, "data");
    for (const name of ["MYSQL_URL", "REDIS_URL", "ZOOKEEPER"]) vi.stubEnv(name, "host.example:1");
    const first = await startServices({ dataDir, keep: true });
    await expect(startServices({ dataDir, keep: true })).rejects.toMatchObject({ code: "SERVICE_DATA_IN_USE" });
    await first.stop();
    await (await startServices({ dataDir, keep: true })).stop();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("takes them over from a killed process, with all that was confirmed", async () => {
    const dataDir = join(folder.path, "data");
    const held = await hold(folder.path, { dataDir, keep: true });
    await sql(held.urls.mysql, "CREATE DATABASE d; CREATE TABLE d.t (n INT); INSERT INTO d.t VALUES (7)");
    await redisSays(held.urls.redis, "SET k seven");
    await killHolder(held);
    await using next = await startServices({ dataDir, keep: true });
    expect(held.pids.filter((pid) => isAlive(pid))).toEqual([]);
    expect(await sql(next.urls.mysql, "SELECT n FROM d.t")).toBe("7");
    expect(await redisGet(next.urls.redis, "k")).toBe("seven");
  });

  it("refuses data of another series of MariaDB and names the folder", async () => {
    const dataDir = join(folder.path, "data");
    mkdirSync(join(dataDir, "mariadb"), { recursive: true });
    writeFileSync(join(dataDir, "mariadb.version"), "5.5.68\n");
    await expect(startServices({ dataDir, keep: true })).rejects.toMatchObject({
      code: "SERVICE_DATA_VERSION",
      message: expect.stringContaining(`${join(dataDir, "mariadb")} was made by MariaDB 5.5.68; this is`) as string,
    });
    // The lock is free again.
    await expect(startServices({ dataDir, keep: true })).rejects.toMatchObject({ code: "SERVICE_DATA_VERSION" });
  });
});
