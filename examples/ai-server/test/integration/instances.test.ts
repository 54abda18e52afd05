import { sleep } from "@servertech/core";
import { createRedisPool } from "@servertech/redis-pool";
import { type Server, startServer } from "@servertech/services";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { Status } from "../../src/contract.ts";
import { SharedGenerations } from "../../src/store/generations.ts";
import { type ScriptedProvider, data, goodAnswer, says, scriptedProvider, sse } from "../scripted-provider.ts";
import { freshDatabase } from "./fresh-database.ts";
import {
  type Client,
  type RunningServer,
  chatRequest,
  clientOf,
  eventually,
  hear,
  providerEnv,
  startAiServer,
  tokenFor,
} from "./harness.ts";

let provider: ScriptedProvider;
let env: Record<string, string>;
let redis: Server;
let a: RunningServer;
let b: RunningServer;
let clientA: Client;
let clientB: Client;
let token: string;

beforeAll(async () => {
  provider = await scriptedProvider();
  redis = await startServer("redis");
  const mysql = await freshDatabase(inject("urls").mysql, "ai_instances_test");
  env = providerEnv(provider, mysql, redis.url);
  [a, b] = await Promise.all([startAiServer(env), startAiServer(env)]);
  [clientA, clientB] = [clientOf(a.address), clientOf(b.address)];
  token = await tokenFor(clientA, 1);
});

afterAll(async () => {
  await Promise.all([clientA.close(), clientB.close()]);
  await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]);
  await provider[Symbol.asyncDispose]();
  await redis.stop();
});

let goOn: (rest: string) => void;

beforeEach(() => {
  provider.requests.length = 0;
  provider.play((response) => {
    sse(response).write(says("partial"));
    goOn = (rest) => response.end(says(rest, "stop") + data("[DONE]"));
  });
});

const list = (client: Client, conversationId: bigint) =>
  client.listMessages({ token, conversationId, beforeId: 0n, limit: 0 });

/** Begins an answer at the first instance, and leaves it. */
async function begin(client = clientA) {
  const { started } = await hear(
    client.chat(chatRequest({ token, content: "one", detachable: true })),
    ({ text }) => text === "partial",
  );
  return started;
}

describe("another instance", () => {
  it("shows an answer as it is made, from any place on", async () => {
    const started = await begin();
    const { generationId, conversationId, messageId } = started;
    const whole = hear(clientB.attach({ token, generationId, afterSeq: 0 }));
    await eventually(() => list(clientB, conversationId)).toMatchObject({
      messages: [{ content: "partial", status: Status.RUNNING }, {}],
      active: { generationId, messageId, lastSeq: 1 },
    });
    const rest = hear(clientB.attach({ token, generationId, afterSeq: 1 }));
    goOn(" and whole");
    await expect(whole).resolves.toMatchObject({
      started,
      text: "partial and whole",
      done: { status: Status.COMPLETE, finishReason: "stop" },
    });
    await expect(rest).resolves.toMatchObject({ started, text: " and whole", done: { status: Status.COMPLETE } });
    const late = await hear(clientB.attach({ token, generationId, afterSeq: 1_000 }));
    expect(late.chunks.map(({ event }) => event?.case)).toEqual(["started", "done"]);
  });

  it("stops an answer within 200 ms", async () => {
    const { generationId } = await begin();
    const watching = hear(clientB.attach({ token, generationId, afterSeq: 0 }), ({ text }) => text === "partial");
    await watching;
    const asked = performance.now();
    await clientB.stop({ token, generationId });
    await provider.requests[0]!.closed;
    expect(performance.now() - asked).toBeLessThan(200);
    await expect(hear(clientB.attach({ token, generationId, afterSeq: 0 }))).resolves.toMatchObject({
      text: "partial",
      done: { status: Status.STOPPED },
    });
  });

  it("keeps an answer going by watching it", async () => {
    await using impatient = await startAiServer({ ...env, AI_DETACH_GRACE_MS: "200" });
    await using client = clientOf(impatient.address);
    const { generationId } = await begin(client);
    const watching = hear(clientB.attach({ token, generationId, afterSeq: 0 }));
    await using pool = createRedisPool({ url: redis.url });
    await eventually(() => pool.commands.exists(`ai:watch:${generationId}`)).toBe(1);
    // Several times the grace.
    await sleep(1_000);
    goOn(" and whole");
    await expect(watching).resolves.toMatchObject({ text: "partial and whole", done: { status: Status.COMPLETE } });
  });

  it("answers a repeated nonce with the answer that runs elsewhere", async () => {
    const request = chatRequest({ token, content: "one", nonce: "twice", detachable: true });
    const first = hear(clientA.chat(request));
    await eventually(() => provider.requests.length).toBe(1);
    const second = hear(clientB.chat(request));
    await eventually(() => clientB.stats().inFlight).toBe(1);
    goOn("!");
    expect((await second).started).toEqual((await first).started);
    expect((await second).text).toBe("partial!");
    expect(provider.requests).toHaveLength(1);
  });
});

describe("kill -9 in mid-answer", () => {
  it("is told within 20 s to those who watch and to whoever looks, mended, and overcome by asking again", async () => {
    await using doomed = await startAiServer(env);
    await using client = clientOf(doomed.address);
    const watched = await begin(client);
    const unwatched = await begin(client);
    const watching = hear(clientB.attach({ token, generationId: watched.generationId, afterSeq: 0 }));
    doomed.process.kill("SIGKILL");
    const killed = performance.now();
    await expect(watching).resolves.toMatchObject({
      text: "partial",
      done: { status: Status.ERROR, error: { code: "AI_INTERRUPTED", retryable: true } },
    });
    const interrupted = { content: "partial", status: Status.ERROR, error: { code: "AI_INTERRUPTED" } };
    for (const { conversationId, messageId } of [watched, unwatched])
      await eventually(() => list(clientA, conversationId)).toMatchObject({
        messages: [{ id: messageId, ...interrupted }, {}],
        active: undefined,
      });
    expect(performance.now() - killed).toBeLessThan(20_000);
    provider.play(goodAnswer);
    const { conversationId, messageId } = watched;
    const again = chatRequest({ token, conversationId, regenerateMessageId: messageId });
    await expect(hear(clientB.chat(again))).resolves.toMatchObject({
      text: "Hello world",
      done: { status: Status.COMPLETE },
    });
    const onward = chatRequest({ token, content: "two", conversationId: unwatched.conversationId });
    await expect(hear(clientB.chat(onward))).resolves.toMatchObject({ done: { status: Status.COMPLETE } });
  }, 40_000);
});

describe("a Redis that forgets everything in mid-answer", () => {
  it("gets it again, for those who attach elsewhere", async () => {
    const { generationId } = await begin();
    await using pool = createRedisPool({ url: redis.url });
    await pool.commands.flushall();
    const fresh = await tokenFor(clientB, 1);
    goOn(" and whole");
    const attached = hear(clientB.attach({ token: fresh, generationId, afterSeq: 0 }));
    await expect(attached).resolves.toMatchObject({ text: "partial and whole", done: { status: Status.COMPLETE } });
    token = await tokenFor(clientA, 1);
  });
});

describe("a process that was asleep for too long", () => {
  it("gives up an answer that another instance has ended meanwhile", async () => {
    const { generationId, conversationId } = await begin();
    await using pool = createRedisPool({ url: redis.url });
    const elsewhere = new SharedGenerations(pool, "another instance");
    await pool.commands.del(`ai:lease:${generationId}`);
    await expect(elsewhere.claim(generationId)).resolves.toBe(true);
    const watching = hear(clientA.attach({ token, generationId, afterSeq: 1 }));
    await expect(watching).resolves.toMatchObject({
      done: { status: Status.ERROR, error: { code: "AI_INTERRUPTED" } },
    });
    await provider.requests[0]!.closed;
    await expect(list(clientA, conversationId)).resolves.toMatchObject({ messages: [{ content: "partial" }, {}] });
  });
});

describe("SIGTERM in mid-answer", () => {
  it("lets a short answer finish, takes no new one, and exits with status 0", async () => {
    await using leaving = await startAiServer(env);
    await using client = clientOf(leaving.address);
    const answer = hear(client.chat(chatRequest({ token, content: "one" })));
    await eventually(() => provider.requests.length).toBe(1);
    leaving.process.kill("SIGTERM");
    await eventually(
      () =>
        client.listModels({ token }).then(
          () => "served",
          () => "refused",
        ),
      5_000,
    ).toBe("refused");
    goOn(" and whole");
    await expect(answer).resolves.toMatchObject({ text: "partial and whole", done: { status: Status.COMPLETE } });
    await expect(leaving.exited).resolves.toBe(0);
  });

  it("interrupts a long one after 10 s at most, and leaves nothing running", async () => {
    await using leaving = await startAiServer(env);
    await using client = clientOf(leaving.address);
    const answer = hear(client.chat(chatRequest({ token, content: "one" })));
    await eventually(() => provider.requests.length).toBe(1);
    leaving.process.kill("SIGTERM");
    const told = performance.now();
    const { started, done } = await answer;
    expect(done).toMatchObject({ status: Status.ERROR, error: { code: "AI_INTERRUPTED" } });
    await expect(leaving.exited).resolves.toBe(0);
    expect(performance.now() - told).toBeLessThan(13_000);
    const { messages } = await list(clientA, started.conversationId);
    expect(messages[0]).toMatchObject({ content: "partial", status: Status.ERROR, error: { code: "AI_INTERRUPTED" } });
  }, 30_000);
});
