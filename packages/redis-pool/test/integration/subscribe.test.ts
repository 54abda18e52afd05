import { createRedisPool } from "@servertech/redis-pool";
import { startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;
const channel = (name: string): string => `redis-pool:subscribe:${name}`;

describe("subscribe", () => {
  it("delivers from the moment it resolves until close is called", async () => {
    await using redis = createRedisPool({ url });
    const heard: string[] = [];
    const name = channel("basic");
    const subscription = await redis.subscribe(name, (message, from) => heard.push(`${from}=${message}`));
    expect(await redis.commands.publish(name, "one")).toBe(1);
    await expect.poll(() => heard).toEqual([`${name}=one`]);
    await subscription.close();
    expect(await redis.commands.publish(name, "two")).toBe(0);
    expect(redis.stats().channels).toBe(0);
    expect(heard).toEqual([`${name}=one`]);
  });

  it("shares a channel between listeners, and keeps it until the last one leaves", async () => {
    await using redis = createRedisPool({ url });
    const name = channel("shared");
    const heard: string[] = [];
    const first = await redis.subscribe(name, (message) => heard.push(`1${message}`));
    const second = await redis.subscribe(name, (message) => heard.push(`2${message}`));
    await first.close();
    await first.close();
    await redis.commands.publish(name, "x");
    await expect.poll(() => heard).toEqual(["2x"]);
    await second.close();
    expect(await redis.commands.publish(name, "y")).toBe(0);
  });

  it("goes on after a handler that throws", async () => {
    const problems: unknown[] = [];
    const note = (fields: object | string): void => void problems.push(fields);
    await using redis = createRedisPool({ url, logger: { debug() {}, info() {}, warn() {}, error: note } });
    const heard: string[] = [];
    const name = channel("throws");
    await redis.subscribe(name, (message) => {
      heard.push(message);
      throw new Error("broken handler");
    });
    await redis.commands.publish(name, "1");
    await redis.commands.publish(name, "2");
    await expect.poll(() => heard).toEqual(["1", "2"]);
    expect(problems).toHaveLength(2);
  });

  it("subscribes again after a loss, and says that messages may be missing", async () => {
    await using server = await startServer("redis");
    await using redis = createRedisPool({ url: server.url });
    const heard: string[] = [];
    let gaps = 0;
    await redis.subscribe("c", (message) => heard.push(message), { onGap: () => (gaps += 1) });
    await server.kill();
    await server.restart();
    await expect.poll(() => gaps, { timeout: 10_000 }).toBe(1);
    await redis.ready();
    await redis.commands.publish("c", "after");
    await expect.poll(() => heard).toEqual(["after"]);
  });

  it("rejects with the signal's reason, before and during the wait", async () => {
    await using redis = createRedisPool({ url });
    const gone = AbortSignal.abort(new Error("gone"));
    await expect(redis.subscribe(channel("abort"), () => {}, { signal: gone })).rejects.toThrow("gone");
    const caller = new AbortController();
    const waiting = redis.subscribe(channel("abort"), () => {}, { signal: caller.signal });
    caller.abort(new Error("left"));
    await expect(waiting).rejects.toThrow("left");
    expect(redis.stats().channels).toBe(0);
  });

  it("rejects with REDIS_UNAVAILABLE when there is no server, and POOL_CLOSED after close", async () => {
    const redis = createRedisPool({ url: "redis://127.0.0.1:1", commandTimeoutMs: 100 });
    await expect(redis.subscribe("c", () => {})).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
    const waiting = redis.subscribe("c", () => {});
    const closed = expect(waiting).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await redis.close();
    await closed;
    await expect(redis.subscribe("c", () => {})).rejects.toMatchObject({ code: "POOL_CLOSED" });
  });

  it("takes patterns, beside a channel of the same name", async () => {
    await using redis = createRedisPool({ url });
    const name = channel("pattern*");
    const heard: string[] = [];
    const pattern = await redis.subscribe(name, (message, from) => heard.push(`${from}=${message}`), { pattern: true });
    const exact = await redis.subscribe(name, (message) => heard.push(`exact ${message}`));
    expect(redis.stats().channels).toBe(2);
    await redis.commands.publish(channel("patterns"), "one");
    await exact.close();
    await redis.commands.publish(name, "two");
    await expect.poll(() => heard).toEqual([`${channel("patterns")}=one`, `${name}=two`]);
    await pattern.close();
    expect(await redis.commands.publish(name, "three")).toBe(0);
  });

  it("takes sharded channels", async () => {
    await using redis = createRedisPool({ url });
    const name = channel("sharded");
    const heard: string[] = [];
    const sharded = await redis.subscribe(name, (message) => heard.push(message), { sharded: true });
    expect(await redis.commands.publish(name, "not this")).toBe(0);
    expect(await redis.commands.spublish(name, "this")).toBe(1);
    await expect.poll(() => heard).toEqual(["this"]);
    await sharded.close();
    expect(await redis.commands.spublish(name, "x")).toBe(0);
  });

  it("makes patterns and sharded channels again after a loss, each with its gap", async () => {
    await using server = await startServer("redis");
    await using redis = createRedisPool({ url: server.url });
    const heard: string[] = [];
    const gaps: string[] = [];
    const hear = (message: string): unknown => heard.push(message);
    await redis.subscribe("a*", hear, { pattern: true, onGap: () => gaps.push("pattern") });
    await redis.subscribe("s", hear, { sharded: true, onGap: () => gaps.push("sharded") });
    await redis.use((commands) => commands.client("KILL" as "TRACKING", "TYPE" as "ON", "pubsub" as "BCAST"));
    await expect.poll(() => gaps.toSorted()).toEqual(["pattern", "sharded"]);
    await redis.commands.publish("ab", "1");
    await redis.commands.spublish("s", "2");
    await expect.poll(() => heard.toSorted()).toEqual(["1", "2"]);
  });

  it("refuses wrong options", async () => {
    await using redis = createRedisPool({ url });
    const wrong = redis.subscribe("c", () => {}, { pattern: true, sharded: true });
    await expect(wrong).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});
