import { describe, expect, it } from "vitest";
import { type ChatChunk, Status } from "../../src/gen/ai_server.ts";
import type { ModelEvent } from "../../src/llm/answer-reader.ts";
import { AiFault } from "../../src/llm/faults.ts";
import { Generation, type GenerationOptions } from "../../src/llm/generation.ts";

const STARTED = { generationId: "g", conversationId: 1n, userMessageId: 2n, messageId: 3n, model: "m", title: "t" };
const END: ModelEvent = { type: "end", finishReason: "stop", usage: undefined };
const never = new AbortController().signal;

function generation(options: Partial<GenerationOptions> = {}): Generation {
  return new Generation({ started: STARTED, userId: 1, detachable: true, onUnwatched: () => {}, ...options });
}

/** A model that says what a test pushes. */
function model() {
  const queue: (ModelEvent | Error)[] = [];
  let wake = (): void => {};
  return {
    say(...events: (ModelEvent | Error)[]) {
      queue.push(...events);
      wake();
    },
    async *events(signal: AbortSignal): AsyncGenerator<ModelEvent> {
      signal.addEventListener("abort", () => wake());
      for (;;) {
        signal.throwIfAborted();
        const next = queue.shift();
        if (next instanceof Error) throw next;
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield next;
        if (next?.type === "end") return;
      }
    },
  };
}

const text = (piece: string): ModelEvent => ({ type: "text", text: piece });

async function runThrough(one: Generation, events: AsyncIterable<ModelEvent>): Promise<void> {
  const { ending, finishReason, fault } = await one.run(events);
  one.finish(ending, finishReason, fault);
}

async function all(chunks: AsyncIterable<ChatChunk>): Promise<ChatChunk[]> {
  const seen: ChatChunk[] = [];
  for await (const chunk of chunks) seen.push(chunk);
  return seen;
}

const kinds = (chunks: readonly ChatChunk[]) => chunks.map(({ event }) => event?.case);
const said = (chunks: readonly ChatChunk[]) =>
  chunks.map(({ event }) => (event?.case === "delta" ? event.value.text : "")).join("");

describe("Generation", () => {
  it("makes one delta of pieces that come together, the first one at once", async () => {
    const one = generation();
    const speaker = model();
    const running = runThrough(one, speaker.events(one.signal));
    const watching = all(one.watch(0, never));
    speaker.say(text("a"), text("b"), { type: "reasoning", text: "hm" }, text("c"), END);
    await running;
    const chunks = await watching;
    expect(chunks.map(({ event }) => event)).toEqual([
      { case: "started", value: STARTED },
      { case: "delta", value: { seq: 1, text: "a", reasoning: "" } },
      { case: "delta", value: { seq: 2, text: "bc", reasoning: "hm" } },
      {
        case: "done",
        value: { seq: 3, status: Status.COMPLETE, finishReason: "stop", usage: undefined, error: undefined },
      },
    ]);
  });

  it("gives each watcher what it has not had, in any order of coming", async () => {
    const one = generation();
    const speaker = model();
    const running = runThrough(one, speaker.events(one.signal));
    const early = all(one.watch(0, never));
    speaker.say(text("a"));
    await expect.poll(() => one.lastSeq).toBe(1);
    const middle = all(one.watch(1, never));
    speaker.say(text("b"), END);
    await running;
    const late = await all(one.watch(1, never));
    expect([await early, await middle, late].map(said)).toEqual(["ab", "b", "b"]);
    expect(kinds(await all(one.watch(99, never)))).toEqual(["started", "done"]);
    expect(one.watchers).toBe(0);
  });

  it("tells when the last watcher has left early, not when it has seen the end", async () => {
    let left = 0;
    const one = generation({ onUnwatched: () => (left += 1) });
    const speaker = model();
    const running = runThrough(one, speaker.events(one.signal));
    const leaving = new AbortController();
    const [first, second] = [all(one.watch(0, leaving.signal)), all(one.watch(0, leaving.signal))];
    await expect.poll(() => one.watchers).toBe(2);
    leaving.abort();
    expect([kinds(await first), kinds(await second)]).toEqual([["started"], ["started"]]);
    expect(left).toBe(1);
    const third = all(one.watch(0, never));
    speaker.say(END);
    await running;
    await third;
    expect(left).toBe(1);
  });

  it("tells of the first text once, not of reasoning", async () => {
    let first = 0;
    const one = generation({ onFirstText: () => (first += 1) });
    const speaker = model();
    const running = runThrough(one, speaker.events(one.signal));
    speaker.say({ type: "reasoning", text: "hm" });
    await expect.poll(() => one.lastSeq).toBe(1);
    expect(first).toBe(0);
    speaker.say(text("a"), text("b"), END);
    await running;
    expect(first).toBe(1);
  });

  it.each([
    ["stopped", { status: "stopped", error: undefined }, undefined],
    ["interrupted", { status: "error", error: "AI_INTERRUPTED" }, "AI_INTERRUPTED"],
  ] as const)("that is %s keeps what was said", async (why, ending, code) => {
    const one = generation();
    const speaker = model();
    const running = one.run(speaker.events(one.signal));
    speaker.say(text("a"), text("b"));
    await expect.poll(() => one.soFar.text).toBe("ab");
    one.stop(why);
    one.stop("stopped");
    const result = await running;
    expect(result.ending).toMatchObject({ ...ending, text: "ab" });
    expect(result.fault?.code).toBe(code);
  });

  it.each([
    [new AiFault("AI_STREAM_CUT"), "AI_STREAM_CUT"],
    [new TypeError("a bug"), "AI_UPSTREAM_ERROR"],
  ])("that fails with %s ends as %s, with what was said", async (error, code) => {
    const one = generation();
    const speaker = model();
    const running = runThrough(one, speaker.events(one.signal));
    speaker.say(text("a"), error);
    await running;
    const done = one.chunksFrom(2)[0]?.event;
    expect(done).toMatchObject({ case: "done", value: { seq: 2, status: Status.ERROR, error: { code } } });
  });
});
