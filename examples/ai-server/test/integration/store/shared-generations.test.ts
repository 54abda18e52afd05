import { type RedisPool, createRedisPool } from "@servertech/redis-pool";
import { type Server, startServer } from "@servertech/services";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ChatChunk, Status } from "../../../src/gen/ai_server.ts";
import { KeyCipher, type CipherKey } from "../../../src/rpc/key-cipher.ts";
import { Tokens } from "../../../src/rpc/tokens.ts";
import { SharedGenerations } from "../../../src/store/generations.ts";
import { eventually } from "../eventually.ts";

let server: Server;
let redis: RedisPool;
let one: SharedGenerations;
let other: SharedGenerations;

beforeAll(async () => {
  server = await startServer("redis");
  redis = createRedisPool({ url: server.url });
  one = new SharedGenerations(redis, "one");
  other = new SharedGenerations(redis, "other");
});

afterAll(async () => {
  await redis.close();
  await server.stop();
});

beforeEach(async () => {
  await redis.commands.flushall();
});

const started: ChatChunk = {
  event: {
    case: "started",
    value: { generationId: "g", conversationId: 1n, userMessageId: 2n, messageId: 3n, model: "m", title: "t" },
  },
};
const delta = (seq: number): ChatChunk => ({
  event: { case: "delta", value: { seq, text: `🚀${seq}\0`, reasoning: "" } },
});
const done = (seq: number): ChatChunk => ({
  event: {
    case: "done",
    value: { seq, status: Status.COMPLETE, finishReason: "stop", usage: undefined, error: undefined },
  },
});
const more = { last: false };

describe("append and read", () => {
  it("give every instance the same chunks, from any place on", async () => {
    await expect(one.append("g", 0, [started, delta(1)], more)).resolves.toBe("ok");
    await expect(other.read("g", 0)).resolves.toEqual({ state: "running", chunks: [started, delta(1)] });
    await expect(one.append("g", 2, [delta(2), done(3)], { last: true })).resolves.toBe("ok");
    await expect(other.read("g", 2)).resolves.toEqual({ state: "ended", chunks: [delta(2), done(3)] });
    await expect(other.read("g", 9)).resolves.toEqual({ state: "ended", chunks: [] });
    await expect(other.read("unknown", 0)).resolves.toEqual({ state: "lost", chunks: [] });
  });

  it("take chunks once, however often they are sent", async () => {
    await one.append("g", 0, [started, delta(1)], more);
    await one.append("g", 0, [started, delta(1), delta(2)], more);
    await expect(one.read("g", 0)).resolves.toMatchObject({ chunks: [started, delta(1), delta(2)] });
  });

  it("ask for all of it again when Redis has lost the beginning", async () => {
    await one.append("g", 0, [started, delta(1)], more);
    await redis.commands.flushall();
    await expect(one.append("g", 2, [delta(2)], more)).resolves.toBe("restart");
    await expect(one.append("g", 0, [started, delta(1), delta(2)], more)).resolves.toBe("ok");
  });

  it("refuse an owner that was away for too long", async () => {
    await one.append("g", 0, [started], more);
    await expect(other.claim("g")).resolves.toBe(false);
    await redis.commands.del("ai:lease:g");
    await expect(other.read("g", 0)).resolves.toMatchObject({ state: "lost", chunks: [started] });
    await expect(other.claim("g")).resolves.toBe(true);
    await expect(one.claim("g")).resolves.toBe(false);
    await expect(one.append("g", 1, [delta(1)], more)).resolves.toBe("not-owner");
    await expect(other.append("g", 1, [done(1)], { last: true })).resolves.toBe("ok");
    await expect(one.append("g", 1, [], more)).resolves.toBe("not-owner");
  });

  it("leave nothing in Redis for ever", async () => {
    await one.append("g", 0, [started], more);
    await one.keepWatch("g");
    await one.lock({ id: 1, created_at: 5 }, "x");
    await one.reserve(1, "n");
    await one.reserve(1, "m");
    await one.keepNonce(1, "m", "g");
    const keys = await redis.commands.keys("*");
    expect(keys.toSorted()).toEqual([
      "ai:gen:g",
      "ai:lease:g",
      "ai:lock:1_5",
      "ai:nonce:1:m",
      "ai:nonce:1:n",
      "ai:watch:g",
    ]);
    for (const key of keys) expect(await redis.commands.ttl(key)).toBeGreaterThan(0);
  });

  it("wake those who wait, on whichever instance", async () => {
    let woken = 0;
    const subscription = await other.onMore("g", () => (woken += 1));
    await one.append("g", 0, [started], more);
    await eventually(() => woken).toBe(1);
    expect((await other.read("g", 0)).chunks).toEqual([started]);
    await subscription.close();
  });
});

describe("locks", () => {
  it("have one holder, and are given back by it only", async () => {
    const conversation = { id: 1, created_at: 1 };
    await expect(one.lock(conversation, "x")).resolves.toBe(true);
    await expect(one.lock(conversation, "x")).resolves.toBe(true);
    await expect(other.lock(conversation, "y")).resolves.toBe(false);
    await other.unlock(conversation, "y");
    await expect(other.lock(conversation, "y")).resolves.toBe(false);
    await one.unlock(conversation, "x");
    await expect(other.lock(conversation, "y")).resolves.toBe(true);
  });
});

describe("nonces", () => {
  it("are reserved once, until they stand for a generation or are forgotten", async () => {
    await expect(Promise.all([one.reserve(1, "n"), other.reserve(1, "n")])).resolves.toEqual(
      expect.arrayContaining(["new", "pending"]),
    );
    await expect(one.reserve(2, "n")).resolves.toBe("new");
    await one.keepNonce(1, "n", "g_1");
    await expect(other.reserve(1, "n")).resolves.toEqual({ generationId: "g_1" });
    await one.forgetNonce(1, "n");
    await expect(other.reserve(1, "n")).resolves.toBe("new");
  });
});

describe("stops", () => {
  it("reach every instance", async () => {
    const stopped: string[] = [];
    const subscriptions = await Promise.all([
      one.onStop((id) => stopped.push(`one ${id}`)),
      other.onStop((id) => stopped.push(`other ${id}`)),
    ]);
    await one.askToStop("g");
    await eventually(() => stopped.toSorted()).toEqual(["one g", "other g"]);
    for (const subscription of subscriptions) await subscription.close();
    expect(stopped).toHaveLength(2);
  });
});

describe("tokens", () => {
  const key = (id: string, byte: number): CipherKey => ({ id, secret: Buffer.alloc(32, byte) });
  const expired = { code: "AI_TOKEN_EXPIRED" };

  it("are known by their hash, with the key encrypted, and end by themselves", async () => {
    const tokens = new Tokens(redis, new KeyCipher([key("a", 1)]), 60);
    const token = await tokens.create({ userId: 7, sessionId: 3, apiKey: "sk-mine-1234" });
    expect(token).toMatch(/^ai_server_[\w-]{43}$/);
    await expect(tokens.check(token)).resolves.toEqual({ userId: 7, apiKey: "sk-mine-1234" });
    const [name] = await redis.commands.keys("*");
    expect(name).toMatch(/^ai_server_[0-9a-f]{64}$/);
    expect(await redis.commands.ttl(name!)).toBeGreaterThan(50);
    const record = await redis.commands.hgetall(name!);
    expect(record).toMatchObject({ user_id: "7", session_id: "3", key_id: "a", last4: "1234" });
    expect(JSON.stringify(record)).not.toContain("mine");
    expect(`${name}${JSON.stringify(record)}`).not.toContain(token.slice(10));
  });

  it("are unknown after their time", async () => {
    const tokens = new Tokens(redis, new KeyCipher([key("a", 1)]), 1);
    const token = await tokens.create({ userId: 7, sessionId: 0, apiKey: "" });
    await expect(tokens.check(token)).resolves.toEqual({ userId: 7, apiKey: undefined });
    await eventually(() => tokens.check(token).catch((error: unknown) => error)).toMatchObject(expired);
  });

  it("outlive a change of the key that encrypts, as long as the old one is kept", async () => {
    const token = await new Tokens(redis, new KeyCipher([key("a", 1)]), 60).create({
      userId: 7,
      sessionId: 0,
      apiKey: "sk-mine-1234",
    });
    await expect(new Tokens(redis, new KeyCipher([key("b", 2), key("a", 1)]), 60).check(token)).resolves.toMatchObject({
      apiKey: "sk-mine-1234",
    });
    await expect(new Tokens(redis, new KeyCipher([key("b", 2)]), 60).check(token)).rejects.toMatchObject({
      code: "KEY_UNREADABLE",
    });
  });

  it("give nobody the key of another one's record", async () => {
    const tokens = new Tokens(redis, new KeyCipher([key("a", 1)]), 60);
    await tokens.create({ userId: 7, sessionId: 0, apiKey: "sk-mine-1234" });
    const [from] = await redis.commands.keys("*");
    const own = await tokens.create({ userId: 8, sessionId: 0, apiKey: "" });
    const to = (await redis.commands.keys("*")).find((name) => name !== from);
    const { key_id, api_key } = await redis.commands.hgetall(from!);
    await redis.commands.hset(to!, { key_id, api_key });
    await expect(tokens.check(own)).rejects.toMatchObject({ code: "KEY_UNREADABLE" });
  });
});
