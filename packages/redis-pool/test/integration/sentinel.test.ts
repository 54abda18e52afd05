import { createRedisPool } from "@servertech/redis-pool";
import { type Server, createProxy, startServer } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MASTER = "mymaster";
let master: Server;
let replica: Server;
let sentinels: Server[];

/** Three Sentinels agree on a failover by two. */
async function startSentinels(port: number): Promise<Server[]> {
  const config = [
    `sentinel monitor ${MASTER} 127.0.0.1 ${port} 2`,
    `sentinel down-after-milliseconds ${MASTER} 500`,
    `sentinel failover-timeout ${MASTER} 3000`,
  ];
  return Promise.all(Array.from({ length: 3 }, () => startServer("redis", { args: ["--sentinel"], config })));
}

beforeAll(async () => {
  master = await startServer("redis");
  replica = await startServer("redis", {
    config: [`replicaof 127.0.0.1 ${master.port}`, "repl-diskless-sync-delay 0"],
  });
  sentinels = await startSentinels(master.port);
});

afterAll(async () => {
  await Promise.all([...sentinels, replica, master].map((server) => server.stop()));
});

const urls = (): string[] => sentinels.map(({ port }) => `redis://127.0.0.1:${port}`);

describe("sentinels", () => {
  it("asks the next Sentinel when one is down or silent", async () => {
    await using proxy = await createProxy({ target: sentinels[0]?.port ?? 0 });
    await proxy.set("blackhole");
    const list = ["redis://127.0.0.1:1", `redis://${proxy.address}`, ...urls()];
    await using redis = createRedisPool({ url: `redis://${MASTER}`, sentinels: list });
    await redis.ready({ timeoutMs: 10_000 });
    expect(await redis.commands.ping()).toBe("PONG");
  });

  it("tells why when no Sentinel knows the master", async () => {
    await using redis = createRedisPool({ url: "redis://nobody", sentinels: urls() });
    await expect(redis.ready({ timeoutMs: 500 })).rejects.toMatchObject({
      code: "REDIS_UNAVAILABLE",
      cause: expect.any(Error),
    });
  });

  it("follows a failover with commands, leases and subscriptions", async () => {
    await using redis = createRedisPool({ url: `redis://${MASTER}`, sentinels: urls(), commandTimeoutMs: 1_000 });
    await redis.commands.set("before", "1");
    await redis.use((commands) => commands.ping());
    let gaps = 0;
    const heard: string[] = [];
    await redis.subscribe("news", (message) => heard.push(message), { onGap: () => (gaps += 1) });
    // The replica has it, and each Sentinel knows the replica: a failover can go well.
    await expect.poll(() => redis.commands.info("replication"), { timeout: 15_000 }).toMatch(/state=online/);
    for (const url of urls()) {
      await using sentinel = createRedisPool({ url });
      const known = (): Promise<string> => sentinel.commands.info("sentinel");
      await expect.poll(known, { timeout: 15_000 }).toMatch(/status=ok,.*slaves=1,sentinels=3/);
    }
    await master.kill();
    const isBack = (): Promise<unknown> => redis.commands.set("after", "2").catch(() => "not yet");
    await expect.poll(isBack, { timeout: 25_000, interval: 50 }).toBe("OK");
    expect(await redis.use((commands) => commands.info("server"))).toContain(`tcp_port:${replica.port}`);
    await expect.poll(() => gaps, { timeout: 10_000 }).toBe(1);
    await redis.commands.publish("news", "from the new master");
    await expect.poll(() => heard).toEqual(["from the new master"]);
  }, 90_000);
});
