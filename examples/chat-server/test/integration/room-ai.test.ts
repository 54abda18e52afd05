import { AiServer, type ChatRequest, Status as AnswerStatus } from "@servertech/ai-server/contract";
import { type Handlers, createServer } from "@servertech/rpc";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callsAi } from "../../src/ai/room-ai.ts";
import { ChatServers, Client, signUp } from "../chat-app.ts";

type AiHandlers = Handlers<(typeof AiServer)["methods"]>;

const STARTED = { generationId: "g", conversationId: 0n, userMessageId: 0n, messageId: 0n, model: "m", title: "" };
const DONE = { seq: 9, status: AnswerStatus.COMPLETE, finishReason: "stop", usage: undefined, error: undefined };

/** What the ai-server was asked, and how it answers. */
const asked: ChatRequest[] = [];
let answer: (request: ChatRequest) => Promise<{ text: string; done?: Partial<typeof DONE> | { error: object } }>;

/** An answer that is held back. */
function gate() {
  let resolve: (answer: { text: string }) => void = () => {};
  const promise = new Promise<{ text: string }>((open) => (resolve = open));
  return { promise, resolve };
}

const aiServer = createServer().add(AiServer, {
  setInitInfo: ({ userId }) => ({ responMessage: `token of ${userId}` }),
  revokeToken: () => ({}),
  listModels: () => ({ models: ["m"], defaultModel: "m", demo: true }),
  async *chat(request) {
    asked.push(request);
    const { text, done } = await answer(request);
    yield { event: { case: "started", value: STARTED } };
    yield { event: { case: "delta", value: { seq: 1, text, reasoning: "" } } };
    yield { event: { case: "done", value: { ...DONE, ...done } } };
  },
} as Partial<AiHandlers> as AiHandlers);

let servers: ChatServers;
let url: string;
beforeAll(async () => {
  const { port } = await aiServer.listen();
  servers = await ChatServers.start("room_ai");
  ({ url } = await servers.app({ AI_RPC_TARGET: `tcp://127.0.0.1:${port}` }));
});
afterAll(async () => {
  await servers[Symbol.asyncDispose]();
  await aiServer.close();
});
beforeEach(() => {
  asked.length = 0;
  answer = async () => ({ text: "42" });
});

async function member() {
  const { account, cookie } = await signUp(url);
  return { cookie, username: account.username, ...(await Client.v2(url, cookie)) };
}

let nonces = 0;
const say = (client: Client, content: string, nonce = `n${(nonces += 1)}`) =>
  client.ask("clientMessages", { roomId: "beast", messages: [{ content, nonce }] });

const AI_MESSAGE = { payload: { messages: [{ content: "42", user: { id: 0, username: "AI" } }] } };

describe("@ai in a room", () => {
  it("is answered by one ordinary message, which everybody sees and finds in the history", async () => {
    const [ann, bob] = await Promise.all([member(), member()]);
    const { client: base } = await Client.base(url, bob.cookie);
    await bob.client.ask("viewRoom", { roomId: "beast" });
    await say(ann.client, "we talk of numbers");
    await say(ann.client, "@ai what is 6*7?");
    expect((await bob.client.nextOf("typing")).payload).toMatchObject({ user: { id: 0, username: "AI" } });
    await bob.client.nextOf("serverMessages");
    for (let before = 0; before < 2; before += 1) await base.next();
    expect(await base.next()).toMatchObject(AI_MESSAGE);
    const { hello } = await Client.base(url, bob.cookie);
    expect(hello.payload.rooms).toMatchObject([
      { messages: [{ content: "42", user: { id: 0, username: "AI" } }, {}, {}] },
      {},
      {},
      {},
    ]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ content: `${ann.username}: @ai what is 6*7?`, detachable: false });
    expect(asked[0]?.context.at(-1)?.content).toBe(`${ann.username}: we talk of numbers`);
  });

  it("is asked once for a message that is sent again", async () => {
    const { client } = await member();
    const { promise, resolve } = gate();
    answer = () => promise;
    await say(client, "@ai once", "the-same");
    await say(client, "@ai once", "the-same");
    resolve({ text: "42" });
    expect(await client.nextOf("serverMessages")).toMatchObject(AI_MESSAGE);
    expect(asked).toHaveLength(1);
  });

  it("is answered one at a time; the asker alone learns why there is no answer", async () => {
    const [ann, bob] = await Promise.all([member(), member()]);
    const { promise, resolve } = gate();
    answer = () => promise;
    await say(ann.client, "@ai slowly, please");
    await expect.poll(() => asked.length).toBe(1);
    await say(bob.client, "@ai me, too");
    expect((await bob.client.nextOf("error")).payload).toMatchObject({ code: "AI_BUSY", roomId: "beast" });
    resolve({ text: "42" });
    await ann.client.nextOf("serverMessages");
    answer = async () => ({
      text: "half of",
      done: {
        status: AnswerStatus.ERROR,
        error: { code: "AI_STREAM_CUT", message: "", retryAfterMs: 0, retryable: true },
      },
    });
    await expect
      .poll(async () => {
        await say(ann.client, "@ai again");
        return (await ann.client.nextOf("error")).payload.code;
      })
      .toBe("AI_STREAM_CUT");
    const history = await bob.client.ask("requestRoomHistory", {
      roomId: "beast",
      firstMessageId: "999999999999999-0",
    });
    expect(JSON.stringify(history.payload)).not.toContain("half of");
  });

  it("from clients of the base dialect is a word like any other", async () => {
    const { cookie } = await member();
    const { client } = await Client.base(url, cookie);
    client.send("clientMessages", { roomId: "async", messages: [{ content: "@ai are you there?" }] });
    expect((await client.next()).payload).toMatchObject({ messages: [{ content: "@ai are you there?" }] });
    client.send("clientMessages", { roomId: "async", messages: [{ content: "no" }] });
    expect((await client.next()).payload).toMatchObject({ messages: [{ content: "no" }] });
    expect(asked).toEqual([]);
  });

  it.each([
    ["@ai hello", true],
    ["hello @AI, please", true],
    ["(@ai)", true],
    ["你好 @ai 在吗", true],
    ["ann@ai.example", false],
    ["@aim", false],
    ["@@ai", false],
    ["@ai-2", false],
  ])("%j calls it: %s", (text, calls) => {
    expect(callsAi(text)).toBe(calls);
  });
});
