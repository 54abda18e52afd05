import { createRedisPool } from "@servertech/redis-pool";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;
const key = (name: string): string => `redis-pool:pipeline:${name}`;

describe("pipeline", () => {
  it("carries out its commands in order, and says what each came to", async () => {
    await using redis = createRedisPool({ url });
    const text = key("text");
    const pipeline = redis.pipeline();
    pipeline.set(text, "a").append(text, "b").lpush(text, "x").getBuffer(text).del(text);
    expect(pipeline.length).toBe(5);
    const results = pipeline.exec();
    expect(pipeline.exec()).toBe(results);
    const [set, append, push, get, del] = await results;
    expect([set, append, get, del]).toEqual([
      [null, "OK"],
      [null, 2],
      [null, Buffer.from("ab")],
      [null, 1],
    ]);
    expect(push).toMatchObject([{ code: "REDIS_REPLY", reply: "WRONGTYPE" }, undefined]);
  });

  it("stays together on one of several connections", async () => {
    await using redis = createRedisPool({ url, connections: 3 });
    const list = key("list");
    await redis.commands.del(list);
    await redis.ready();
    const pipeline = redis.pipeline();
    for (let n = 0; n < 1_000; n++) pipeline.rpush(list, n);
    const results = await pipeline.exec();
    expect(results.map(([, length]) => length)).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
    await redis.commands.del(list);
  });

  it("gives nothing for nothing", async () => {
    await using redis = createRedisPool({ url });
    expect(await redis.pipeline().exec()).toEqual([]);
  });

  it("refuses what needs a connection of its own", async () => {
    await using redis = createRedisPool({ url });
    const pipeline = redis.pipeline();
    expect(() => pipeline.blpop("k", 1)).toThrow(
      new TypeError("blpop needs a connection of its own: call it on commands, or in use"),
    );
    expect(() => pipeline.watch("k")).toThrow(TypeError);
    expect(pipeline).not.toHaveProperty("multi");
  });

  it("fails with POOL_CLOSED, command by command, once the pool is closed", async () => {
    const redis = createRedisPool({ url });
    const pipeline = redis.pipeline();
    pipeline.get("a").set("b", "c");
    await redis.close();
    const closed = [{ code: "POOL_CLOSED" }, undefined];
    expect(await pipeline.exec()).toMatchObject([closed, closed]);
  });
});
