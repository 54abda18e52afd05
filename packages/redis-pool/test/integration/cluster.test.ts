import { createRedisPool } from "@servertech/redis-pool";
import type { Server } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClusterNodes, startCluster, tell } from "./cluster-nodes.ts";

let nodes: ClusterNodes;
beforeAll(async () => {
  nodes = await startCluster();
}, 90_000);
afterAll(() => nodes?.[Symbol.asyncDispose]());

const first = (): Server => nodes.masters[0] as Server;
const open = (options: object = {}): ReturnType<typeof createRedisPool> =>
  createRedisPool({ url: first().url, cluster: [], ...options });

/** A sharded channel of the first master. */
async function lostChannel(): Promise<string> {
  for (let n = 0; ; n++) {
    const name = `lost:${n}`;
    if (Number(await tell(first(), "KEYSLOT", name)) < 5_000) return name;
  }
}

describe("cluster", () => {
  it("sends each command to the master of its key, from the first one on", async () => {
    await using redis = open();
    const keys = Array.from({ length: 300 }, (_, n) => `key:${n}`);
    expect(new Set(await Promise.all(keys.map((key) => redis.commands.set(key, key))))).toEqual(new Set(["OK"]));
    expect(await Promise.all(keys.map((key) => redis.commands.get(key)))).toEqual(keys);
    expect(await redis.commands.hset("hash", { a: "1" })).toBe(1);
    expect(await redis.commands.hgetall("hash")).toEqual({ a: "1" });
    expect(await redis.commands.mget("{tag}1", "{tag}2")).toEqual([null, null]);
    await expect(redis.commands.mget("a", "b")).rejects.toMatchObject({ code: "REDIS_REPLY", reply: "CROSSSLOT" });
    const sizes = await Promise.all(nodes.masters.map((node) => tell(node, "COUNTKEYSINSLOT", 0)));
    expect(sizes).toHaveLength(3);
    expect(redis.stats()).toMatchObject({ ready: true, inFlight: 0, queued: 0 });
  });

  it("is ready when every master is connected", async () => {
    await using redis = open();
    await redis.ready();
    const roles: string[] = [];
    redis.on("connect", ({ role }) => roles.push(role));
    await Promise.all(Array.from({ length: 100 }, (_, n) => redis.commands.get(`key:${n}`)));
    expect(roles).toEqual([]);
  });

  it("asks further nodes when the first is not there", async () => {
    const { url } = nodes.masters[1] as Server;
    await using redis = createRedisPool({ url: "redis://127.0.0.1:1", cluster: [url] });
    await redis.commands.set("further", "x");
    expect(await redis.commands.get("further")).toBe("x");
  });

  it("rejects in time when no node is there", async () => {
    const down = { url: "redis://127.0.0.1:1", cluster: [], commandTimeoutMs: 300, acquireTimeoutMs: 300 };
    await using redis = createRedisPool(down);
    await expect(redis.commands.get("k")).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
    await expect(redis.use(() => {})).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
    await expect(redis.commands.blpop("k", 1)).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
    await expect(redis.ready({ timeoutMs: 100 })).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
  });

  it("runs transactions, leases, blocking commands, scripts and pipelines where their keys are", async () => {
    await using redis = open();
    for (let n = 0; n < 20; n++) {
      const key = `{group:${n}}`;
      const replies = await redis.transaction([key], async (commands, queued) => {
        const old = Number(await commands.get(key));
        queued.set(key, old + 1).get(key);
      });
      expect(replies).toEqual(["OK", "1"]);
      expect(await redis.use((commands) => commands.get(key), { key })).toBe("1");
      const list = `${key}list`;
      const popped = redis.commands.blpop(list, 10);
      await redis.commands.rpush(list, "x");
      expect(await popped).toEqual([list, "x"]);
      expect(await redis.script({ keys: 1, lua: "return redis.call('DEL', KEYS[1])" })([key])).toBe(1);
    }
    const pipeline = redis.pipeline();
    for (let n = 0; n < 50; n++) pipeline.set(`p:${n}`, n).get(`p:${n}`);
    const results = await pipeline.exec();
    expect(results.map(([error, reply]) => error ?? reply)).toEqual(
      Array.from({ length: 50 }, (_, n) => ["OK", String(n)]).flat(),
    );
    expect(redis.stats()).toMatchObject({ inUse: 0 });
  });

  it("hears channels and patterns of the whole cluster", async () => {
    await using redis = open();
    const heard: string[] = [];
    await redis.subscribe("news", (message) => heard.push(message));
    await redis.subscribe("n*", (message) => heard.push(message), { pattern: true });
    await redis.commands.publish("news", "x");
    await expect.poll(() => heard).toEqual(["x", "x"]);
  });

  it("follows a slot that moves, while it moves and after", async () => {
    await using redis = open();
    const key = "{moving}";
    await redis.commands.set(`${key}old`, "old");
    const slot = Number(await tell(first(), "KEYSLOT", key));
    const ids = await Promise.all(nodes.masters.map((node) => tell(node, "MYID").then(String)));
    const from = Math.floor((slot * 3) / 16_384);
    const to = (from + 1) % 3;
    const [source, target] = [nodes.masters[from] as Server, nodes.masters[to] as Server];
    await tell(target, "SETSLOT", slot, "IMPORTING", ids[from] as string);
    await tell(source, "SETSLOT", slot, "MIGRATING", ids[to] as string);
    // What is still there is served there, what is not is asked for at the other node.
    expect(await redis.commands.get(`${key}old`)).toBe("old");
    expect(await redis.commands.set(`${key}new`, "new")).toBe("OK");
    expect(await redis.commands.get(`${key}new`)).toBe("new");
    await using direct = createRedisPool({ url: source.url });
    await direct.commands.migrate("127.0.0.1", target.port, `${key}old`, 0, 5_000);
    for (const node of [target, source]) await tell(node, "SETSLOT", slot, "NODE", ids[to] as string);
    expect(await redis.commands.mget(`${key}old`, `${key}new`)).toEqual(["old", "new"]);
    expect(await redis.transaction([`${key}old`], (_commands, queued) => void queued.del(`${key}old`))).toEqual([1]);
  });

  it("hears sharded channels of every node, and follows one whose slot moves, with its gap", async () => {
    await using redis = open();
    const heard: string[] = [];
    const gaps: string[] = [];
    const names = Array.from({ length: 12 }, (_, n) => `sharded:${n}`);
    const subscriptions = await Promise.all(
      names.map((name) =>
        redis.subscribe(name, (message, from) => heard.push(`${from}=${message}`), {
          sharded: true,
          onGap: () => gaps.push(name),
        }),
      ),
    );
    expect(redis.stats().channels).toBe(12);
    for (const name of names) expect(await redis.commands.spublish(name, "x")).toBe(1);
    await expect.poll(() => heard.toSorted()).toEqual(names.map((name) => `${name}=x`).toSorted());
    const [name] = names as [string];
    const slot = Number(await tell(first(), "KEYSLOT", name));
    const ids = await Promise.all(nodes.masters.map((node) => tell(node, "MYID").then(String)));
    const from = Math.floor((slot * 3) / 16_384);
    const to = (from + 1) % 3;
    const [source, target] = [nodes.masters[from] as Server, nodes.masters[to] as Server];
    // A slot that is taken without this keeps the old epoch: a failover would not be voted for later.
    await tell(target, "SETSLOT", slot, "IMPORTING", ids[from] as string);
    await tell(source, "SETSLOT", slot, "MIGRATING", ids[to] as string);
    for (const node of [target, source]) await tell(node, "SETSLOT", slot, "NODE", ids[to] as string);
    await expect.poll(() => gaps, { timeout: 10_000 }).toEqual([name]);
    heard.length = 0;
    expect(await redis.commands.spublish(name, "moved")).toBe(1);
    await expect.poll(() => heard).toEqual([`${name}=moved`]);
    for (const subscription of subscriptions) await subscription.close();
    expect(redis.stats().channels).toBe(0);
    await expect.poll(() => redis.commands.spublish(name, "closed")).toBe(0);
  });

  // Last: the first master is gone after it.
  it("follows a failover: commands, leases and subscriptions go on at the new master", async () => {
    await using redis = open({ cluster: nodes.masters.map(({ url }) => url), commandTimeoutMs: 1_000 });
    await redis.ready();
    const heard: string[] = [];
    await redis.subscribe("after", (message) => heard.push(message));
    // Of the first master, which is about to go.
    const lost = await lostChannel();
    const heardSharded: string[] = [];
    await redis.subscribe(lost, (message) => heardSharded.push(message), { sharded: true });
    const before = redis.stats().commands;
    await expect.poll(() => tell(nodes.replica, "INFO").then(String)).toMatch(/cluster_state:ok/);
    await first().kill();
    const keys = Array.from({ length: 30 }, (_, n) => `key:${n}`);
    const all = (): Promise<unknown> =>
      Promise.all(keys.map((key) => redis.commands.set(key, "after"))).then(
        () => "all",
        () => "not yet",
      );
    await expect.poll(all, { timeout: 25_000, interval: 100 }).toBe("all");
    for (const key of keys) expect(await redis.use((commands) => commands.get(key), { key })).toBe("after");
    const publish = async (): Promise<boolean> => (await redis.commands.publish("after", "x")) >= 0 && heard.length > 0;
    await expect.poll(publish, { timeout: 10_000 }).toBe(true);
    const publishSharded = (): Promise<unknown> => redis.commands.spublish(lost, "x").catch(() => "not yet");
    await expect.poll(publishSharded, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => heardSharded.length).toBeGreaterThan(0);
    await expect.poll(() => redis.stats()).toMatchObject({ inUse: 0, inFlight: 0, queued: 0 });
    // What the lost node had counted is not forgotten.
    expect(redis.stats().commands).toBeGreaterThanOrEqual(before + keys.length);
  }, 60_000);
});
