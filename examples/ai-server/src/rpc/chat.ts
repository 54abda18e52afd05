import { randomUUID } from "node:crypto";
import { sleep } from "@servertech/core";
import { type ChatChunk, type ChatRequest, Role, type Started } from "../gen/ai_server.ts";
import { type PromptMessage, contextWindow } from "../llm/context-window.ts";
import { AiFault } from "../llm/faults.ts";
import { type LostGenerations, doneFrom } from "../llm/lost-generations.ts";
import { watchRemote } from "../llm/remote-watch.ts";
import type { RunningGenerations } from "../llm/running-generations.ts";
import { type ConversationRow, type Conversations, titleOf } from "../store/conversations.ts";
import { type RowIdentity, generationIdOf, messageIdOf, oneOffId } from "../store/generation-id.ts";
import type { SharedGenerations } from "../store/generations.ts";
import { type Asked, type Ending, type Messages, type Question, isNonceTaken } from "../store/messages.ts";
import { type Models, pickModel } from "./models.ts";
import { checkContext, checkNonce, checkPrompt, optionalId } from "./requests.ts";

export interface ChatParts {
  readonly conversations: Conversations;
  readonly messages: Messages;
  readonly shared: SharedGenerations;
  readonly running: RunningGenerations;
  readonly lost: LostGenerations;
  readonly models: Models;
  readonly contextTokens: number;
}

/** Who asks, and with which key the provider is asked. */
export interface Asker {
  readonly userId: number;
  /** @throws AiFault `AI_KEY_MISSING`. */
  readonly apiKey: () => Promise<string | undefined>;
  readonly signal: AbortSignal;
}

type Chunks = AsyncIterable<ChatChunk>;

/** How long a second send waits for the first one of the same nonce to begin. */
const PENDING_MS = 5_000;
/** The same in a conversation, where it may as well be another answer that is under way. */
const SAME_NONCE_MS = 300;
const LOOK_PENDING_MS = 50;
const NOT_BEGUN: Ending = { status: "error", text: "", reasoning: "", error: "AI_UNAVAILABLE", usage: undefined };

/** Questions and answers: what `Chat`, `Attach` and `Stop` do. */
export class Chat {
  readonly #parts: ChatParts;

  constructor(parts: ChatParts) {
    this.#parts = parts;
  }

  /** Begins an answer; the same nonce again gives the answer that it began. @throws AiFault when nothing was begun. */
  async ask(request: ChatRequest, asker: Asker): Promise<Chunks> {
    this.#parts.running.refuseWhenBusy();
    if (request.context.length > 0) return this.#askOnce(request, asker);
    const question = questionOf(request);
    const nonce = checkNonce(request.nonce);
    const conversationId = optionalId(request.conversationId);
    if (conversationId !== undefined) return this.#askIn(conversationId, question, nonce, request, asker);
    if (question.kind !== "new")
      throw new AiFault("AI_BAD_REQUEST", {}, "conversation_id: must be given to replace a message");
    return nonce === ""
      ? this.#askAnew(question, "", request, asker)
      : this.#askAnewOnce(question, nonce, request, asker);
  }

  /** The deltas after `afterSeq`, then live. @throws AiFault `AI_NOT_FOUND`. */
  async attach(userId: number, generationId: string, afterSeq: number, signal: AbortSignal): Promise<Chunks> {
    const own = this.#parts.running.find(generationId);
    if (own !== undefined) {
      if (own.userId !== userId) throw new AiFault("AI_NOT_FOUND");
      return own.watch(afterSeq, signal);
    }
    const row = await this.#find(userId, generationId);
    return watchRemote(this.#parts.shared, this.#parts.lost, row, { afterSeq, signal });
  }

  /** Stops an answer, whichever instance makes it. One that has ended stays as it is. @throws AiFault `AI_NOT_FOUND`. */
  async stop(userId: number, generationId: string): Promise<void> {
    const own = this.#parts.running.find(generationId);
    if (own !== undefined) {
      if (own.userId !== userId) throw new AiFault("AI_NOT_FOUND");
      own.stop("stopped");
      return;
    }
    const row = await this.#find(userId, generationId);
    if (row.status === "running") await this.#parts.shared.askToStop(generationId);
  }

  /** A stored answer of the user. */
  async #find(userId: number, generationId: string) {
    const messageId = messageIdOf(generationId);
    const row = messageId === undefined ? undefined : await this.#parts.messages.find(messageId);
    if (row?.user_id !== userId || row.role !== "assistant" || generationIdOf(row) !== generationId)
      throw new AiFault("AI_NOT_FOUND");
    return row;
  }

  async #askOnce(request: ChatRequest, asker: Asker): Promise<Chunks> {
    const { running, models, contextTokens } = this.#parts;
    const prompt: PromptMessage = { role: "user", content: checkPrompt("content", request.content) };
    const lines = checkContext(request.context).map(({ role, content }): PromptMessage => {
      return { role: role === Role.ASSISTANT ? "assistant" : "user", content };
    });
    const model = pickModel(models, request.model);
    const generationId = oneOffId();
    const started = { generationId, conversationId: 0n, userMessageId: 0n, messageId: 0n, model, title: "" };
    const call = { model, apiKey: await asker.apiKey(), messages: contextWindow([...lines, prompt], contextTokens) };
    const { userId, signal } = asker;
    return running.start({ started, userId, detachable: false, call, stored: undefined, signal }).watch(0, signal);
  }

  /** A send that makes a conversation, once for its nonce. */
  async #askAnewOnce(question: NewQuestion, nonce: string, request: ChatRequest, asker: Asker): Promise<Chunks> {
    const { shared } = this.#parts;
    const giveUpAt = performance.now() + PENDING_MS;
    for (;;) {
      const reserved = await shared.reserve(asker.userId, nonce);
      if (reserved === "new") break;
      if (reserved !== "pending") return this.#replay(reserved.generationId, asker);
      if (performance.now() > giveUpAt) throw new AiFault("AI_BUSY");
      await sleep(LOOK_PENDING_MS, { signal: asker.signal });
    }
    try {
      return await this.#askAnew(question, nonce, request, asker);
    } catch (error) {
      await shared.forgetNonce(asker.userId, nonce);
      throw error;
    }
  }

  async #askAnew(question: NewQuestion, nonce: string, request: ChatRequest, asker: Asker): Promise<Chunks> {
    const { messages, models, shared } = this.#parts;
    const model = pickModel(models, request.model);
    const apiKey = await asker.apiKey();
    const title = titleOf(question.content);
    const asked = await messages.ask({ userId: asker.userId, title, model }, question, model, nonce);
    const lockId = randomUUID();
    const conversation = { id: asked.conversationId, created_at: asked.createdAt };
    try {
      await shared.lock(conversation, lockId);
      if (nonce !== "") await shared.keepNonce(asker.userId, nonce, generationOf(asked));
    } catch (error) {
      await messages.finish(asked.messageId, NOT_BEGUN, undefined);
      throw error;
    }
    const prompt: PromptMessage = { role: "user", content: question.content };
    const how = { conversation, title, model, apiKey, lockId, context: [prompt], replaces: undefined };
    return this.#begin(asked, how, request, asker);
  }

  async #askIn(id: number, question: Question, nonce: string, request: ChatRequest, asker: Asker): Promise<Chunks> {
    const { conversations, messages, shared } = this.#parts;
    const conversation = await conversations.get(asker.userId, id);
    const lockId = randomUUID();
    const locked = await shared.lock(conversation, lockId);
    try {
      const before = await this.#askedBefore(id, nonce, locked ? 0 : SAME_NONCE_MS, asker.signal);
      if (before !== undefined) {
        if (locked) await shared.unlock(conversation, lockId);
        return await this.#replay(generationOf(before), asker);
      }
      if (!locked) throw new AiFault("AI_BUSY");
      return await this.#askLocked(conversation, question, nonce, lockId, request, asker);
    } catch (error) {
      if (locked) await shared.unlock(conversation, lockId);
      if (!isNonceTaken(error)) throw error;
      const first = await messages.byNonce(id, nonce);
      if (first === undefined) throw error;
      return this.#replay(generationOf(first), asker);
    }
  }

  /** The answer that the nonce began; waits up to `waitMs` for a send at the same time to write it down. */
  async #askedBefore(id: number, nonce: string, waitMs: number, signal: AbortSignal): Promise<Asked | undefined> {
    if (nonce === "") return undefined;
    const giveUpAt = performance.now() + waitMs;
    for (;;) {
      const before = await this.#parts.messages.byNonce(id, nonce);
      if (before !== undefined || performance.now() >= giveUpAt) return before;
      await sleep(LOOK_PENDING_MS, { signal });
    }
  }

  async #askLocked(
    conversation: ConversationRow,
    question: Question,
    nonce: string,
    lockId: string,
    request: ChatRequest,
    asker: Asker,
  ): Promise<Chunks> {
    const { messages, models, contextTokens, lost } = this.#parts;
    const { id, title } = conversation;
    // The lock is free: what still says that it runs is a leftover.
    for (const row of await messages.running(id)) await lost.repair(row);
    const model = pickModel(models, request.model, conversation.model);
    const apiKey = await asker.apiKey();
    const context = await this.#contextOf(id, question, contextTokens);
    const asked = await messages.ask(id, question, model, nonce);
    const replaces = question.kind === "regenerate" ? question.messageId : undefined;
    return this.#begin(asked, { conversation, title, model, apiKey, lockId, context, replaces }, request, asker);
  }

  /** What comes before the answer, with the prompt. */
  async #contextOf(conversationId: number, question: Question, maxTokens: number): Promise<PromptMessage[]> {
    const { messages } = this.#parts;
    const until = question.kind === "new" ? Number.MAX_SAFE_INTEGER : question.messageId;
    const before = await messages.context(conversationId, until, maxTokens);
    return question.kind === "regenerate" ? before : [...before, { role: "user", content: question.content }];
  }

  #begin(asked: Asked, how: Begin, { detachable }: ChatRequest, { userId, signal }: Asker): Chunks {
    const { running, contextTokens } = this.#parts;
    const { model, apiKey, conversation, lockId, replaces, title } = how;
    const generation = running.start({
      started: startedOf(asked, model, title),
      userId,
      detachable,
      call: { model, apiKey, messages: contextWindow(how.context, contextTokens) },
      stored: { conversation, messageId: asked.messageId, replaces, lockId },
      signal,
    });
    return generation.watch(0, signal);
  }

  /** The answer that a nonce began, from its start; when Redis has forgotten it, as it was saved. */
  async #replay(generationId: string, { userId, signal }: Asker): Promise<Chunks> {
    const row = await this.#find(userId, generationId);
    const own = this.#parts.running.find(generationId);
    const chunks =
      own?.watch(0, signal) ?? watchRemote(this.#parts.shared, this.#parts.lost, row, { afterSeq: 0, signal });
    return this.#orSaved(chunks, row.id);
  }

  async *#orSaved(chunks: Chunks, messageId: number): AsyncGenerator<ChatChunk, void, undefined> {
    let begun = false;
    try {
      for await (const chunk of chunks) {
        begun = true;
        yield chunk;
      }
      return;
    } catch (error) {
      if (begun || !(error instanceof AiFault) || error.code !== "AI_NOT_FOUND") throw error;
    }
    yield* this.#saved(messageId);
  }

  async *#saved(messageId: number): AsyncGenerator<ChatChunk, void, undefined> {
    const { messages, conversations } = this.#parts;
    const row = await messages.find(messageId);
    if (row === undefined) throw new AiFault("AI_NOT_FOUND");
    const { conversation_id: conversationId, content: text, reasoning, model, created_at: createdAt } = row;
    const { title } = await conversations.get(row.user_id, conversationId);
    const userMessageId = (await messages.promptOf(conversationId, messageId)) ?? 0;
    yield {
      event: {
        case: "started",
        value: startedOf({ conversationId, messageId, userMessageId, createdAt }, model ?? "", title),
      },
    };
    const said = text !== "" || reasoning !== null;
    if (said) yield { event: { case: "delta", value: { seq: 1, text, reasoning: reasoning ?? "" } } };
    yield { event: { case: "done", value: doneFrom(row, said ? 2 : 1) } };
  }
}

type NewQuestion = Extract<Question, { kind: "new" }>;

interface Begin {
  readonly conversation: RowIdentity;
  readonly title: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly lockId: string;
  readonly context: readonly PromptMessage[];
  readonly replaces: number | undefined;
}

function questionOf({ content, regenerateMessageId, editMessageId }: ChatRequest): Question {
  const [regenerate, edit] = [optionalId(regenerateMessageId), optionalId(editMessageId)];
  if (regenerate === undefined) {
    const checked = checkPrompt("content", content);
    return edit === undefined ? { kind: "new", content: checked } : { kind: "edit", content: checked, messageId: edit };
  }
  if (edit !== undefined || content !== "")
    throw new AiFault("AI_BAD_REQUEST", {}, "regenerate_message_id: goes with neither content nor edit_message_id");
  return { kind: "regenerate", messageId: regenerate };
}

const generationOf = ({ messageId, createdAt }: Asked): string =>
  generationIdOf({ id: messageId, created_at: createdAt });

function startedOf(asked: Asked, model: string, title: string): Started {
  const { conversationId, userMessageId, messageId } = asked;
  return {
    generationId: generationOf(asked),
    conversationId: BigInt(conversationId),
    userMessageId: BigInt(userMessageId),
    messageId: BigInt(messageId),
    model,
    title,
  };
}
