import { getEventListeners } from "node:events";
import { type LeasedCommands, createRedisPool } from "@servertech/redis-pool";
import { startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;
const key = (name: string): string => `redis-pool:leases:${name}`;

describe("use", () => {
  it("runs a blocking read of a stream beside the shared commands", async () => {
    await using redis = createRedisPool({ url });
    const stream = key("stream");
    await redis.commands.del(stream);
    const reading = redis.use((c) => c.xread("BLOCK", 10_000, "STREAMS", stream, "$"));
    await expect.poll(() => redis.stats().inUse).toBe(1);
    // The read is at the server once a ping of ours comes back behind it; XADD is repeated for that.
    await expect
      .poll(async () => {
        await redis.commands.xadd(stream, "*", "f", "v");
        return redis.stats().inUse;
      })
      .toBe(0);
    expect((await reading)?.[0]?.[0]).toBe(stream);
    await redis.commands.del(stream);
  });

  it("carries out a transaction, and answers null when a watched key has changed", async () => {
    await using redis = createRedisPool({ url });
    const balance = key("balance");
    const pay = (between: () => Promise<unknown>): Promise<unknown[] | null> =>
      redis.use(async (c) => {
        await c.watch(balance);
        await between();
        await c.multi();
        expect(await c.decrby(balance, 10)).toBe("QUEUED");
        return c.exec();
      });
    await redis.commands.set(balance, "100");
    expect(await pay(async () => {})).toEqual([90]);
    expect(await pay(() => redis.commands.set(balance, "5"))).toBeNull();
    expect(await redis.commands.get(balance)).toBe("5");
    await redis.commands.del(balance);
  });

  it("leaves neither MULTI nor WATCH to the next user of the connection", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 1 } });
    const text = key("state");
    await redis.commands.set(text, "0");
    await redis.use(async (c) => {
      await c.multi();
      await c.set(text, "never");
    });
    expect(await redis.use((c) => c.get(text))).toBe("0");
    await redis.use((c) => c.watch(text));
    await redis.commands.set(text, "1");
    expect(
      await redis.use(async (c) => {
        await c.multi();
        await c.get(text);
        return c.exec();
      }),
    ).toEqual(["1"]);
    expect(redis.stats()).toMatchObject({ created: 1, destroyed: 0 });
    await redis.commands.del(text);
  });

  it("does not lend a connection again that has another database or a command without reply", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 1 } });
    await redis.use((c) => c.select(1));
    expect(await redis.use((c) => c.ping())).toBe("PONG");
    expect(redis.stats()).toMatchObject({ created: 2, destroyed: 1 });
    let left: Promise<unknown> = Promise.resolve();
    await redis.use((c) => {
      left = c.blpop(key("nothing"), 0).catch((error: unknown) => error);
    });
    expect(await left).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: true });
    expect(await redis.use((c) => c.ping())).toBe("PONG");
  });

  it("tells replies from what Redis pushes between them", async () => {
    await using redis = createRedisPool({ url });
    const tracked = key("tracked");
    await redis.commands.set(tracked, "0");
    await redis.use(async (c) => {
      await c.client("TRACKING", "ON");
      for (let n = 1; n <= 50; n++) {
        expect(await c.get(tracked)).toBe(`${n - 1}`);
        // Each change is pushed to whoever has read the key: before, between or behind these replies.
        const changed = redis.commands.set(tracked, n);
        const replies = [c.echo("a"), c.ttl(tracked), c.mget(tracked), c.exists(tracked), c.getBuffer(key("nothing"))];
        const [echo, ttl, values, exists, nothing] = await Promise.all(replies);
        expect([echo, ttl, exists, nothing]).toEqual(["a", -1, 1, null]);
        expect([[`${n - 1}`], [`${n}`]]).toContainEqual(values);
        await changed;
      }
    });
    await redis.commands.del(tracked);
  });

  it("refuses commands after the lease has ended", async () => {
    await using redis = createRedisPool({ url });
    const kept: LeasedCommands = await redis.use((c) => c.ping().then(() => c));
    await expect(kept.ping()).rejects.toMatchObject({ code: "POOL_LEASE_RELEASED" });
  });

  it("releases the connection when the body throws or rejects", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 1 } });
    const thrown = redis.use(() => {
      throw new Error("thrown");
    });
    await expect(thrown).rejects.toThrow("thrown");
    await expect(redis.use(() => Promise.reject(new Error("rejected")))).rejects.toThrow("rejected");
    expect(await redis.use((c) => c.ping())).toBe("PONG");
  });

  it("rejects with POOL_ACQUIRE_TIMEOUT when all are on loan, and with the signal's reason", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 1 } });
    await redis.use(async () => {
      await expect(redis.use(() => {}, { timeoutMs: 20 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
      const caller = new AbortController();
      const waiting = redis.use(() => {}, { signal: caller.signal });
      caller.abort(new Error("left"));
      await expect(waiting).rejects.toThrow("left");
    });
  });

  it("leaves no listener after 10,000 calls on one signal", async () => {
    await using redis = createRedisPool({ url });
    const { signal } = new AbortController();
    for (let n = 0; n < 9_998; n++) await redis.use(() => n, { signal });
    await redis.ready({ signal });
    await redis.subscribe(key("signal"), () => {}, { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("opens another connection when the server was killed", async () => {
    await using server = await startServer("redis");
    await using redis = createRedisPool({ url: server.url });
    await redis.use((c) => c.ping());
    await server.kill();
    await expect.poll(() => redis.stats().size).toBe(0);
    await server.restart();
    expect(await redis.use((c) => c.ping())).toBe("PONG");
  });
});
