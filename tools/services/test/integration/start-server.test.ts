import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { freePort, type Server, startServer } from "../../src/index.ts";
import { PrivateServer } from "../../src/private-server.ts";
import { probe } from "../../src/probe.ts";
import { isAlive } from "../../src/process-state.ts";
import type { ServerKind } from "../../src/recipe.ts";
import { recipes } from "../../src/recipes.ts";
import { redisGet, redisSays, sql, ZooKeeperSession } from "../raw-clients.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder();
  vi.stubEnv("TMPDIR", folder.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

const KINDS: ServerKind[] = ["mysql", "redis", "zookeeper"];

/** Where the run's shared servers listen: servers of somebody else, as seen from the one that is started. */
function foreignPort(kind: ServerKind): number {
  return Number(/:(\d+)\/?$/.exec(inject("urls")[kind])?.[1]);
}

async function put(kind: ServerKind, url: string, value: string): Promise<void> {
  if (kind === "mysql")
    await sql(url, `CREATE DATABASE d; CREATE TABLE d.t (v TEXT); INSERT INTO d.t VALUES ('${value}')`);
  if (kind === "redis") await redisSays(url, `SET k ${value}`);
  if (kind === "zookeeper") await withSession(url, (session) => session.create("/k", value));
}

function get(kind: ServerKind, url: string): Promise<string | undefined> {
  if (kind === "mysql") return sql(url, "SELECT v FROM d.t");
  if (kind === "redis") return redisGet(url, "k");
  return withSession(url, (session) => session.read("/k"));
}

async function withSession<T>(url: string, work: (session: ZooKeeperSession) => Promise<T>): Promise<T> {
  const session = await ZooKeeperSession.open(url);
  try {
    return await work(session);
  } finally {
    session.close();
  }
}

describe.each(KINDS)("startServer(%s)", (kind) => {
  it("keeps confirmed data, address and folder over kill and restart", async () => {
    await using server = await startServer(kind);
    const { url, pid } = server;
    await put(kind, url, "kept");
    await server.kill();
    expect(isAlive(pid)).toBe(false);
    await server.restart();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(await get(kind, url)).toBe("kept");
    // A running one is stopped first.
    await server.restart();
    expect(await get(kind, url)).toBe("kept");
    const last = server.pid;
    await server.stop();
    expect(isAlive(last)).toBe(false);
    expect(folder.entries()).toEqual([]);
    await expect(server.restart()).rejects.toMatchObject({ code: "SERVICE_CLOSED" });
  });

  it("never takes a foreign server on its port for its own", async () => {
    const port = foreignPort(kind);
    await expect(startServer(kind, { port })).rejects.toMatchObject({
      code: "SERVICE_START_FAILED",
      message: expect.stringContaining("did not start (exit 1)") as string,
    });
    expect(folder.entries()).toEqual([]);
  });

  it("takes the next port when the first turns out to be taken", async () => {
    const busy = foreignPort(kind);
    const pickPort = vi.fn<() => Promise<number>>().mockResolvedValueOnce(busy).mockImplementation(freePort);
    const server = await PrivateServer.start(recipes[kind], { durable: false, pickPort });
    try {
      expect(server.port).not.toBe(busy);
      expect(pickPort).toHaveBeenCalledTimes(2);
      await put(kind, server.url, "here");
      expect(await get(kind, server.url)).toBe("here");
    } finally {
      await server.stop();
    }
  });
});

describe("startServer", () => {
  it("stops a server that a signal has stopped", async () => {
    await using server = await startServer("redis");
    await server.kill("SIGSTOP");
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it("shows the end of the log of a server that does not start", async () => {
    await expect(startServer("mysql", { args: ["--no-such-option"] })).rejects.toThrow(/no-such-option/);
    await expect(startServer("redis", { config: ["no-such-option 1"] })).rejects.toThrow(/no-such-option/);
    await expect(startServer("zookeeper", { args: ["-Xno-such-option"] })).rejects.toThrow(/no-such-option/);
  });

  it("gives further arguments and configuration lines to MariaDB", async () => {
    await using server = await startServer("mysql", { config: ["max_connections=17"], args: ["--wait-timeout=23"] });
    // The command line, where ours stands, wins over the file.
    expect(await sql(server.url, "SELECT @@global.max_connections, @@global.wait_timeout")).toBe("300\t23");
  });

  it("knows a Redis that wants a password", async () => {
    await using server = await startServer("redis", { args: ["--requirepass", "secret"] });
    expect(await redisSays(server.url, "PING")).toContain("-NOAUTH");
    expect(await redisSays(server.url, "AUTH secret", "PING")).toContain("+PONG");
  });

  it("makes a Redis cluster", async () => {
    await using server = await startServer("redis", { args: ["--cluster-enabled", "yes"] });
    await redisSays(server.url, "CLUSTER ADDSLOTSRANGE 0 16383");
    const isUp = async () => (await redisSays(server.url, "CLUSTER INFO")).includes("cluster_state:ok");
    await vi.waitUntil(isUp, 10_000);
    await put("redis", server.url, "v");
    await server.kill();
    await server.restart();
    await vi.waitUntil(isUp, 10_000);
    expect(await get("redis", server.url)).toBe("v");
  });

  it("makes a Redis Sentinel that sees its master die", async () => {
    await using master = await startServer("redis");
    const watch = [`sentinel monitor main 127.0.0.1 ${master.port} 1`, "sentinel down-after-milliseconds main 200"];
    await using sentinel = await startServer("redis", { args: ["--sentinel"], config: watch });
    expect(await redisSays(sentinel.url, "SENTINEL get-master-addr-by-name main")).toContain(String(master.port));
    await master.kill();
    await vi.waitUntil(async () => (await redisSays(sentinel.url, "SENTINEL master main")).includes("o_down"), 10_000);
  });

  it("makes a ZooKeeper ensemble that survives its leader", async () => {
    const ports = await Promise.all(Array.from({ length: 9 }, () => freePort()));
    const members = [1, 2, 3].map((id) => ({ id, port: ports[id - 1], peers: [ports[id + 2], ports[id + 5]] }));
    const config = members.map(({ id, peers }) => `server.${id}=127.0.0.1:${peers.join(":")}`);
    const servers: Server[] = await Promise.all(
      members.map(({ id, port }) => startServer("zookeeper", { port, config, myid: id })),
    );
    try {
      const modes = () => Promise.all(servers.map(async ({ url }) => /Mode: (\w+)/.exec(await overview(url))?.[1]));
      await vi.waitUntil(async () => (await modes()).filter((mode) => mode === "follower").length === 2, 15_000);
      const leader = (await modes()).indexOf("leader");
      const [follower] = servers.filter((_, index) => index !== leader);
      await put("zookeeper", follower?.url ?? "", "shared");
      await servers[leader]?.kill();
      await vi.waitUntil(async () => (await modes()).includes("leader"), 15_000);
      expect(await get("zookeeper", follower?.url ?? "")).toBe("shared");
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  }, 60_000);
});

/** How the server sees itself, empty while it is down. */
async function overview(address: string): Promise<string> {
  return (await probe(Number(address.split(":")[1]), "srvr"))?.toString() ?? "";
}
