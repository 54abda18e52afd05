import type { AiStatus, ConversationInfo, ServerEvent } from "../socket/events.ts";
import type { Action, AiAction } from "./actions.ts";
import { applyDeltas, finish, opened, started } from "./answers.ts";
import type { Ai, Conversation, Prompt } from "./state.ts";

/** Conversations kept, besides those in which something is going on. */
const MAX_KEPT = 30;

/** What happens in conversations with the AI: by the server's word, and by the user's. */
export function reduceAi(ai: Ai, action: Action): Ai {
  switch (action.type) {
    case "server":
      return onServerEvent(ai, action.event);
    case "ai/list":
      return { ...ai, list: { ...ai.list, status: action.status, query: action.query, code: action.code } };
    case "ai/listed":
      // An answer to what is not searched for any more.
      if (action.query !== ai.list.query) return ai;
      return { ...ai, list: { status: "ready", query: action.query, items: listed(ai, action), next: action.next } };
    case "ai/deltas":
      return action.deltas.reduce(
        (all, delta) => change(all, delta.conversationId, (one) => applyDeltas(one, delta)),
        ai,
      );
    case "ai/started":
      return onStarted(ai, action);
    case "ai/opening":
    case "ai/opened":
    case "ai/openFailed":
    case "ai/older":
    case "ai/stopping":
      return onOpening(ai, action);
    case "ai/asked":
    case "ai/promptState":
    case "ai/promptDropped":
      return onPrompt(ai, action);
    default:
      return ai;
  }
}

function onServerEvent(ai: Ai, event: ServerEvent): Ai {
  switch (event.type) {
    case "hello":
      return { ...withStatus(ai, event.payload.ai), conversations: allStale(ai.conversations) };
    case "aiStatus":
      return withStatus(ai, event.payload);
    case "aiStarted":
      // Asked in another window: what was asked is not in the event.
      return event.payload.userMessageId === undefined
        ? change(ai, event.payload.conversationId, (one) => ({ ...one, stale: true }))
        : ai;
    case "aiDone":
      return change(ai, event.payload.conversationId, (one) => finish(one, event.payload));
    case "aiConversationChanged": {
      const { id, title, deleted } = event.payload;
      if (deleted === true) return withoutConversation(ai, id);
      return title === undefined ? ai : retitled(ai, id, title);
    }
    default:
      return ai;
  }
}

function withStatus(ai: Ai, { available, demo, model, models }: AiStatus): Ai {
  return {
    ...ai,
    known: true,
    available,
    demo: demo ?? ai.demo,
    model: model ?? ai.model,
    models: models ?? ai.models,
  };
}

function allStale(conversations: Ai["conversations"]): Ai["conversations"] {
  return Object.fromEntries(Object.entries(conversations).map(([id, one]) => [id, { ...one, stale: true }]));
}

function listed(ai: Ai, { items, append }: Extract<AiAction, { type: "ai/listed" }>): readonly ConversationInfo[] {
  if (!append) return items;
  const known = new Set(ai.list.items.map(({ id }) => id));
  return [...ai.list.items, ...items.filter(({ id }) => !known.has(id))];
}

function withoutConversation(ai: Ai, id: string): Ai {
  const { [id]: _gone, ...conversations } = ai.conversations;
  return { ...ai, conversations, list: { ...ai.list, items: ai.list.items.filter((item) => item.id !== id) } };
}

function retitled(ai: Ai, id: string, title: string): Ai {
  const items = ai.list.items.map((item) => (item.id === id ? { ...item, title } : item));
  return change({ ...ai, list: { ...ai.list, items } }, id, (one) => ({ ...one, title }));
}

function onStarted(ai: Ai, action: Extract<AiAction, { type: "ai/started" }>): Ai {
  const { conversationId, title, model, at } = action;
  const known = ai.conversations[conversationId] ?? { ...emptyConversation(conversationId, title), status: "ready" };
  const conversations = { ...ai.conversations, [conversationId]: started(known, action) };
  const others = ai.list.items.filter(({ id }) => id !== conversationId);
  // An answer made anew comes without a title.
  const items = [{ id: conversationId, title: title === "" ? known.title : title, model, updatedAt: at }, ...others];
  const next = { ...ai, conversations, list: { ...ai.list, items } };
  return action.asked === null ? withoutFirstPrompt(next) : next;
}

function onOpening(
  ai: Ai,
  action: Extract<AiAction, { type: "ai/opening" | "ai/opened" | "ai/openFailed" | "ai/older" | "ai/stopping" }>,
): Ai {
  switch (action.type) {
    case "ai/opening": {
      const id = action.conversationId;
      const title = ai.list.items.find((item) => item.id === id)?.title ?? "";
      const known = ai.conversations[id] ?? emptyConversation(id, title);
      const status = known.status === "failed" ? "loading" : known.status;
      return {
        ...ai,
        conversations: { ...fewer(ai.conversations, id), [id]: { ...known, status, code: undefined, stale: false } },
      };
    }
    case "ai/opened":
      return change(ai, action.page.conversationId, (one) => opened(one, action.page, action.older));
    case "ai/openFailed":
      return change(ai, action.conversationId, (one) => ({ ...one, status: "failed", code: action.code }));
    case "ai/older":
      return change(ai, action.conversationId, (one) => ({ ...one, older: action.older }));
    case "ai/stopping":
      return change(ai, action.conversationId, (one) =>
        one.active === undefined ? one : { ...one, active: { ...one.active, stopping: action.stopping } },
      );
    default:
      return ai;
  }
}

function onPrompt(ai: Ai, action: Extract<AiAction, { type: "ai/asked" | "ai/promptState" | "ai/promptDropped" }>): Ai {
  const next = (prompt: Prompt | undefined): Prompt | undefined => {
    if (action.type === "ai/asked") return action.prompt;
    if (action.type === "ai/promptDropped" || prompt === undefined) return undefined;
    if (prompt.nonce !== action.nonce) return prompt;
    const { state, error, at } = action;
    const retryAt = error?.retryAfterMs === undefined || at === undefined ? undefined : at + error.retryAfterMs;
    return { ...prompt, state, error, retryAt };
  };
  if (action.conversationId !== null)
    return change(ai, action.conversationId, (one) => ({ ...one, prompt: next(one.prompt) }));
  return { ...ai, firstPrompt: next(ai.firstPrompt) };
}

function withoutFirstPrompt(ai: Ai): Ai {
  return { ...ai, firstPrompt: undefined };
}

/** What can be read again makes room. */
function fewer(conversations: Ai["conversations"], wanted: string): Ai["conversations"] {
  const all = Object.entries(conversations);
  if (all.length < MAX_KEPT) return conversations;
  const busy = all.filter(([id, { active, prompt }]) => id === wanted || active !== undefined || prompt !== undefined);
  return Object.fromEntries(busy);
}

function emptyConversation(id: string, title: string): Conversation {
  return { id, title, status: "loading", messages: [], hasMore: false, older: "idle", stale: false };
}

function change(ai: Ai, id: string, by: (one: Conversation) => Conversation): Ai {
  const one = ai.conversations[id];
  if (one === undefined) return ai;
  const next = by(one);
  return next === one ? ai : { ...ai, conversations: { ...ai.conversations, [id]: next } };
}
