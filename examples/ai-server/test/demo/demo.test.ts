import { describe, expect, it } from "vitest";
import { evaluate, findExpression, showNumber } from "../../src/demo/arithmetic.ts";
import { pieces, replyTo } from "../../src/demo/replies.ts";
import { DEMO_MODEL, startDemoServer } from "../../src/demo/server.ts";
import { OpenAiCompatible } from "../../src/llm/openai-compat.ts";

describe("evaluate", () => {
  it.each([
    ["6*7", 42],
    ["1 + 2 * 3", 7],
    ["(1+2)*3", 9],
    ["2^3^2", 512],
    ["-2^2", -4],
    ["10 % 4", 2],
    ["8 ÷ 2 × 3", 12],
    [".5 + 1.25", 1.75],
    ["2*-3", -6],
  ])("knows that %s is %d", (expression, value) => {
    expect(evaluate(expression)).toBe(value);
  });

  it.each(["", "1+", "(1", "1)", "1..2", "a+1", "1/0", "9^9^9", "(".repeat(60) + "1" + ")".repeat(60)])(
    "knows that %s is nothing it can do",
    (expression) => {
      expect(evaluate(expression)).toBeUndefined();
    },
  );
});

describe("findExpression", () => {
  it.each([
    ["what is 6*7?", "6*7"],
    ["what is (2 + 3) * 4, please", "(2 + 3) * 4"],
    ["in 2024 there were 3 cats", undefined],
    ["hello", undefined],
  ])("in %j is %j", (text, expression) => {
    expect(findExpression(text)).toBe(expression);
  });
});

it("shows results without the noise of binary fractions", () => {
  expect(showNumber(0.1 + 0.2)).toBe("0.3");
});

describe("replyTo", () => {
  it("calculates", () => {
    expect(replyTo("what is 6*7?").text).toBe("6*7 = 42");
  });

  it("names facts of the prompt, and says what it is", () => {
    const { text } = replyTo("Hello there, how are you?");
    expect(text).toContain("5 words, 25 characters on 1 line, in English");
    expect(text).toContain("**Hello**");
    expect(text).toContain("not an AI");
  });

  it.each([
    ["你好，世界", "Chinese"],
    ["こんにちは", "Japanese"],
    ["Привет", "Cyrillic"],
    ["Was ist das nicht", "German"],
  ])("sees the language of %s", (prompt, language) => {
    expect(replyTo(prompt).text).toContain(language);
  });

  it("shows markdown and code", () => {
    expect(replyTo("show me some code").text).toMatch(/```ts\n[\s\S]+\n```/);
  });

  it("knows its commands", () => {
    expect(replyTo("/think 1+1")).toMatchObject({ text: "1+1 = 2", fail: undefined });
    expect(replyTo("/think 1+1").reasoning).not.toBe("");
    expect(replyTo("/slow 1+1").paceMs).toBeGreaterThan(replyTo("1+1").paceMs);
    expect(
      ["429", "cut", "reset", "stall", "html", "badjson", "error", "what?"].map(
        (name) => replyTo(`/fail ${name}`).fail,
      ),
    ).toEqual([429, "cut", "reset", "stall", "html", "badjson", "error", "error"]);
  });
});

describe("pieces", () => {
  it.each(["a b\n\nc  ", "你好 world", " x", "", "  "])("of %j are the text again", (text) => {
    expect(pieces(text).join("")).toBe(text);
  });
});

describe("the demo server", () => {
  it("speaks the wire of a provider", async () => {
    await using demo = await startDemoServer();
    const model = new OpenAiCompatible({ baseUrl: demo.baseUrl });
    const ask = async (content: string) => {
      let text = "";
      let reasoning = "";
      let usage: unknown;
      const call = {
        model: DEMO_MODEL,
        messages: [{ role: "user" as const, content }],
        apiKey: undefined,
        signal: new AbortController().signal,
      };
      for await (const event of model.stream(call))
        if (event.type === "end") usage = event.usage;
        else if (event.type === "text") text += event.text;
        else reasoning += event.text;
      return { text, reasoning, usage };
    };
    await expect(ask("6*7")).resolves.toEqual({
      text: "6*7 = 42",
      reasoning: "",
      usage: { promptTokens: 1, completionTokens: 3, reasoningTokens: 0 },
    });
    await expect(ask("/think hello there")).resolves.toMatchObject({
      text: replyTo("hello there").text,
      reasoning: replyTo("/think hello there").reasoning,
    });
    await model.testKey("any-key-1", DEMO_MODEL, new AbortController().signal);
    await expect(model.testKey("wrong-key", DEMO_MODEL, new AbortController().signal)).rejects.toMatchObject({
      code: "AI_KEY_REFUSED",
    });
    await model.close();
  });

  it.each([
    ["401", "AI_KEY_REFUSED"],
    ["402", "AI_QUOTA"],
    ["429", "AI_RATE_LIMITED"],
    ["500", "AI_UPSTREAM_ERROR"],
    ["cut", "AI_STREAM_CUT"],
    ["reset", "AI_STREAM_CUT"],
    ["stall", "AI_TIMEOUT"],
    ["html", "AI_BAD_RESPONSE"],
    ["badjson", "AI_BAD_RESPONSE"],
    ["error", "AI_UPSTREAM_ERROR"],
  ])("plays /fail %s as %s", async (name, code) => {
    await using demo = await startDemoServer();
    const model = new OpenAiCompatible({ baseUrl: demo.baseUrl, limits: { idleMs: 200, retryMs: 1 } });
    const call = {
      model: DEMO_MODEL,
      messages: [{ role: "user" as const, content: `/fail ${name}` }],
      apiKey: undefined,
      signal: new AbortController().signal,
    };
    const read = async () => {
      for await (const event of model.stream(call)) expect(event.type).not.toBe("end");
    };
    await expect(read()).rejects.toMatchObject({ name: "AiFault", code });
    await model.close();
  });
});
