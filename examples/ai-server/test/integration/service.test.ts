import { createRedisPool } from "@servertech/redis-pool";
import { Status as RpcStatus } from "@servertech/rpc";
import { type Server, startServer } from "@servertech/services";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { Role, Status } from "../../src/contract.ts";
import {
  type Script,
  type ScriptedProvider,
  data,
  goodAnswer,
  says,
  scriptedProvider,
  sse,
  status,
  stream,
} from "../scripted-provider.ts";
import { freshDatabase } from "./fresh-database.ts";
import {
  type Client,
  type RunningServer,
  chatRequest,
  clientOf,
  eventually,
  failureOf,
  hear,
  providerEnv,
  startAiServer,
  tokenFor,
} from "./harness.ts";

let provider: ScriptedProvider;
let redisServer: Server;
let server: RunningServer;
let client: Client;
let lastUser = 0;

beforeAll(async () => {
  provider = await scriptedProvider();
  redisServer = await startServer("redis");
  const mysql = await freshDatabase(inject("urls").mysql, "ai_service_test");
  server = await startAiServer({ ...providerEnv(provider, mysql, redisServer.url), AI_DETACH_GRACE_MS: "300" });
  client = clientOf(server.address);
});

afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
  await redisServer.stop();
});

beforeEach(() => {
  provider.play(goodAnswer);
  provider.requests.length = 0;
});

/** A user of the test's own, with a token. */
const newUser = async () => {
  lastUser += 1;
  return { userId: lastUser, token: await tokenFor(client, lastUser) };
};

/** Says `before`, then waits until the test lets it go on. */
function held(before: string, after = ""): { script: Script; release: () => void } {
  let release = (): void => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  const script: Script = (response) => {
    sse(response).write(says(before));
    void promise.then(() => response.end(says(after, "stop") + data("[DONE]")));
  };
  return { script, release };
}

const lastPrompt = (): unknown => (JSON.parse(provider.requests.at(-1)!.body) as { messages: unknown[] }).messages;

async function messagesOf(token: string, conversationId: bigint) {
  return client.listMessages({ token, conversationId, beforeId: 0n, limit: 0 });
}

describe("tokens", () => {
  it("answer for their user until they are revoked", async () => {
    const { token } = await newUser();
    await expect(client.query({ token, queryMessage: "hi" })).resolves.toEqual({ responMessage: "Hello world" });
    await client.revokeToken({ token });
    await expect(failureOf(client.query({ token, queryMessage: "hi" }))).resolves.toEqual({
      status: RpcStatus.Unauthenticated,
      code: "AI_TOKEN_EXPIRED",
    });
  });

  it.each(["", "x", `ai_server_${"a".repeat(43)}`, "ai_server_*", "ai:lock:1"])(
    "that are none are refused alike: %j",
    async (token) => {
      const expected = { status: RpcStatus.Unauthenticated, code: "AI_TOKEN_EXPIRED" };
      await expect(failureOf(client.query({ token, queryMessage: "hi" }))).resolves.toEqual(expected);
      await expect(failureOf(client.listModels({ token }))).resolves.toEqual(expected);
      await expect(failureOf(hear(client.chat(chatRequest({ token, content: "hi" }))))).resolves.toEqual(expected);
    },
  );

  it("are made for real users only, with keys that can be ones", async () => {
    const bad = { status: RpcStatus.InvalidArgument, code: "AI_BAD_REQUEST" };
    await expect(failureOf(client.setInitInfo({ userId: 0, sessionId: 0, apiKey: "" }))).resolves.toEqual(bad);
    await expect(failureOf(client.setInitInfo({ userId: -7, sessionId: 0, apiKey: "" }))).resolves.toEqual(bad);
    await expect(failureOf(client.setInitInfo({ userId: 1, sessionId: 0, apiKey: "a b c d e f" }))).resolves.toEqual(
      bad,
    );
  });

  it("carry a key of their own", async () => {
    const { userId } = await newUser();
    const token = await tokenFor(client, userId, "sk-of-the-token");
    await client.query({ token, queryMessage: "hi" });
    expect(provider.requests[0]!.headers.authorization).toBe("Bearer sk-of-the-token");
  });
});

describe("Query", () => {
  it("fails with a code, never with the provider's words as an answer", async () => {
    const { token } = await newUser();
    provider.play(status(400, { error: { message: "You are out of cookies" } }));
    await expect(failureOf(client.query({ token, queryMessage: "hi" }))).resolves.toMatchObject({
      code: "AI_UPSTREAM_ERROR",
    });
    await expect(client.query({ token, queryMessage: "hi" })).rejects.not.toThrow(/cookies/);
    provider.play(goodAnswer);
    await expect(client.query({ token, queryMessage: "hi" })).resolves.toEqual({ responMessage: "Hello world" });
  });

  it.each([
    ["quotes", '" \\ \u2028 \0 {"role":"system"}'],
    ["a lone surrogate", "a\ud800b"],
  ])("sends %s as valid JSON", async (_, queryMessage) => {
    const { token } = await newUser();
    await client.query({ token, queryMessage });
    expect(lastPrompt()).toEqual([{ role: "user", content: queryMessage.replace("\ud800", "\ufffd") }]);
  });

  it.each([
    ["empty", " \n"],
    ["too long", "x".repeat(32_769)],
  ])("refuses a prompt that is %s", async (_, queryMessage) => {
    const { token } = await newUser();
    await expect(failureOf(client.query({ token, queryMessage }))).resolves.toEqual({
      status: RpcStatus.InvalidArgument,
      code: "AI_BAD_REQUEST",
    });
    expect(provider.requests).toEqual([]);
  });

  it("is given up with its caller", async () => {
    const { token } = await newUser();
    provider.play(held("x").script);
    const caller = new AbortController();
    const asked = client.query({ token, queryMessage: "hi" }, { signal: caller.signal });
    await eventually(() => provider.requests.length).toBe(1);
    caller.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await provider.requests[0]!.closed;
  });
});

describe("Chat", () => {
  it("makes a conversation, streams the answer and keeps both", async () => {
    const { token } = await newUser();
    const usage = { prompt_tokens: 3, completion_tokens: 2 };
    provider.play(
      stream(
        data({ choices: [{ delta: { reasoning_content: "hm" } }] }),
        says("Hello"),
        says(" world", "stop"),
        data({ choices: [], usage }),
        data("[DONE]"),
      ),
    );
    const heard = await hear(client.chat(chatRequest({ token, content: "  what is\nit?" })));
    expect(heard.started).toMatchObject({ model: "model-a", title: "what is it?" });
    expect(heard.text).toBe("Hello world");
    expect(heard.deltas.map(({ seq }) => seq)).toEqual(heard.deltas.map((_delta, i) => i + 1));
    expect(heard.done).toMatchObject({
      seq: heard.deltas.length + 1,
      status: Status.COMPLETE,
      finishReason: "stop",
      usage: { promptTokens: 3, completionTokens: 2 },
    });
    const { messages, active, hasMore } = await messagesOf(token, heard.started.conversationId);
    expect(messages).toMatchObject([
      {
        id: heard.started.messageId,
        role: Role.ASSISTANT,
        content: "Hello world",
        reasoning: "hm",
        status: Status.COMPLETE,
        model: "model-a",
        usage: { promptTokens: 3 },
      },
      { id: heard.started.userMessageId, role: Role.USER, content: "  what is\nit?", status: Status.COMPLETE },
    ]);
    expect({ active, hasMore }).toEqual({ active: undefined, hasMore: false });
    const { conversations } = await client.listConversations({ token, query: "", cursor: "", limit: 0 });
    expect(conversations).toMatchObject([{ id: heard.started.conversationId, title: "what is it?", model: "model-a" }]);
  });

  it("tells the model what was said before", async () => {
    const { token } = await newUser();
    const { started } = await hear(client.chat(chatRequest({ token, content: "one" })));
    await hear(
      client.chat(chatRequest({ token, content: "two", conversationId: started.conversationId, model: "model-b" })),
    );
    expect(lastPrompt()).toEqual([
      { role: "user", content: "one" },
      { role: "assistant", content: "Hello world" },
      { role: "user", content: "two" },
    ]);
    expect(JSON.parse(provider.requests.at(-1)!.body)).toMatchObject({ model: "model-b" });
  });

  it("answers a repeated nonce with the first answer", async () => {
    const { token } = await newUser();
    const request = chatRequest({ token, content: "one", nonce: "n1" });
    const [first, same] = await Promise.all([hear(client.chat(request)), hear(client.chat(request))]);
    expect(same.started).toEqual(first.started);
    expect(same.text).toBe("Hello world");
    const { conversationId } = first.started;
    const inIt = chatRequest({ token, content: "two", nonce: "n2", conversationId });
    const [second, at] = await Promise.all([hear(client.chat(inIt)), hear(client.chat(inIt))]);
    expect(at.started).toEqual(second.started);
    const again = await hear(client.chat(inIt));
    expect({ started: again.started, text: again.text, done: again.done }).toEqual({
      started: second.started,
      text: second.text,
      done: second.done,
    });
    expect(provider.requests).toHaveLength(2);
    await expect(messagesOf(token, conversationId)).resolves.toMatchObject({ messages: { length: 4 } });
  });

  it("answers it even when Redis has forgotten the words", async () => {
    const { token } = await newUser();
    const { started } = await hear(client.chat(chatRequest({ token, content: "one" })));
    const request = chatRequest({ token, content: "two", nonce: "n", conversationId: started.conversationId });
    const first = await hear(client.chat(request));
    const redis = createRedisPool({ url: redisServer.url });
    await redis.commands.del(`ai:gen:${first.started.generationId}`, `ai:lease:${first.started.generationId}`);
    await redis.close();
    const again = await hear(client.chat(request));
    expect(again.started).toEqual(first.started);
    expect({ text: again.text, status: again.done.status }).toEqual({ text: "Hello world", status: Status.COMPLETE });
  });

  it("makes one answer at a time, and a second tab sees all of it", async () => {
    const { token } = await newUser();
    const { script, release } = held("first half,", " second half");
    provider.play(script);
    const tab = hear(client.chat(chatRequest({ token, content: "one", detachable: true })));
    await eventually(
      async () => (await client.listConversations({ token, query: "", cursor: "", limit: 0 })).conversations.length,
    ).toBe(1);
    const { conversations } = await client.listConversations({ token, query: "", cursor: "", limit: 0 });
    const conversationId = conversations[0]!.id;
    await eventually(async () => (await messagesOf(token, conversationId)).messages[0]?.content).toBe("first half,");
    const { active, messages } = await messagesOf(token, conversationId);
    expect(messages[0]).toMatchObject({ status: Status.RUNNING, id: active!.messageId });
    await expect(failureOf(hear(client.chat(chatRequest({ token, content: "two", conversationId }))))).resolves.toEqual(
      { status: RpcStatus.Aborted, code: "AI_BUSY" },
    );
    const whole = hear(client.attach({ token, generationId: active!.generationId, afterSeq: 0 }));
    const rest = hear(client.attach({ token, generationId: active!.generationId, afterSeq: active!.lastSeq }));
    release();
    await expect(tab).resolves.toMatchObject({ text: "first half, second half" });
    await expect(whole).resolves.toMatchObject({
      text: "first half, second half",
      started: (await tab).started,
      done: (await tab).done,
    });
    await expect(rest).resolves.toMatchObject({ text: " second half", done: (await tab).done });
    const late = await hear(client.attach({ token, generationId: active!.generationId, afterSeq: 1_000 }));
    expect(late.chunks.map(({ event }) => event?.case)).toEqual(["started", "done"]);
  });

  it("regenerates the last answer, which stays until the new one has a word", async () => {
    const { token } = await newUser();
    const first = await hear(client.chat(chatRequest({ token, content: "one" })));
    const { conversationId, messageId, userMessageId } = first.started;
    const regenerate = chatRequest({ token, conversationId, regenerateMessageId: messageId });
    provider.play(status(500, {}));
    await expect(hear(client.chat(regenerate))).resolves.toMatchObject({
      text: "",
      done: { status: Status.ERROR, error: { code: "AI_UPSTREAM_ERROR" } },
    });
    await expect(messagesOf(token, conversationId)).resolves.toMatchObject({
      messages: [{ id: messageId, content: "Hello world" }, {}],
    });
    provider.play(stream(says("better", "stop")));
    const second = await hear(client.chat(regenerate));
    expect(second.started).toMatchObject({ conversationId, userMessageId });
    expect(lastPrompt()).toEqual([{ role: "user", content: "one" }]);
    const { messages } = await messagesOf(token, conversationId);
    expect(messages.map(({ content }) => content)).toEqual(["better", "one"]);
    await expect(failureOf(hear(client.chat(regenerate)))).resolves.toEqual({
      status: RpcStatus.NotFound,
      code: "AI_NOT_FOUND",
    });
  });

  it("replaces an edited prompt and all after it", async () => {
    const { token } = await newUser();
    const { started } = await hear(client.chat(chatRequest({ token, content: "one" })));
    const { conversationId } = started;
    const second = await hear(client.chat(chatRequest({ token, conversationId, content: "two" })));
    await hear(client.chat(chatRequest({ token, conversationId, content: "three" })));
    await hear(
      client.chat(chatRequest({ token, conversationId, content: "2", editMessageId: second.started.userMessageId })),
    );
    expect(lastPrompt()).toMatchObject([{ content: "one" }, {}, { content: "2" }]);
    const { messages } = await messagesOf(token, conversationId);
    expect(messages.map(({ content }) => content)).toEqual(["Hello world", "2", "Hello world", "one"]);
  });

  it("answers a one-off with its own context, and keeps nothing", async () => {
    const { token } = await newUser();
    const context = [
      { role: Role.USER, content: "ann: hello" },
      { role: Role.ASSISTANT, content: "hello ann" },
    ];
    const heard = await hear(client.chat(chatRequest({ token, content: "bob: and me?", context })));
    expect(heard.started).toMatchObject({ conversationId: 0n, messageId: 0n });
    expect(heard).toMatchObject({ text: "Hello world", done: { status: Status.COMPLETE } });
    expect(lastPrompt()).toEqual([
      { role: "user", content: "ann: hello" },
      { role: "assistant", content: "hello ann" },
      { role: "user", content: "bob: and me?" },
    ]);
    await expect(client.listConversations({ token, query: "", cursor: "", limit: 0 })).resolves.toMatchObject({
      conversations: [],
    });
  });

  it.each([
    ["content", { content: "" }],
    ["content", { content: "x".repeat(32_769) }],
    ["nonce", { content: "x", nonce: "a b" }],
    ["model", { content: "x", model: "gpt-none" }],
    ["conversation_id", { regenerateMessageId: 1n }],
    ["regenerate_message_id", { content: "x", regenerateMessageId: 1n, conversationId: 1n }],
  ])("refuses a wrong %s", async (field, request) => {
    const { token } = await newUser();
    const asked = hear(client.chat(chatRequest({ token, ...request })));
    await expect(asked).rejects.toThrow(new RegExp(`^${field}: `));
    await expect(failureOf(asked)).resolves.toEqual({ status: RpcStatus.InvalidArgument, code: "AI_BAD_REQUEST" });
    expect(provider.requests).toEqual([]);
  });
});

describe("the end of a stream", () => {
  it("stops an answer that is not detachable within 200 ms, and keeps what had come", async () => {
    const { token } = await newUser();
    provider.play(held("partial").script);
    const { started } = await hear(
      client.chat(chatRequest({ token, content: "one" })),
      ({ text }) => text === "partial",
    );
    const left = performance.now();
    await provider.requests[0]!.closed;
    expect(performance.now() - left).toBeLessThan(200);
    await eventually(async () => (await messagesOf(token, started.conversationId)).messages[0]).toMatchObject({
      content: "partial",
      status: Status.STOPPED,
    });
  });

  it("leaves a detachable one alone for those who attach", async () => {
    const { token } = await newUser();
    const { script, release } = held("partial", " and whole");
    provider.play(script);
    const { started } = await hear(
      client.chat(chatRequest({ token, content: "one", detachable: true })),
      ({ text }) => text === "partial",
    );
    const again = hear(client.attach({ token, generationId: started.generationId, afterSeq: 1 }));
    release();
    await expect(again).resolves.toMatchObject({ text: " and whole", done: { status: Status.COMPLETE } });
  });

  it("stops a detachable one when nobody has come back in time", async () => {
    const { token } = await newUser();
    provider.play(held("partial").script);
    const { started } = await hear(
      client.chat(chatRequest({ token, content: "one", detachable: true })),
      ({ text }) => text === "partial",
    );
    expect(provider.requests).toHaveLength(1);
    await provider.requests[0]!.closed;
    await eventually(async () => (await messagesOf(token, started.conversationId)).messages[0]).toMatchObject({
      content: "partial",
      status: Status.STOPPED,
    });
  });
});

describe("Stop", () => {
  it("ends an answer within 200 ms and keeps what had come", async () => {
    const { token } = await newUser();
    provider.play(held("partial").script);
    let stopped = 0;
    const heard = await hear(
      client.chat(chatRequest({ token, content: "one", detachable: true })),
      ({ text, started }) => {
        if (text === "partial" && stopped === 0) {
          stopped = performance.now();
          void client.stop({ token, generationId: started.generationId });
        }
        return false;
      },
    );
    expect(performance.now() - stopped).toBeLessThan(200);
    expect(heard).toMatchObject({ text: "partial", done: { status: Status.STOPPED } });
    await provider.requests[0]!.closed;
    await expect(messagesOf(token, heard.started.conversationId)).resolves.toMatchObject({
      messages: [{ content: "partial", status: Status.STOPPED }, {}],
    });
    await client.stop({ token, generationId: heard.started.generationId });
  });
});

describe("another user", () => {
  it("finds nothing", async () => {
    const [ann, bob] = [await newUser(), await newUser()];
    const { script, release } = held("partial");
    provider.play(script);
    const chunks = client.chat(chatRequest({ token: ann.token, content: "one", detachable: true }));
    const { started } = await hear(chunks, ({ text }) => text === "partial");
    const { conversationId, generationId, messageId } = started;
    const { token } = bob;
    const notFound = { status: RpcStatus.NotFound, code: "AI_NOT_FOUND" };
    await expect(failureOf(messagesOf(token, conversationId))).resolves.toEqual(notFound);
    await expect(failureOf(client.renameConversation({ token, conversationId, title: "x" }))).resolves.toEqual(
      notFound,
    );
    await expect(failureOf(client.deleteConversation({ token, conversationId }))).resolves.toEqual(notFound);
    await expect(failureOf(client.stop({ token, generationId }))).resolves.toEqual(notFound);
    await expect(failureOf(hear(client.attach({ token, generationId, afterSeq: 0 })))).resolves.toEqual(notFound);
    await expect(failureOf(hear(client.chat(chatRequest({ token, content: "x", conversationId }))))).resolves.toEqual(
      notFound,
    );
    await expect(
      failureOf(hear(client.chat(chatRequest({ token, conversationId, regenerateMessageId: messageId })))),
    ).resolves.toEqual(notFound);
    release();
    await expect(hear(client.attach({ token: ann.token, generationId, afterSeq: 0 }))).resolves.toMatchObject({
      done: { status: Status.COMPLETE },
    });
    await expect(failureOf(hear(client.attach({ token, generationId, afterSeq: 0 })))).resolves.toEqual(notFound);
    for (const wrong of ["", "g_", "g_999999999999", "g_x00", `${generationId}0`, "../etc"])
      await expect(
        failureOf(hear(client.attach({ token: ann.token, generationId: wrong, afterSeq: 0 }))),
      ).resolves.toEqual(notFound);
  });
});

describe("conversations", () => {
  it("are made, renamed, found and deleted", async () => {
    const { token } = await newUser();
    const { id } = await client.createConversation({ token, title: " Plans ", model: "" });
    await client.renameConversation({ token, conversationId: id, title: "New plans" });
    const { started } = await hear(client.chat(chatRequest({ token, content: "needle in here", conversationId: id })));
    expect(started.title).toBe("New plans");
    for (const query of ["NEW PL", "needle"]) {
      const { conversations } = await client.listConversations({ token, query, cursor: "", limit: 20 });
      expect(conversations).toMatchObject([{ id, title: "New plans" }]);
    }
    for (const title of ["", " ", "x".repeat(101), "a\u0000b"])
      await expect(failureOf(client.renameConversation({ token, conversationId: id, title }))).resolves.toMatchObject({
        code: "AI_BAD_REQUEST",
      });
    await client.deleteConversation({ token, conversationId: id });
    await expect(failureOf(messagesOf(token, id))).resolves.toMatchObject({ code: "AI_NOT_FOUND" });
  });

  it("that are deleted in mid-answer end it", async () => {
    const { token } = await newUser();
    provider.play(held("partial").script);
    const chunks = hear(client.chat(chatRequest({ token, content: "one", detachable: true })));
    await eventually(() => provider.requests.length).toBe(1);
    const { conversations } = await client.listConversations({ token, query: "", cursor: "", limit: 0 });
    await client.deleteConversation({ token, conversationId: conversations[0]!.id });
    await expect(chunks).resolves.toMatchObject({ done: { status: Status.STOPPED } });
  });

  it("come in pages, and refuse limits out of range", async () => {
    const { token } = await newUser();
    for (let i = 0; i < 3; i += 1) await client.createConversation({ token, title: `c${i}`, model: "" });
    const first = await client.listConversations({ token, query: "", cursor: "", limit: 2 });
    const second = await client.listConversations({ token, query: "", cursor: first.nextCursor, limit: 2 });
    expect([first, second].map(({ conversations }) => conversations.map(({ title }) => title))).toEqual([
      ["c2", "c1"],
      ["c0"],
    ]);
    expect(second.nextCursor).toBe("");
    await expect(
      failureOf(client.listConversations({ token, query: "", cursor: "", limit: 21 })),
    ).resolves.toMatchObject({ code: "AI_BAD_REQUEST" });
  });
});

describe("faults of the provider", () => {
  it.each<[string, Script]>([
    ["AI_STREAM_CUT", stream(says("partial"))],
    ["AI_STREAM_CUT", stream(says("partial"), data("[DONE]"))],
    [
      "AI_STREAM_CUT",
      (response) =>
        void sse(response).write(says("partial"), () => setTimeout(() => response.socket?.resetAndDestroy(), 50)),
    ],
    ["AI_UPSTREAM_ERROR", stream(says("partial"), data({ error: { message: "boom" } }))],
    ["AI_BAD_RESPONSE", stream(says("partial"), data("{"))],
  ])("in mid-answer end it as %s and keep what had come", async (code, script) => {
    const { token } = await newUser();
    provider.play(script);
    const { started, text, done } = await hear(client.chat(chatRequest({ token, content: "one" })));
    expect({ text, done }).toMatchObject({
      text: "partial",
      done: { status: Status.ERROR, finishReason: "", error: { code, retryable: true } },
    });
    const { messages } = await messagesOf(token, started.conversationId);
    expect(messages[0]).toMatchObject({ content: "partial", status: Status.ERROR, error: { code } });
  });

  it.each<[string, Script]>([
    [
      "AI_BAD_RESPONSE",
      (response) => void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Wi-Fi</h1>"),
    ],
    ["AI_BAD_RESPONSE", (response) => void response.writeHead(302, { location: "http://127.0.0.1:9/v1" }).end()],
    ["AI_KEY_REFUSED", status(401, {})],
    ["AI_QUOTA", status(402, {})],
    ["AI_CONTEXT_LENGTH", status(400, { error: { code: "context_length_exceeded" } })],
  ])("before an answer end it as %s without a word", async (code, script) => {
    const { token } = await newUser();
    provider.play(script);
    const { started, text, done } = await hear(client.chat(chatRequest({ token, content: "one" })));
    expect({ text, done }).toMatchObject({ text: "", done: { status: Status.ERROR, error: { code } } });
    provider.play(goodAnswer);
    const again = chatRequest({
      token,
      conversationId: started.conversationId,
      regenerateMessageId: started.messageId,
    });
    await expect(hear(client.chat(again))).resolves.toMatchObject({
      text: "Hello world",
      done: { status: Status.COMPLETE },
    });
    const { messages } = await messagesOf(token, started.conversationId);
    expect(messages.map(({ content }) => content)).toEqual(["Hello world", "one"]);
  });

  it("tell when to ask again", async () => {
    const { token } = await newUser();
    provider.play(status(429, {}, { "retry-after": "25" }));
    await expect(hear(client.chat(chatRequest({ token, content: "one" })))).resolves.toMatchObject({
      done: { error: { code: "AI_RATE_LIMITED", retryAfterMs: 25_000 } },
    });
  });

  it("in one answer leave the others alone", async () => {
    const { token } = await newUser();
    const good = held("good", " end");
    provider.play(good.script);
    const other = hear(client.chat(chatRequest({ token, content: "one" })));
    await eventually(() => provider.requests.length).toBe(1);
    provider.play(stream(says("x"), data("{")));
    await hear(client.chat(chatRequest({ token, content: "two" })));
    good.release();
    await expect(other).resolves.toMatchObject({ text: "good end", done: { status: Status.COMPLETE } });
    expect(server.process.exitCode).toBeNull();
  });
});

describe("models and keys", () => {
  it("lists the models", async () => {
    const { token } = await newUser();
    await expect(client.listModels({ token })).resolves.toEqual({
      models: ["model-a", "model-b"],
      defaultModel: "model-a",
      demo: false,
    });
  });

  it("uses the user's key before the operator's, and shows its end only", async () => {
    const { userId, token } = await newUser();
    await expect(client.getApiKey({ token })).resolves.toEqual({ configured: false, last4: "", testError: undefined });
    await client.query({ token, queryMessage: "hi" });
    await expect(client.setApiKey({ token, apiKey: "sk-user-own-4321" })).resolves.toMatchObject({
      configured: true,
      last4: "4321",
    });
    await expect(client.getApiKey({ token: await tokenFor(client, userId) })).resolves.toMatchObject({
      configured: true,
      last4: "4321",
    });
    await client.query({ token, queryMessage: "hi" });
    await client.setApiKey({ token, apiKey: "" });
    await expect(client.getApiKey({ token })).resolves.toMatchObject({ configured: false });
    await client.query({ token, queryMessage: "hi" });
    expect(provider.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer sk-operator-0001",
      "Bearer sk-user-own-4321",
      "Bearer sk-operator-0001",
    ]);
    for (const apiKey of ["short", "x".repeat(201), "with space 123", "ключ-ключ"])
      await expect(failureOf(client.setApiKey({ token, apiKey }))).resolves.toMatchObject({ code: "AI_BAD_REQUEST" });
  });

  it("tests a key", async () => {
    const { token } = await newUser();
    await client.setApiKey({ token, apiKey: "sk-user-own-4321" });
    provider.play(status(200, { data: [] }));
    await expect(client.testApiKey({ token })).resolves.toMatchObject({
      configured: true,
      last4: "4321",
      testError: { code: "" },
    });
    expect(provider.requests[0]).toMatchObject({
      url: "/v1/models",
      headers: { authorization: "Bearer sk-user-own-4321" },
    });
    provider.play(status(401, {}));
    await expect(client.testApiKey({ token })).resolves.toMatchObject({ testError: { code: "AI_KEY_REFUSED" } });
  });
});
