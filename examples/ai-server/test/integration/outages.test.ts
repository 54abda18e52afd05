import { startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";
import { Status } from "../../src/contract.ts";
import { data, says, scriptedProvider, sse } from "../scripted-provider.ts";
import { freshDatabase } from "./fresh-database.ts";
import { chatRequest, clientOf, eventually, failureOf, hear, providerEnv, startAiServer, tokenFor } from "./harness.ts";

const USER = 4_000_000;

/** A provider that says a word, and the rest when it is told. */
async function talkingProvider() {
  const provider = await scriptedProvider();
  let goOn: (() => void) | undefined;
  provider.play((response) => {
    sse(response).write(says("partial"));
    goOn = () => response.end(says(" and whole", "stop") + data("[DONE]"));
  });
  return {
    baseUrl: provider.baseUrl,
    requests: provider.requests,
    goOn: () => goOn?.(),
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  };
}

describe("an outage in mid-answer", () => {
  it("of Redis does not keep the words from those who watch, and other calls say so", async () => {
    await using provider = await talkingProvider();
    await using redis = await startServer("redis");
    const mysql = await freshDatabase(inject("urls").mysql, "ai_redis_outage_test");
    await using server = await startAiServer(providerEnv(provider, mysql, redis.url));
    await using client = clientOf(server.address);
    const token = await tokenFor(client, USER);
    const answer = hear(client.chat(chatRequest({ token, content: "one", detachable: true })));
    await eventually(() => provider.requests.length).toBe(1);
    await redis.kill();
    await expect(failureOf(client.listModels({ token }))).resolves.toMatchObject({ code: "AI_UNAVAILABLE" });
    provider.goOn();
    const { text, done, started } = await answer;
    expect({ text, done }).toMatchObject({ text: "partial and whole", done: { status: Status.COMPLETE } });
    await redis.restart();
    const fresh = async () =>
      client.listMessages({
        token: await tokenFor(client, USER),
        conversationId: started.conversationId,
        beforeId: 0n,
        limit: 0,
      });
    await eventually(() => fresh().catch((error: unknown) => error), 15_000).toMatchObject({
      messages: [{ content: "partial and whole", status: Status.COMPLETE }, {}],
    });
  }, 60_000);

  it("of MySQL does not keep the end from those who watch, and the answer is saved when it is back", async () => {
    await using provider = await talkingProvider();
    await using mysql = await startServer("mysql");
    await using redis = await startServer("redis");
    await using server = await startAiServer(providerEnv(provider, mysql.url, redis.url));
    await using client = clientOf(server.address);
    const token = await tokenFor(client, USER);
    const answer = hear(client.chat(chatRequest({ token, content: "one", detachable: true })));
    await eventually(() => provider.requests.length).toBe(1);
    await mysql.kill();
    provider.goOn();
    const { text, done, started } = await answer;
    expect({ text, done }).toMatchObject({ text: "partial and whole", done: { status: Status.COMPLETE } });
    await mysql.restart();
    const list = () => client.listMessages({ token, conversationId: started.conversationId, beforeId: 0n, limit: 0 });
    await eventually(() => list().catch((error: unknown) => error), 30_000).toMatchObject({
      messages: [{ content: "partial and whole", status: Status.COMPLETE }, {}],
      active: undefined,
    });
  }, 90_000);
});
