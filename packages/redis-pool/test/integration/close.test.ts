import { createRedisPool } from "@servertech/redis-pool";
import { startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;
const key = (name: string): string => `redis-pool:close:${name}`;

describe("close", () => {
  it("lets commands in flight finish, and refuses new ones", async () => {
    const redis = createRedisPool({ url });
    const work = Array.from({ length: 500 }, () => redis.commands.incr(key("n")));
    const script = redis.script({ keys: 0, lua: `return ${Math.random() > 2} or 7` })([]);
    const closing = redis.close();
    expect(redis.close()).toBe(closing);
    await expect(redis.commands.get("k")).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await expect(redis.ready()).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await expect(redis.use(() => {})).rejects.toMatchObject({ code: "POOL_CLOSED" });
    expect(await closing).toEqual({ leaked: 0 });
    const values = await Promise.all(work);
    expect((values.at(-1) ?? 0) - (values[0] ?? 0)).toBe(499);
    expect(await script).toBe(7);
    await using after = createRedisPool({ url });
    await after.commands.del(key("n"));
  });

  it("waits for a lease, then ends it by force", async () => {
    const redis = createRedisPool({ url });
    const popped = redis.use((c) => c.blpop(key("nothing"), 0)).catch((error: unknown) => error);
    await expect.poll(() => redis.stats().inUse).toBe(1);
    expect(await redis.close({ timeoutMs: 100 })).toEqual({ leaked: 1 });
    expect(await popped).toMatchObject({ code: "REDIS_UNAVAILABLE" });
  });

  it("ends while connecting, and rejects who waits for that", async () => {
    const redis = createRedisPool({ url: "redis://127.0.0.1:1", commandTimeoutMs: 20_000, readyTimeoutMs: 10_000 });
    const settled = Promise.allSettled([redis.ready(), redis.commands.get("k"), redis.subscribe("c", () => {})]);
    await redis.close({ timeoutMs: 50 });
    for (const each of await settled) expect(each).toMatchObject({ reason: { code: "POOL_CLOSED" } });
  });

  it("ends in time when no more command may wait", async () => {
    const options = { url: "redis://127.0.0.1:1", commandTimeoutMs: 20_000, readyTimeoutMs: 10_000, maxQueued: 1 };
    const redis = createRedisPool(options);
    const waiting = redis.commands.get("k").catch((error: unknown) => error);
    await redis.close({ timeoutMs: 50 });
    expect(await waiting).toMatchObject({ code: "POOL_CLOSED" });
  });

  it("ends within its time when the server is silent", async () => {
    await using server = await startServer("redis");
    const redis = createRedisPool({ url: server.url });
    await redis.ready();
    await server.kill("SIGSTOP");
    const lost = redis.commands.incr("n").catch((error: unknown) => error);
    await redis.close({ timeoutMs: 50 });
    expect(await lost).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: true });
    await server.kill("SIGCONT");
  });

  it("leaves no connection at the server", async () => {
    await using server = await startServer("redis");
    const redis = createRedisPool({ url: server.url });
    await Promise.all([redis.ready(), redis.use((c) => c.ping()), redis.subscribe("c", () => {})]);
    await redis.close();
    await using other = createRedisPool({ url: server.url });
    expect((await other.use((c) => c.client("LIST"))) as string).not.toMatch(/\n.+\n.+/);
  });

  it("closes a pool that was never used", async () => {
    expect(await createRedisPool({ url }).close()).toEqual({ leaked: 0 });
  });
});
