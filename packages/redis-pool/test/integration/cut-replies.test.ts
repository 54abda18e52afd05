/** Replies in pieces of every size, and cut at every byte: each caller gets the right answer, or hears that there is none. */
import { type RedisPool, createRedisPool } from "@servertech/redis-pool";
import { type Proxy, createProxy, startServer } from "@servertech/services";
import { describe, expect, it } from "vitest";

/** Commands with replies of every kind, and what each must come to. The first one counts how often it was carried out. */
function conversation(redis: RedisPool, round: number): { answers: Promise<unknown>[]; expected: unknown[] } {
  const { commands } = redis;
  const text = `line\r\n$5\r\nnot a reply\r\n${round}é`;
  const refused = (answer: Promise<unknown>): Promise<unknown> =>
    answer.catch((error: { code: string; reply?: string }) => {
      if (error.code !== "REDIS_REPLY") throw error;
      return error.reply;
    });
  return {
    answers: [
      commands.incr("counter"),
      commands.set("text", text),
      commands.get("text"),
      commands.getBuffer("text"),
      refused(commands.lpush("text", "x")),
      commands.get("nothing"),
      commands.mget("text", "nothing", "text"),
      commands.hgetall("hash"),
      commands.smembers("nobody"),
      commands.zscore("scores", "half"),
      commands.eval("return {1, {'a', {}}, false, 'b'}", 0),
      commands.echo(`${round}`),
    ],
    expected: [
      expect.any(Number),
      "OK",
      text,
      Buffer.from(text),
      "WRONGTYPE",
      null,
      [text, null, text],
      { field: "value" },
      [],
      "0.5",
      [1, ["a", []], null, "b"],
      `${round}`,
    ],
  };
}

async function prepare(redis: RedisPool): Promise<void> {
  await redis.commands.set("text", "before");
  await redis.commands.hset("hash", "field", "value");
  await redis.commands.zadd("scores", 0.5, "half");
}

/** Bytes of the replies of one round. */
async function replyBytes(proxy: Proxy, redis: RedisPool): Promise<number> {
  const before = proxy.stats().bytesDown;
  await Promise.all(conversation(redis, 0).answers);
  return proxy.stats().bytesDown - before;
}

describe("replies", () => {
  it("are read right in pieces of every size", async () => {
    await using server = await startServer("redis");
    await using proxy = await createProxy({ target: server.port });
    await using redis = createRedisPool({ url: `redis://${proxy.address}`, commandTimeoutMs: 20_000 });
    await prepare(redis);
    for (let pieceBytes = 1; pieceBytes <= 24; pieceBytes++) {
      await proxy.set("slice", { pieceBytes });
      const { answers, expected } = conversation(redis, pieceBytes);
      expect(await Promise.all(answers)).toEqual(expected);
    }
    expect(redis.stats()).toMatchObject({ reconnects: 0, inFlight: 0 });
  });

  it("are right or REDIS_UNAVAILABLE when the connection is cut at any byte, and nothing is carried out twice", async () => {
    await using server = await startServer("redis");
    await using proxy = await createProxy({ target: server.port });
    await using redis = createRedisPool({ url: `redis://${proxy.address}`, commandTimeoutMs: 20_000 });
    await using direct = createRedisPool({ url: server.url });
    await prepare(direct);
    await redis.ready();
    const whole = await replyBytes(proxy, redis);
    expect(whole).toBeGreaterThan(200);
    let carriedOut = Number(await direct.commands.get("counter"));
    for (let bytes = 0; bytes < whole; bytes++) {
      await redis.ready();
      await proxy.set("cutAfter", { direction: "down", bytes });
      const { answers, expected } = conversation(redis, bytes);
      const settled = await Promise.allSettled(answers);
      await proxy.set("pass");
      const lost = settled.findIndex(({ status }) => status === "rejected");
      expect(lost).not.toBe(-1);
      for (const [n, one] of settled.entries()) {
        if (n < lost) expect(one).toEqual({ status: "fulfilled", value: expected[n] });
        // Replies come in order: behind a missing one none can be.
        else expect(one).toMatchObject({ status: "rejected", reason: { code: "REDIS_UNAVAILABLE" } });
      }
      const now = Number(await direct.commands.get("counter"));
      expect(now - carriedOut).toBeLessThanOrEqual(1);
      carriedOut = now;
    }
  }, 120_000);
});
