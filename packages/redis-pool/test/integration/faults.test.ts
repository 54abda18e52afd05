import { subscribe as subscribeChannel, unsubscribe as unsubscribeChannel } from "node:diagnostics_channel";
import { createRedisPool } from "@servertech/redis-pool";
import { createProxy, startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;
const DOWN = "redis://127.0.0.1:1";

async function elapsed(work: PromiseLike<unknown>): Promise<{ ms: number; error: unknown }> {
  const begin = performance.now();
  const error = await Promise.resolve(work).then(
    () => undefined,
    (problem: unknown) => problem,
  );
  return { ms: performance.now() - begin, error };
}

describe("a server that is down", () => {
  it("rejects commands after readyTimeoutMs, unsent, with the last failure as cause", async () => {
    await using redis = createRedisPool({ url: DOWN, commandTimeoutMs: 400 });
    const { ms, error } = await elapsed(redis.commands.incr("n"));
    expect(error).toMatchObject({ code: "REDIS_UNAVAILABLE", retryable: true, maybeExecuted: false });
    expect((error as Error).cause).toMatchObject({ code: "ECONNREFUSED" });
    expect(ms).toBeGreaterThan(150);
    expect(redis.stats()).toMatchObject({ queued: 0, inFlight: 0, ready: false });
    await expect(redis.ready({ timeoutMs: 50 })).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
  });

  it("bounds what waits, by count and by bytes", async () => {
    await using redis = createRedisPool({ url: DOWN, commandTimeoutMs: 400, maxQueued: 2 });
    const waiting = [redis.commands.get("a"), redis.commands.get("b")].map((each) => elapsed(each));
    await expect(redis.commands.get("c")).rejects.toMatchObject({ code: "REDIS_QUEUE_FULL", retryable: true });
    for (const { error } of await Promise.all(waiting)) expect(error).toMatchObject({ code: "REDIS_UNAVAILABLE" });
    await using small = createRedisPool({ url: DOWN, commandTimeoutMs: 400, maxQueuedBytes: 1_000 });
    await expect(small.commands.set("k", Buffer.alloc(1_000))).rejects.toMatchObject({ code: "REDIS_QUEUE_FULL" });
  });

  it("rejects at once with readyTimeoutMs 0", async () => {
    await using redis = createRedisPool({ url: DOWN, readyTimeoutMs: 0 });
    await expect(redis.commands.get("k")).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
  });

  it("is used as soon as it is up", async () => {
    await using server = await startServer("redis");
    await server.kill();
    await using redis = createRedisPool({ url: server.url, commandTimeoutMs: 20_000, readyTimeoutMs: 10_000 });
    const waiting = Promise.all([redis.commands.incr("n"), redis.commands.incr("n"), redis.commands.get("n")]);
    await server.restart();
    expect(await waiting).toEqual([1, 2, "2"]);
  });
});

describe("a lost connection", () => {
  it("never sends a command again, and says that it may have run", async () => {
    await using server = await startServer("redis");
    await using proxy = await createProxy({ target: server.port });
    await using redis = createRedisPool({
      url: `redis://${proxy.address}`,
      socketTimeoutMs: 200,
      commandTimeoutMs: 2_000,
    });
    await redis.ready();
    // The commands arrive; of their replies one byte does.
    await proxy.set("cutAfter", { direction: "down", bytes: 1 });
    const [write, read] = await Promise.all([elapsed(redis.commands.incr("n")), elapsed(redis.commands.get("n"))]);
    expect(write.error).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: true, retryable: false });
    expect(read.error).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: false, retryable: true });
    await proxy.set("pass");
    await redis.ready();
    expect(await redis.commands.get("n")).toBe("1");
    expect(redis.stats().reconnects).toBeGreaterThanOrEqual(1);
  });

  it("is replaced after kill -9, and scripts are known again", async () => {
    await using server = await startServer("redis");
    await using redis = createRedisPool({ url: server.url });
    const add = redis.script({ keys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
    expect(await add(["n"], [2])).toBe(2);
    await server.kill();
    await server.restart();
    await redis.ready();
    expect(await add(["n"], [3])).toBe(5);
  });
});

describe("a server that is silent", () => {
  it("is given up after socketTimeoutMs when it is stopped, and used again when it goes on", async () => {
    await using server = await startServer("redis");
    await using redis = createRedisPool({ url: server.url, commandTimeoutMs: 600, connectTimeoutMs: 300 });
    await redis.ready();
    await server.kill("SIGSTOP");
    const first = await elapsed(redis.commands.set("k", "1"));
    const second = await elapsed(redis.commands.get("k"));
    await server.kill("SIGCONT");
    expect(first.error).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: true });
    expect(second.error).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: false });
    await redis.ready();
    expect(await redis.commands.ping()).toBe("PONG");
  });

  it("heals after a black hole, shared connection and subscriptions both", async () => {
    await using proxy = await createProxy({ target: url });
    await using redis = createRedisPool({
      url: `redis://${proxy.address}`,
      commandTimeoutMs: 400,
      connectTimeoutMs: 200,
    });
    await redis.ready();
    await proxy.set("blackhole");
    const { error } = await elapsed(redis.commands.get("k"));
    expect(error).toMatchObject({ code: "REDIS_UNAVAILABLE" });
    await expect(redis.subscribe("redis-pool:hole", () => {})).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
    await proxy.set("pass");
    await redis.ready();
    expect(await redis.commands.ping()).toBe("PONG");
    const heard: string[] = [];
    await redis.subscribe("redis-pool:hole", (message) => heard.push(message));
    await redis.commands.publish("redis-pool:hole", "x");
    await expect.poll(() => heard).toEqual(["x"]);
  });
});

describe("a subscriber connection that is silent", () => {
  it("is found out by a ping; the subscription is made again, and says that messages may be missing", async () => {
    await using proxy = await createProxy({ target: url });
    const address = `redis://${proxy.address}`;
    await using redis = createRedisPool({ url: address, commandTimeoutMs: 600, connectTimeoutMs: 300 });
    let gaps = 0;
    await redis.subscribe("redis-pool:silent", () => {}, { onGap: () => (gaps += 1) });
    await proxy.set("blackhole");
    await proxy.set("pass");
    await expect.poll(() => gaps, { timeout: 15_000, interval: 100 }).toBe(1);
  });
});

describe("a refused login", () => {
  it("rejects what waits at once, without the password", async () => {
    await using server = await startServer("redis", { config: ["user app on >right ~* +@all", "user default off"] });
    await using redis = createRedisPool({
      url: server.url.replace("//", "//app:wrong-secret@"),
      commandTimeoutMs: 30_000,
    });
    const error = await redis.commands.get("k").catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: "POOL_REFUSED_AUTH" });
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain("wrong-secret");
    await expect(redis.use((c) => c.ping())).rejects.toMatchObject({ code: "POOL_REFUSED_AUTH" });
  });
});

describe("a database that does not exist", () => {
  it("is refused instead of using another one", async () => {
    await using redis = createRedisPool({ url: `${url}/9999`, commandTimeoutMs: 400 });
    const error = await redis.commands.set("redis-pool:nowhere", "x").catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: false });
    expect(String((error as Error).cause)).toMatch(/DB index is out of range/);
  });
});

describe("tracing of ioredis", () => {
  it("leaves no rejection without an owner", async () => {
    const listener = (): void => {};
    const channels = ["start", "end", "asyncStart", "asyncEnd", "error"].map((at) => `tracing:ioredis:command:${at}`);
    for (const each of channels) subscribeChannel(each, listener);
    try {
      await using redis = createRedisPool({ url });
      await redis.commands.set("redis-pool:traced", "x");
      await expect(redis.commands.lpush("redis-pool:traced", "y")).rejects.toMatchObject({ code: "REDIS_REPLY" });
      await redis.commands.del("redis-pool:traced");
    } finally {
      for (const each of channels) unsubscribeChannel(each, listener);
    }
  });
});
