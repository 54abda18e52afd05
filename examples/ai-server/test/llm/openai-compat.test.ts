import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AiFault } from "../../src/llm/faults.ts";
import { type ModelCall, OpenAiCompatible, type ProviderLimits } from "../../src/llm/openai-compat.ts";
import {
  type ScriptedProvider,
  data,
  goodAnswer,
  says,
  scriptedProvider,
  sse,
  status,
  stream,
} from "../scripted-provider.ts";

const KEY = "sk-secret-0123456789";

let provider: ScriptedProvider;
let model: OpenAiCompatible;

beforeEach(async () => {
  provider = await scriptedProvider();
  model = modelAt(provider.baseUrl);
});

afterEach(async () => {
  await model.close();
  await provider[Symbol.asyncDispose]();
});

function modelAt(baseUrl: string, limits: Partial<ProviderLimits> = {}): OpenAiCompatible {
  return new OpenAiCompatible({ baseUrl, limits: { retryMs: 1, tailMs: 100, ...limits } });
}

interface Answer {
  text: string;
  reasoning: string;
  finishReason: string | undefined;
  usage: unknown;
  fault: AiFault | undefined;
}

async function ask(asked = model, call: Partial<ModelCall> & { content?: string } = {}) {
  const { content = "hi", ...given } = call;
  const whole = {
    model: "m",
    messages: [{ role: "user" as const, content }],
    apiKey: KEY,
    signal: new AbortController().signal,
    ...given,
  };
  const answer: Answer = { text: "", reasoning: "", finishReason: undefined, usage: undefined, fault: undefined };
  try {
    for await (const event of asked.stream(whole))
      if (event.type === "end") {
        answer.finishReason = event.finishReason;
        answer.usage = event.usage;
      } else answer[event.type] += event.text;
  } catch (error) {
    if (!(error instanceof AiFault)) throw error;
    answer.fault = error;
  }
  return answer;
}

const GOOD = { text: "Hello world", finishReason: "stop", fault: undefined };

describe("a good answer", () => {
  it("is asked for with the key, as JSON, and comes with its usage", async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 1 } };
    provider.play(stream(says("Hello"), says(" world", "stop"), data({ choices: [], usage }), data("[DONE]")));
    await expect(ask()).resolves.toMatchObject({
      ...GOOD,
      usage: { promptTokens: 3, completionTokens: 2, reasoningTokens: 1 },
    });
    expect(provider.requests[0]).toMatchObject({
      url: "/v1/chat/completions",
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(JSON.parse(provider.requests[0]!.body)).toEqual({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it.each([
    [
      "choices null in the usage chunk",
      [says("Hello"), says(" world", "stop"), data({ choices: null, usage: {} }), data("[DONE]")],
    ],
    [
      "comments between the events",
      [": keep-alive\n\n", says("Hello"), ": x\n\n", says(" world", "stop"), data("[DONE]")],
    ],
    ["CRLF line ends", [(says("Hello") + says(" world", "stop") + data("[DONE]")).replaceAll("\n", "\r\n")]],
    ["no [DONE] after the finish reason", [says("Hello"), says(" world", "stop")]],
    ["an empty finish reason and [DONE]", [says("Hello", ""), says(" world", ""), data("[DONE]")]],
    ["a last line without the empty one", [says("Hello", ""), says(" world", ""), "data: [DONE]\n"]],
  ])("may have %s", async (_, pieces) => {
    provider.play(stream(...pieces));
    await expect(ask()).resolves.toMatchObject(GOOD);
  });

  it("keeps an unknown finish reason", async () => {
    provider.play(stream(says("x", "tea_time"), data("[DONE]")));
    await expect(ask()).resolves.toMatchObject({ text: "x", finishReason: "tea_time" });
  });

  it.each(["reasoning_content", "reasoning"])("has its reasoning in %s", async (field) => {
    provider.play(stream(data({ choices: [{ delta: { [field]: "hm" } }] }), says("Hello world", "stop")));
    await expect(ask()).resolves.toMatchObject({ ...GOOD, reasoning: "hm" });
  });

  it("is exact when every byte comes alone", async () => {
    const text = 'Grüße 你好 🚀 \u2028 "\\ \0';
    provider.play((response) => {
      sse(response);
      void (async () => {
        for (const byte of Buffer.from(says(text) + says("", "stop")))
          await new Promise((next) => response.write(Buffer.of(byte), next));
        response.end();
      })();
    });
    await expect(ask()).resolves.toMatchObject({ text, finishReason: "stop" });
  });

  it("ends when silence follows the finish reason", async () => {
    provider.play((response) => void sse(response).write(says("Hello world", "stop")));
    await expect(ask()).resolves.toMatchObject(GOOD);
  });

  it("sends any prompt as valid JSON", async () => {
    provider.play(goodAnswer);
    const content = '" \\ \u2028 \0 ${x} </script>';
    await ask(model, { content });
    expect(JSON.parse(provider.requests[0]!.body)).toMatchObject({ messages: [{ role: "user", content }] });
  });

  it("sends no key when there is none", async () => {
    provider.play(goodAnswer);
    await ask(model, { apiKey: undefined });
    expect(provider.requests[0]!.headers).not.toHaveProperty("authorization");
  });
});

describe("a cut answer", () => {
  it.each([
    ["without a finish reason", stream(says("par"), says("tial"))],
    ["with [DONE] only", stream(says("par"), says("tial"), data("[DONE]"))],
    ["in mid-event", stream(says("partial"), 'data: {"choices":[{"de')],
    ["with an empty finish reason but no [DONE]", stream(says("par", ""), says("tial", ""))],
    [
      "by a reset",
      (response: Parameters<typeof sse>[0]) =>
        void sse(response).write(says("partial"), () => setTimeout(() => response.socket?.resetAndDestroy(), 50)),
    ],
  ])("%s is AI_STREAM_CUT, with what has come", async (_, script) => {
    provider.play(script);
    await expect(ask()).resolves.toMatchObject({
      text: "partial",
      finishReason: undefined,
      fault: { code: "AI_STREAM_CUT" },
    });
    expect(provider.requests).toHaveLength(1);
  });
});

describe("an error inside a stream", () => {
  it.each([
    ["AI_UPSTREAM_ERROR", { error: { message: "boom", type: "server_error", code: null } }],
    ["AI_UPSTREAM_ERROR", { error: "boom" }],
    ["AI_QUOTA", { error: { message: "x", code: "insufficient_quota" } }],
    ["AI_RATE_LIMITED", { error: { message: "x", code: 429 } }],
    ["AI_CONTEXT_LENGTH", { error: { message: "x", code: "context_length_exceeded" } }],
  ])("is %s", async (code, chunk) => {
    provider.play(stream(says("partial"), data(chunk), says("", "stop"), data("[DONE]")));
    await expect(ask()).resolves.toMatchObject({ text: "partial", finishReason: undefined, fault: { code } });
  });

  it("makes no good answer of one that had its finish reason", async () => {
    provider.play(stream(says("partial", "stop"), data({ error: { message: "boom" } })));
    await expect(ask()).resolves.toMatchObject({ finishReason: undefined, fault: { code: "AI_UPSTREAM_ERROR" } });
  });
});

describe("what is no answer", () => {
  it.each([
    [
      "a portal page",
      (response: Parameters<typeof sse>[0]) =>
        void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>"),
    ],
    ["JSON instead of a stream", status(200, { choices: [{ message: { content: "hi" } }] })],
    ["no type", (response: Parameters<typeof sse>[0]) => void response.writeHead(200).end(says("x", "stop"))],
    ["bad JSON", stream(says("x"), data('{"choices":'))],
    ["a number", stream(data("5"))],
    ["choices as text", stream(data({ choices: "x" }))],
    ["content as a list", stream(data({ choices: [{ delta: { content: [1] } }] }))],
    ["status 204", (response: Parameters<typeof sse>[0]) => void response.writeHead(204).end()],
  ])("is AI_BAD_RESPONSE: %s", async (_, script) => {
    provider.play(script);
    const { text, finishReason, fault } = await ask();
    expect({ text: text.replace("x", ""), finishReason, code: fault?.code }).toEqual({
      text: "",
      finishReason: undefined,
      code: "AI_BAD_RESPONSE",
    });
  });

  it.each([301, 302, 303, 307, 308])("is AI_BAD_RESPONSE: a redirect with %i, and the key stays here", async (code) => {
    await using elsewhere = await scriptedProvider();
    elsewhere.play(goodAnswer);
    provider.play(
      (response) => void response.writeHead(code, { location: `${elsewhere.baseUrl}/chat/completions` }).end(),
    );
    await expect(ask()).resolves.toMatchObject({ text: "", fault: { code: "AI_BAD_RESPONSE" } });
    expect(elsewhere.requests).toEqual([]);
  });

  it("reads at most a little of a foreign body", async () => {
    let sent = 0;
    provider.play((response, { closed }) => {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      const block = Buffer.alloc(65_536);
      const more = (): void => {
        sent += block.length;
        if (response.write(block)) setImmediate(more);
      };
      response.on("drain", more);
      more();
      void closed.then(() => response.off("drain", more));
    });
    await expect(ask()).resolves.toMatchObject({ fault: { code: "AI_BAD_RESPONSE" } });
    await provider.requests[0]!.closed;
    expect(sent).toBeLessThan(20_000_000);
  });
});

describe("sizes", () => {
  it("gives up on one endless line", async () => {
    provider.play((response, { closed }) => {
      sse(response).write("data: ");
      const block = "x".repeat(100_000);
      let left = 1_000;
      const more = (): void => {
        left -= 1;
        if (left > 0 && response.write(block)) setImmediate(more);
      };
      response.on("drain", more);
      more();
      void closed.then(() => response.off("drain", more));
    });
    await expect(ask()).resolves.toMatchObject({ text: "", fault: { code: "AI_BAD_RESPONSE" } });
    await provider.requests[0]!.closed;
  });

  it("cuts a long answer at its limit, at a whole character, and hangs up", async () => {
    const piece = "é".repeat(1_000);
    provider.play((response) => {
      sse(response);
      const more = (): void => void (response.destroyed || response.write(says(piece), more));
      more();
    });
    const { text, finishReason, fault } = await ask();
    expect({ bytes: Buffer.byteLength(text), finishReason, fault }).toEqual({
      bytes: 204_800,
      finishReason: "length",
      fault: undefined,
    });
    await provider.requests[0]!.closed;
  });
});

describe("times", () => {
  it("gives up on silence in mid-answer", async () => {
    await model.close();
    model = modelAt(provider.baseUrl, { idleMs: 100 });
    provider.play((response) => void sse(response).write(says("partial")));
    await expect(ask()).resolves.toMatchObject({ text: "partial", fault: { code: "AI_TIMEOUT" } });
    await provider.requests[0]!.closed;
  });

  it("gives up when no headers come", async () => {
    await model.close();
    model = modelAt(provider.baseUrl, { headersMs: 100 });
    provider.play(() => {});
    await expect(ask()).resolves.toMatchObject({ text: "", fault: { code: "AI_TIMEOUT" } });
    await provider.requests[0]!.closed;
    expect(provider.requests).toHaveLength(1);
  });

  it("gives up on an answer that takes too long, though it goes on", async () => {
    await model.close();
    model = modelAt(provider.baseUrl, { totalMs: 300 });
    provider.play((response, { closed }) => {
      sse(response);
      const timer = setInterval(() => response.write(": still here\n\n"), 20);
      response.write(says("partial"));
      void closed.then(() => clearInterval(timer));
    });
    await expect(ask()).resolves.toMatchObject({ text: "partial", fault: { code: "AI_TIMEOUT" } });
    await provider.requests[0]!.closed;
  });

  it("hangs up within 200 ms of the caller's abort", async () => {
    const caller = new AbortController();
    provider.play((response) => void sse(response).write(says("partial")));
    const events = model.stream({ model: "m", messages: [], apiKey: KEY, signal: caller.signal });
    await expect(events.next()).resolves.toMatchObject({ value: { text: "partial" } });
    const rest = events.next();
    const aborted = performance.now();
    caller.abort(new Error("enough"));
    await expect(rest).rejects.toThrow("enough");
    await provider.requests[0]!.closed;
    expect(performance.now() - aborted).toBeLessThan(200);
    await expect.poll(() => provider.connections()).toBe(0);
  });

  it("hangs up when the reader stops reading", async () => {
    provider.play((response) => void sse(response).write(says("a") + says("b")));
    for await (const event of model.stream({
      model: "m",
      messages: [],
      apiKey: KEY,
      signal: new AbortController().signal,
    })) {
      expect(event).toMatchObject({ text: "a" });
      break;
    }
    await provider.requests[0]!.closed;
  });

  it("asks nothing when the caller has aborted before", async () => {
    const caller = new AbortController();
    caller.abort(new Error("never mind"));
    await expect(ask(model, { signal: caller.signal })).rejects.toThrow("never mind");
    expect(provider.requests).toEqual([]);
  });
});

describe("a refusal", () => {
  it.each([
    [401, { error: { message: `Incorrect API key provided: ${KEY}`, code: "invalid_api_key" } }, "AI_KEY_REFUSED", 1],
    [403, { error: { message: "no" } }, "AI_KEY_REFUSED", 1],
    [402, { error: { message: "no" } }, "AI_QUOTA", 1],
    [429, { error: { message: "no", code: "insufficient_quota" } }, "AI_QUOTA", 1],
    [429, { error: { message: "no" } }, "AI_RATE_LIMITED", 3],
    [400, { error: { message: "no", code: "context_length_exceeded" } }, "AI_CONTEXT_LENGTH", 1],
    [400, { error: { message: "This model's maximum context length is 8192 tokens" } }, "AI_CONTEXT_LENGTH", 1],
    [400, { error: { message: "no" } }, "AI_UPSTREAM_ERROR", 1],
    [500, { error: { message: "no" } }, "AI_UPSTREAM_ERROR", 1],
    [502, "Bad Gateway", "AI_UPSTREAM_ERROR", 3],
    [503, {}, "AI_UPSTREAM_ERROR", 3],
  ])("with %i %j is %s after %i tries", async (code, body, expected, tries) => {
    provider.play(status(code, body));
    const { text, fault } = await ask();
    expect({ text, code: fault?.code, tries: provider.requests.length }).toEqual({ text: "", code: expected, tries });
    expect(`${fault?.message} ${fault?.detail}`).not.toContain(KEY);
  });

  it("is overcome by another try", async () => {
    provider.play(status(503, {}), status(429, {}), goodAnswer);
    await expect(ask()).resolves.toMatchObject(GOOD);
    expect(provider.requests).toHaveLength(3);
  });

  it("says how long to wait, and waits so long itself", async () => {
    provider.play(status(429, {}, { "retry-after": "0.2" }));
    const started = performance.now();
    await expect(ask()).resolves.toMatchObject({ fault: { code: "AI_RATE_LIMITED", retryAfterMs: 200 } });
    expect(performance.now() - started).toBeGreaterThanOrEqual(400);
  });

  it("that asks for a long wait is told at once", async () => {
    provider.play(status(429, {}, { "retry-after": "30" }));
    await expect(ask()).resolves.toMatchObject({ fault: { code: "AI_RATE_LIMITED", retryAfterMs: 30_000 } });
    expect(provider.requests).toHaveLength(1);
  });
});

describe("no connection", () => {
  it("is AI_UNREACHABLE when it is refused", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => gone.once("listening", resolve));
    const { port } = gone.address() as { port: number };
    await new Promise((resolve) => gone.close(resolve));
    const unreachable = modelAt(`http://127.0.0.1:${port}/v1`);
    await expect(ask(unreachable)).resolves.toMatchObject({ fault: { code: "AI_UNREACHABLE" } });
    await unreachable.close();
  });

  it("is AI_UNREACHABLE when there is no such host", async () => {
    const unreachable = modelAt("http://no-such-host.invalid/v1");
    await expect(ask(unreachable)).resolves.toMatchObject({ fault: { code: "AI_UNREACHABLE" } });
    await unreachable.close();
  });

  it("is AI_UNREACHABLE when it is closed before an answer", async () => {
    provider.play((response) => response.socket?.resetAndDestroy());
    await expect(ask()).resolves.toMatchObject({ fault: { code: "AI_UNREACHABLE" } });
    expect(provider.requests).toHaveLength(3);
  });

  it("after five failures is not tried for a while, and the user is told how long", async () => {
    provider.play(status(500, {}));
    for (let i = 0; i < 5; i += 1) await ask();
    const { fault } = await ask();
    expect(fault).toMatchObject({ code: "AI_UNREACHABLE" });
    expect(fault?.retryAfterMs).toBeGreaterThan(10_000);
    expect(provider.requests).toHaveLength(5);
  });
});

describe("testKey", () => {
  const test = (apiKey = KEY) => model.testKey(apiKey, "m", new AbortController().signal);

  it("asks for the models", async () => {
    provider.play(status(200, { data: [] }));
    await test();
    expect(provider.requests).toMatchObject([{ url: "/v1/models", headers: { authorization: `Bearer ${KEY}` } }]);
  });

  it("asks for one token where there is no list of models", async () => {
    provider.play(status(404, {}), status(200, { choices: [] }));
    await test();
    expect(provider.requests.map(({ url }) => url)).toEqual(["/v1/models", "/v1/chat/completions"]);
    expect(JSON.parse(provider.requests[1]!.body)).toMatchObject({ max_tokens: 1 });
  });

  it("tells that the key is refused", async () => {
    provider.play(status(401, {}));
    await expect(test()).rejects.toMatchObject({ code: "AI_KEY_REFUSED" });
  });
});
