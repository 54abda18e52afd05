import { describe, expect, it } from "vitest";
import { type PromptMessage, contextWindow, estimateTokens, wellFormed } from "../../src/llm/context-window.ts";

const user = (content: string): PromptMessage => ({ role: "user", content });
const assistant = (content: string): PromptMessage => ({ role: "assistant", content });

describe("contextWindow", () => {
  const talk = [user("aaa"), assistant("bbb"), user("ccc"), assistant("ddd"), user("eee")];

  it("is the whole conversation when that fits exactly", () => {
    expect(contextWindow(talk, 5)).toEqual(talk);
  });

  it("leaves out the oldest, and an answer without its question", () => {
    expect(contextWindow(talk, 4)).toEqual(talk.slice(2));
    expect(contextWindow(talk, 3)).toEqual(talk.slice(2));
    expect(contextWindow(talk, 2)).toEqual(talk.slice(4));
  });

  it("always has the prompt, however long", () => {
    expect(contextWindow([user("a"), user("x".repeat(1_000))], 1)).toEqual([user("x".repeat(1_000))]);
  });

  it("does not reach past a message that does not fit", () => {
    expect(contextWindow([user("a"), user("x".repeat(100)), user("b")], 10)).toEqual([user("b")]);
  });

  it("makes lone surrogates harmless", () => {
    expect(contextWindow([user("a\ud800b")], 10)).toEqual([user("a\ufffdb")]);
  });
});

describe("estimateTokens", () => {
  it("counts bytes, three a token", () => {
    expect(["", "abc", "abcd", "你好"].map(estimateTokens)).toEqual([0, 1, 2, 2]);
  });
});

describe("wellFormed", () => {
  it("keeps pairs of surrogates", () => {
    expect(wellFormed("🚀\udc00\ud83d")).toBe("🚀\ufffd\ufffd");
  });
});
