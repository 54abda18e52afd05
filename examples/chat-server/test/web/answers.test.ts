import { describe, expect, it } from "vitest";
import type { AiDelta, AiDone, AiMessage } from "../../web/src/socket/events.ts";
import { applyDeltas, finish, opened, started } from "../../web/src/state/answers.ts";
import { reduceAi } from "../../web/src/state/ai-reducer.ts";
import { type Conversation, initialState } from "../../web/src/state/state.ts";

const empty: Conversation = {
  id: "c",
  title: "",
  status: "ready",
  messages: [],
  hasMore: false,
  older: "idle",
  stale: false,
};
const place = { conversationId: "c", messageId: "m2", generationId: "g" };
const begin = (one = empty, regenerateId?: string): Conversation =>
  started(one, {
    type: "ai/started",
    asked: "c",
    prompt: { nonce: "n", content: "why?", state: "sending", regenerateId },
    ...place,
    title: "why?",
    userMessageId: "m1",
    model: "demo",
    at: 7,
  });
const delta = (seq: number, text: string): AiDelta => ({ ...place, seq, text });
const done = (seq: number, more: Partial<AiDone> = {}): AiDone => ({ ...place, seq, status: "complete", ...more });
const old: AiMessage = { id: "m0", role: "assistant", content: "old", status: "complete", createdAt: 1 };

describe("a question that is edited", () => {
  it("takes the place of the earlier one and of all that came after it", () => {
    const one = finish(begin(), done(1));
    const later: AiMessage = { ...old, id: "m9" };
    const edited = started(
      { ...one, messages: [old, ...one.messages, later] },
      {
        type: "ai/started",
        asked: "c",
        prompt: { nonce: "n2", content: "why not?", state: "sending", editId: "m1" },
        conversationId: "c",
        messageId: "m4",
        generationId: "g2",
        title: "",
        userMessageId: "m3",
        model: "demo",
        at: 8,
      },
    );
    expect(edited.messages.map(({ id }) => id)).toEqual(["m0", "m3", "m4"]);
    expect(edited.messages[1]?.content).toBe("why not?");
  });
});

describe("an answer", () => {
  it("grows by its pieces, each once, and ends", () => {
    let one = begin();
    for (const piece of [delta(1, "be"), delta(1, "be"), delta(2, "cause")]) one = applyDeltas(one, piece);
    one = finish(one, done(3, { finishReason: "stop", usage: { prompt: 1, completion: 2 } }));
    expect(one.active).toBeUndefined();
    expect(one.messages).toMatchObject([
      { id: "m1", role: "user", content: "why?" },
      { id: "m2", content: "because", status: "complete", finishReason: "stop", usage: { completion: 2 } },
    ]);
  });

  it("is read again when a piece is missing, and not shown as complete", () => {
    expect(applyDeltas(begin(), delta(2, "x"))).toMatchObject({ stale: true });
    const one = finish(applyDeltas(begin(), delta(1, "be")), done(5));
    expect(one.stale).toBe(true);
    expect(one.messages.at(-1)).toMatchObject({ status: "running", content: "be" });
  });

  it("keeps its words when it is stopped or fails", () => {
    const grown = applyDeltas(begin(), delta(1, "be"));
    expect(finish(grown, done(2, { status: "stopped" })).messages.at(-1)).toMatchObject({
      content: "be",
      status: "stopped",
    });
    expect(finish(grown, done(2, { status: "error", error: { code: "AI_STREAM_CUT" } })).messages.at(-1)).toMatchObject(
      { content: "be", status: "error", error: { code: "AI_STREAM_CUT" } },
    );
  });

  it("gathers the reasoning apart from the text", () => {
    const one = applyDeltas(applyDeltas(begin(), { ...place, seq: 1, reasoning: "hm" }), delta(2, "yes"));
    expect(one.messages.at(-1)).toMatchObject({ reasoning: "hm", content: "yes" });
  });

  it("does nothing to a conversation in which it ended before", () => {
    const one = finish(applyDeltas(begin(), delta(1, "x")), done(2));
    expect(applyDeltas(one, delta(1, "x"))).toBe(one);
    expect(finish(one, done(2))).toBe(one);
  });

  it("begins once, however often it is told to", () => {
    expect(begin(begin()).messages).toHaveLength(2);
  });
});

describe("an answer made anew", () => {
  const before: Conversation = { ...empty, messages: [old] };

  it("takes the old one's place with its first text", () => {
    const asked = begin(before, "m0");
    expect(asked.messages).toEqual([old]);
    expect(applyDeltas(asked, delta(1, "new")).messages).toMatchObject([{ id: "m2", content: "new" }]);
  });

  it("leaves the old one when it fails without a word", () => {
    const one = finish(begin(before, "m0"), done(1, { status: "error", error: { code: "AI_TIMEOUT" } }));
    expect(one.messages).toEqual([old]);
    expect(one.prompt).toMatchObject({ state: "failed", regenerateId: "m0", error: { code: "AI_TIMEOUT" } });
  });
});

describe("a conversation read from the server", () => {
  const page = (messages: AiMessage[], lastSeq?: number) => ({
    conversationId: "c",
    messages,
    hasMore: true,
    ...(lastSeq === undefined ? {} : { active: { generationId: "g", messageId: "m2", lastSeq } }),
  });
  const running: AiMessage = { id: "m2", role: "assistant", content: "", status: "running", createdAt: 1 };

  it("goes on with a running answer from its first piece", () => {
    expect(opened(empty, page([running, old], 4), false)).toMatchObject({
      active: { generationId: "g", lastSeq: 0 },
      messages: [{ id: "m0" }, { id: "m2", status: "running" }],
      hasMore: true,
    });
  });

  it("keeps the pieces that are there already", () => {
    const grown = applyDeltas(begin(), delta(1, "be"));
    const again = opened(grown, page([running], 4), false);
    expect(again.active?.lastSeq).toBe(1);
    expect(again.messages.at(-1)).toMatchObject({ content: "be" });
  });

  it("puts older messages before the known ones, each once", () => {
    const one = opened({ ...empty, messages: [old] }, page([old, { ...old, id: "m-1" }]), true);
    expect(one.messages.map(({ id }) => id)).toEqual(["m-1", "m0"]);
  });
});

describe("the list", () => {
  const { ai } = initialState({ language: "en", theme: "system", model: "" });
  const item = { id: "1", title: "one", model: "", updatedAt: 1 };

  it("ignores the answer to a search that is not asked any more", () => {
    const searching = reduceAi(ai, { type: "ai/list", status: "loading", query: "new" });
    const late = { type: "ai/listed", query: "old", items: [item], next: undefined, append: false } as const;
    expect(reduceAi(searching, late)).toBe(searching);
    expect(reduceAi(searching, { ...late, query: "new" }).list).toMatchObject({ status: "ready", items: [item] });
  });

  it("follows a title that is changed, and a conversation that is deleted", () => {
    const listed = { ...ai, list: { ...ai.list, items: [item] } };
    const changed = (payload: { id: string; title?: string; deleted?: boolean }) =>
      reduceAi(listed, { type: "server", event: { type: "aiConversationChanged", payload } }).list.items;
    expect(changed({ id: "1", title: "two" })).toMatchObject([{ title: "two" }]);
    expect(changed({ id: "1", deleted: true })).toEqual([]);
  });

  it("keeps few of the conversations that were opened", () => {
    let state = ai;
    for (let id = 0; id < 100; id++) state = reduceAi(state, { type: "ai/opening", conversationId: String(id) });
    expect(Object.keys(state.conversations).length).toBeLessThanOrEqual(30);
    expect(state.conversations["99"]).toBeDefined();
  });
});
