import { createRedisPool } from "@servertech/redis-pool";
import { createProxy, startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;
const key = (name: string): string => `redis-pool:lending:${name}`;

describe("priority", () => {
  it("serves higher ones first among those who wait", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 1 } });
    const served: string[] = [];
    const holders: Promise<unknown>[] = [];
    await redis.use(async () => {
      holders.push(redis.use(() => served.push("low"), { priority: -1 }));
      holders.push(redis.use(() => served.push("plain")));
      holders.push(redis.transaction([], () => void served.push("high"), { priority: 5 }));
      await expect.poll(() => redis.stats().waiting).toBe(3);
    });
    await Promise.all(holders);
    expect(served).toEqual(["high", "plain", "low"]);
    await expect(redis.use(() => {}, { priority: 0.5 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

describe("suspend", () => {
  it("holds up leases and blocking commands until resume, and nothing else", async () => {
    await using redis = createRedisPool({ url });
    redis.suspend();
    expect(redis.stats().suspended).toBe(true);
    const used = redis.use((commands) => commands.ping());
    const popped = redis.commands.blpop(key("list"), 10);
    await redis.commands.rpush(key("list"), "x");
    expect(redis.stats()).toMatchObject({ waiting: 2, inUse: 0 });
    await expect(redis.use(() => {}, { timeoutMs: 20 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    redis.resume();
    expect(await used).toBe("PONG");
    expect(await popped).toEqual([key("list"), "x"]);
    expect(redis.stats().suspended).toBe(false);
  });
});

describe("warmup", () => {
  it("opens so many connections, and refuses more than there may be", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 3 } });
    await redis.warmup(3);
    expect(redis.stats()).toMatchObject({ size: 3, idle: 3 });
    await expect(redis.warmup(4)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(redis.warmup(1, { timeoutMs: 0 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(redis.warmup(1, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
  });

  it("rejects in time without a server, and on a closed pool", async () => {
    const redis = createRedisPool({ url: "redis://127.0.0.1:1" });
    await expect(redis.warmup(1, { timeoutMs: 50 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    await redis.close();
    await expect(redis.warmup(1)).rejects.toMatchObject({ code: "POOL_CLOSED" });
  });
});

describe("evict", () => {
  it("replaces idle connections now, and a lent one when it comes back", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 2 } });
    await redis.warmup(2);
    await redis.use(async (commands) => {
      redis.evict();
      expect(await commands.ping()).toBe("PONG");
      expect(redis.stats()).toMatchObject({ inUse: 1, idle: 0, destroyed: 1 });
    });
    expect(redis.stats().destroyed).toBe(2);
    expect(await redis.use((commands) => commands.ping())).toBe("PONG");
  });
});

describe("exclusive.min", () => {
  it("is kept open from the first loan on", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 3, min: 2 } });
    await redis.use((commands) => commands.ping());
    await expect.poll(() => redis.stats().size).toBe(2);
    await redis.use((commands) => commands.client("KILL" as "TRACKING", "SKIPME" as "ON", "no" as "BCAST"));
    await expect.poll(() => redis.stats(), { timeout: 5_000 }).toMatchObject({ size: 2, min: 2 });
  });
});

describe("keepaliveMs", () => {
  it("finds out idle connections that do not answer", async () => {
    await using proxy = await createProxy({ target: url });
    await using redis = createRedisPool({
      url: `redis://${proxy.address}`,
      keepaliveMs: 100,
      validationTimeoutMs: 100,
    });
    await redis.warmup(2);
    await proxy.set("blackhole");
    await proxy.set("pass");
    await expect.poll(() => redis.stats().destroyed, { timeout: 10_000 }).toBe(2);
  });
});

describe("a lease that is not given back", () => {
  it("is told by a leak event with the stack of its use", async () => {
    await using redis = createRedisPool({ url, leakDetectionMs: 50 });
    const leaks: Error[] = [];
    redis.on("leak", (error) => leaks.push(error));
    const holdForTooLong = (): Promise<void> =>
      redis.use(() => expect.poll(() => leaks.length, { timeout: 5_000 }).toBe(1));
    await holdForTooLong();
    expect(leaks[0]).toMatchObject({ code: "POOL_LEASE_LEAKED" });
    expect(leaks[0]?.stack).toContain("holdForTooLong");
    expect(redis.stats().leaks).toBe(1);
  });
});

describe('whenDown: "fail-fast"', () => {
  it("refuses leases at once after three failures, and tells of down and up without shared commands", async () => {
    await using server = await startServer("redis");
    await server.kill();
    await using redis = createRedisPool({ url: server.url, whenDown: "fail-fast" });
    const told: string[] = [];
    redis.on("down", () => told.push("down"));
    redis.on("up", () => told.push("up"));
    await expect(redis.use(() => {}, { timeoutMs: 2_000 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    await expect(redis.use(() => {})).rejects.toMatchObject({ code: "POOL_CONNECT_FAILED" });
    await server.restart();
    await expect.poll(() => redis.use(() => "served").catch(() => "refused"), { timeout: 5_000 }).toBe("served");
    expect(told).toEqual(["down", "up"]);
  });
});
