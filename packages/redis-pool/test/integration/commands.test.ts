import { createRedisPool } from "@servertech/redis-pool";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;
const key = (name: string): string => `redis-pool:commands:${name}`;

describe("commands", () => {
  it("carries out the commands of one tick in order, in one write", async () => {
    await using redis = createRedisPool({ url });
    await redis.ready();
    const list = key("order");
    const replies = await Promise.all([
      redis.commands.del(list),
      ...Array.from({ length: 1_000 }, (_, n) => redis.commands.rpush(list, n)),
      redis.commands.lrange(list, 0, -1),
    ]);
    expect(replies.at(-1)).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)));
    expect(redis.stats()).toMatchObject({ inFlight: 0, queued: 0, commands: 1_002, ready: true, reconnects: 0 });
    await redis.commands.del(list);
  });

  it("opens the connection on first use", async () => {
    await using redis = createRedisPool({ url });
    expect(redis.stats()).toMatchObject({ ready: false, size: 0 });
    expect(await redis.commands.ping()).toBe("PONG");
    expect(redis.stats().ready).toBe(true);
  });

  it("takes hashes, expiry, conditions, streams and buffers", async () => {
    await using redis = createRedisPool({ url });
    const [text, hash, stream] = [key("text"), key("hash"), key("stream")];
    await redis.commands.del(text, hash, stream);
    expect(await redis.commands.set(text, "1", "EX", 60, "NX")).toBe("OK");
    expect(await redis.commands.set(text, "2", "EX", 60, "NX")).toBeNull();
    expect(await redis.commands.mget([text, hash])).toEqual(["1", null]);
    expect(await redis.commands.getBuffer(text)).toEqual(Buffer.from("1"));
    await redis.commands.hset(hash, { a: "1", b: "2" });
    expect(await redis.commands.hgetall(hash)).toEqual({ a: "1", b: "2" });
    await redis.commands.xadd(stream, "1-0", "f", "v");
    expect(await redis.commands.xrange(stream, "-", "+")).toEqual([["1-0", ["f", "v"]]]);
    await redis.commands.del(text, hash, stream);
  });

  it("rejects with REDIS_REPLY, without the arguments", async () => {
    await using redis = createRedisPool({ url });
    const text = key("wrong");
    await redis.commands.set(text, "secret");
    const error = await redis.commands.lpush(text, "hidden").catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: "REDIS_REPLY", reply: "WRONGTYPE", retryable: false, maybeExecuted: false });
    expect(JSON.stringify(error) + String(error)).not.toContain("hidden");
    expect((error as Error).cause).toBeUndefined();
    await redis.commands.del(text);
  });

  it("runs what blocks beside the others, on a lease", async () => {
    await using redis = createRedisPool({ url });
    const list = key("blocking");
    await redis.commands.del(list);
    const popped = redis.commands.blpop(list, 10);
    await expect.poll(() => redis.stats().inUse).toBe(1);
    expect(await redis.commands.ping()).toBe("PONG");
    await redis.commands.rpush(list, "x");
    expect(await popped).toEqual([list, "x"]);
    await expect.poll(() => redis.stats()).toMatchObject({ inUse: 0, idle: 1 });
  });

  it("runs what changes a connection on a lease, which nobody else gets", async () => {
    await using redis = createRedisPool({ url });
    const text = key("database");
    await redis.commands.set(text, "here");
    expect(await redis.commands.select(1)).toBe("OK");
    expect(await redis.commands.client("GETNAME")).toBeNull();
    expect(await redis.commands.watch(text)).toBe("OK");
    expect(await redis.commands.get(text)).toBe("here");
    // The lease of WATCH is clean again; the other two are not lent a second time.
    await expect.poll(() => redis.stats()).toMatchObject({ inUse: 0, destroyed: 2 });
    await redis.commands.del(text);
  });

  it("has no commands that last longer than a call", async () => {
    await using redis = createRedisPool({ url });
    for (const name of ["multi", "exec", "discard", "subscribe", "quit", "auth", "monitor"])
      expect(redis.commands).not.toHaveProperty(name);
  });

  it("takes several connections, and uses the one with the fewest commands in flight", async () => {
    await using redis = createRedisPool({ url, connections: 2 });
    const opened: string[] = [];
    redis.on("connect", ({ role }) => opened.push(role));
    const counter = key("counter");
    await redis.commands.del(counter);
    await redis.ready();
    const values = await Promise.all(Array.from({ length: 500 }, () => redis.commands.incr(counter)));
    expect(new Set(values).size).toBe(500);
    await expect.poll(() => opened).toEqual(["shared", "shared"]);
    await redis.commands.del(counter);
  });

  it("keeps quick commands and ioredis' own in the order of the calls, with text, numbers and Buffers", async () => {
    await using redis = createRedisPool({ url });
    await redis.ready();
    const text = key("mixed");
    const wide = "käse ☃ 𝄞";
    const replies = await Promise.all([
      redis.commands.set(text, wide),
      redis.commands.getBuffer(text),
      redis.commands.set(text, Buffer.from([0, 255])),
      redis.commands.getBuffer(text),
      redis.commands.set(text, 1.5),
      redis.commands.getrange(text, 0, -1),
      redis.commands.copy(text, `${text}2`, "REPLACE"),
      redis.commands.append(text, ""),
      redis.commands.del([text, `${text}2`]),
    ]);
    const bytes = [Buffer.from(wide), Buffer.from([0, 255])];
    expect(replies).toEqual(["OK", bytes[0], "OK", bytes[1], "OK", "1.5", 1, 3, 2]);
  });
});

describe("script", () => {
  it("falls back to EVAL when Redis does not know the script", async () => {
    await using redis = createRedisPool({ url });
    const double = redis.script({ keys: 1, lua: `-- ${Math.random()}\nreturn {KEYS[1], ARGV[1] * 2}` });
    expect(await double([key("k")], [21])).toEqual([key("k"), 42]);
    await redis.commands.script("FLUSH");
    expect(await double([key("k")], [4])).toEqual([key("k"), 8]);
  });

  it("refuses another number of keys than declared, and wrong options", async () => {
    await using redis = createRedisPool({ url });
    const one = redis.script({ keys: 1, lua: "return 1" });
    await expect(one([])).rejects.toThrow(new RangeError("the script takes 1 keys, not 0"));
    expect(() => redis.script({ keys: -1, lua: "" })).toThrow(/keys: must be .*lua: must be/s);
  });
});
