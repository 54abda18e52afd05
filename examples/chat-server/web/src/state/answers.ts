/** How an answer of the AI grows in a conversation: pure steps from event to event. */
import type { AiDelta, AiDone, AiMessage, ServerPayloads } from "../socket/events.ts";
import type { AiAction } from "./actions.ts";
import type { Conversation, Generation } from "./state.ts";

/** The server has taken up a prompt: the question stays, the answer begins. */
export function started(one: Conversation, action: Extract<AiAction, { type: "ai/started" }>): Conversation {
  const { prompt, messageId, generationId, userMessageId, title, model, at } = action;
  const base = { ...one, title: title === "" ? one.title : title, prompt: undefined, status: "ready" as const };
  // The same nonce again: it is there already.
  if (one.messages.some(({ id }) => id === messageId)) return base;
  const active: Generation = { generationId, messageId, lastSeq: 0, stopping: false, replacesId: prompt.regenerateId };
  if (prompt.regenerateId !== undefined) return { ...base, active };
  const question: AiMessage = {
    id: userMessageId,
    role: "user",
    content: prompt.content,
    status: "complete",
    createdAt: at,
  };
  const edited = one.messages.findIndex(({ id }) => id === prompt.editId);
  const before = edited < 0 ? one.messages : one.messages.slice(0, edited);
  return { ...base, active, messages: [...before, question, running(messageId, model, at)] };
}

/** Adds a piece of the answer, unless it is there already. A hole means that something was missed. */
export function applyDeltas(one: Conversation, delta: AiDelta): Conversation {
  const { active } = one;
  if (active?.generationId !== delta.generationId) return isFinished(one, delta) ? one : { ...one, stale: true };
  if (delta.seq <= active.lastSeq) return one;
  if (delta.seq > active.lastSeq + 1) return { ...one, stale: true };
  const hasText = (delta.text ?? "") !== "" || (delta.reasoning ?? "") !== "";
  const messages = replaced(one.messages, active, hasText);
  return {
    ...one,
    active: { ...active, lastSeq: delta.seq, replacesId: messages === one.messages ? active.replacesId : undefined },
    messages: messages.map((message) => (message.id === delta.messageId ? grown(message, delta) : message)),
  };
}

/** The answer has ended, well or badly. */
export function finish(one: Conversation, done: AiDone): Conversation {
  const { active } = one;
  if (active?.generationId !== done.generationId) return isFinished(one, done) ? one : { ...one, stale: true };
  // Pieces are missing: the answer is read again, and not shown as complete before that.
  if (done.seq > active.lastSeq + 1) return { ...one, stale: true };
  const { status, finishReason, usage, error } = done;
  const { active: _ended, ...rest } = one;
  if (active.replacesId !== undefined) {
    // The new answer never had a word: the old one stays.
    if (status !== "error") return rest;
    const prompt = {
      nonce: active.generationId,
      content: "",
      regenerateId: active.replacesId,
      state: "failed" as const,
      error,
    };
    return { ...rest, prompt };
  }
  const end = (message: AiMessage): AiMessage =>
    message.id === active.messageId ? { ...message, status, finishReason, usage, error } : message;
  return { ...rest, messages: one.messages.map(end) };
}

/** Takes over a page of the conversation as the server has it. */
export function opened(one: Conversation, page: ServerPayloads["aiMessages"], older: boolean): Conversation {
  const messages = page.messages.toReversed();
  const ids = new Set(messages.map(({ id }) => id));
  if (older) {
    const known = one.messages.filter(({ id }) => !ids.has(id));
    return { ...one, messages: [...messages, ...known], hasMore: page.hasMore, older: "idle" };
  }
  const overlap = one.messages.findIndex(({ id }) => id === messages[0]?.id);
  const before = overlap > 0 ? one.messages.slice(0, overlap) : [];
  const active = activeAfter(one, page);
  return {
    ...one,
    status: "ready",
    code: undefined,
    active,
    messages: [
      ...before,
      ...messages.map((message) => (message.id === active?.messageId ? ongoing(one, active, message) : message)),
    ],
    hasMore: before.length > 0 ? one.hasMore : page.hasMore,
  };
}

/** The running answer as this page has it: the server's copy has its words only at the end. */
function ongoing(one: Conversation, active: Generation, message: AiMessage): AiMessage {
  const own = active.lastSeq > 0 ? one.messages.find(({ id }) => id === message.id) : undefined;
  return { ...message, status: "running", content: own?.content ?? "", reasoning: own?.reasoning };
}

function activeAfter(one: Conversation, { active, messages }: ServerPayloads["aiMessages"]): Generation | undefined {
  if (active === undefined) return undefined;
  const { generationId, messageId } = active;
  const same = one.active?.generationId === generationId ? one.active : undefined;
  // Listed by the server beside the answer it replaces: no need to wait for its first word.
  const listed = messages.some(({ id }) => id === messageId);
  if (same !== undefined) return listed ? { ...same, replacesId: undefined } : same;
  return { generationId, messageId, lastSeq: 0, stopping: false };
}

/** Puts the new answer in the place of the one it replaces, once it has a text. */
function replaced(
  messages: readonly AiMessage[],
  { replacesId, messageId }: Generation,
  hasText: boolean,
): readonly AiMessage[] {
  if (replacesId === undefined || !hasText) return messages;
  const old = messages.findIndex(({ id }) => id === replacesId);
  const kept = old < 0 ? messages : messages.slice(0, old);
  return [...kept, running(messageId, messages[old]?.model ?? "", messages[old]?.createdAt ?? 0)];
}

function grown(message: AiMessage, { text, reasoning }: AiDelta): AiMessage {
  return {
    ...message,
    content: message.content + (text ?? ""),
    ...(reasoning === undefined ? {} : { reasoning: (message.reasoning ?? "") + reasoning }),
  };
}

function isFinished(one: Conversation, { messageId }: { readonly messageId: string }): boolean {
  return one.messages.some(({ id, status }) => id === messageId && status !== "running");
}

function running(id: string, model: string, createdAt: number): AiMessage {
  return { id, role: "assistant", content: "", status: "running", createdAt, model };
}
