import { getEventListeners } from "node:events";
import { createRedisPool } from "@servertech/redis-pool";
import { createProxy } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;
const key = (name: string): string => `redis-pool:transaction:${name}`;

describe("transaction", () => {
  it("resolves to the replies of EXEC, each as its command gives it", async () => {
    await using redis = createRedisPool({ url });
    const [text, hash, set] = [key("text"), key("hash"), key("set")];
    await redis.commands.del(text, hash, set);
    const replies = await redis.transaction([text], async (commands, queued) => {
      expect(await commands.get(text)).toBeNull();
      queued.set(text, "1").hset(hash, { a: "1" }).hgetall(hash).getBuffer(text);
      queued.zadd(set, 1, "m").zrange(set, "0", "-1", "WITHSCORES");
    });
    expect(replies).toEqual(["OK", 1, { a: "1" }, Buffer.from("1"), 1, ["m", "1"]]);
    await redis.commands.del(text, hash, set);
  });

  it("loses no update, however many change the same key", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 8 } });
    const balance = key("balance");
    await redis.commands.set(balance, "0");
    const add = (): Promise<unknown> =>
      redis.transaction(
        [balance],
        async (commands, queued) => {
          queued.set(balance, Number(await commands.get(balance)) + 1);
        },
        { retries: 1_000 },
      );
    await Promise.all(Array.from({ length: 40 }, add));
    expect(await redis.commands.get(balance)).toBe("40");
    expect(redis.stats()).toMatchObject({ inUse: 0, waiting: 0 });
    await redis.commands.del(balance);
  });

  it("gives up with REDIS_WATCH_CONFLICT after its retries", async () => {
    await using redis = createRedisPool({ url });
    const text = key("disturbed");
    let calls = 0;
    const disturbed = redis.transaction(
      [text],
      async (_commands, queued) => {
        calls += 1;
        await redis.commands.incr(text);
        queued.set(text, "mine");
      },
      { retries: 2 },
    );
    await expect(disturbed).rejects.toMatchObject({ code: "REDIS_WATCH_CONFLICT", retryable: true });
    expect(calls).toBe(3);
    expect(await redis.commands.get(text)).toBe("3");
    await redis.commands.del(text);
  });

  it("carries out nothing without commands, and works without keys", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 1 } });
    const text = key("few");
    expect(await redis.transaction([text], () => {})).toEqual([]);
    expect(await redis.transaction([], (_commands, queued) => void queued.set(text, "x").del(text))).toEqual(["OK", 1]);
    expect(redis.stats()).toMatchObject({ inUse: 0, created: 1 });
  });

  it("says which command failed, and that the others were carried out", async () => {
    await using redis = createRedisPool({ url });
    const text = key("wrong");
    const failed = redis.transaction([], (_commands, queued) => void queued.set(text, "secret").lpush(text, "hidden"));
    const error = await failed.catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: "REDIS_REPLY", reply: "WRONGTYPE", maybeExecuted: true, retryable: false });
    expect((error as Error).message).toMatch(/command 2/);
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain("hidden");
    expect(await redis.commands.getdel(text)).toBe("secret");
  });

  it("carries out nothing when Redis refuses a command before EXEC, and says why", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 1 } });
    const text = key("refused");
    // GET takes one key.
    const broken = redis.transaction([], (_commands, queued) => void queued.set(text, "x").get(text, "more" as never));
    await expect(broken).rejects.toMatchObject({ code: "REDIS_REPLY", reply: "ERR" });
    expect(await redis.commands.get(text)).toBeNull();
    expect(await redis.use((commands) => commands.ping())).toBe("PONG");
  });

  it("gives the connection back clean when its body rejects", async () => {
    await using redis = createRedisPool({ url, exclusive: { max: 1 } });
    const text = key("rejects");
    const rejected = redis.transaction([text], () => Promise.reject(new Error("mine")));
    await expect(rejected).rejects.toThrow("mine");
    await redis.commands.set(text, "changed");
    expect(await redis.transaction([], (_commands, queued) => void queued.get(text))).toEqual(["changed"]);
    expect(redis.stats()).toMatchObject({ created: 1, inUse: 0 });
    await redis.commands.del(text);
  });

  it("says maybeExecuted when the connection is lost behind EXEC", async () => {
    await using proxy = await createProxy({ target: url });
    await using redis = createRedisPool({ url: `redis://${proxy.address}`, commandTimeoutMs: 300 });
    const text = key("lost");
    const lost = redis.transaction([text], async (_commands, queued) => {
      queued.set(text, "x");
      await proxy.set("blackhole");
    });
    await expect(lost).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: true });
    await expect.poll(() => redis.stats().inUse).toBe(0);
  });

  it("ends with the signal, and leaves no listener", async () => {
    await using redis = createRedisPool({ url });
    const text = key("signal");
    const caller = new AbortController();
    const aborted = redis.transaction([text], () => caller.abort(new Error("left")), { signal: caller.signal });
    await expect(aborted).rejects.toThrow("left");
    const { signal } = new AbortController();
    for (let n = 0; n < 100; n++)
      await redis.transaction([text], (_commands, queued) => void queued.get(text), { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
    const gone = redis.transaction([text], () => {}, { signal: AbortSignal.abort(new Error("gone")) });
    await expect(gone).rejects.toThrow("gone");
  });

  it("refuses wrong arguments, all at once", async () => {
    await using redis = createRedisPool({ url });
    const wrong = redis.transaction("k" as never, undefined as never, { retries: -1, retry: 1 } as never);
    await expect(wrong).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringMatching(/keys.*retries/s),
    });
  });
});
