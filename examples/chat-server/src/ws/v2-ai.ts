/** The requests of `servertech.v2` about conversations with the AI. */
import type { ApiKeyInfo, ChatRequest } from "@servertech/ai-server/contract";
import { type AiClient, AiFailure, type AiRpc } from "../ai/ai-client.ts";
import { conversationPayload, messagePayload, startedPayload } from "../ai/ai-events.ts";
import type { Viewer } from "../ai/generations.ts";
import type { Connection, ConnectionParts } from "./connection.ts";
import { BadEvent, type ClientEnvelope, MAX_MESSAGE_CHARS, count, nonce, optionalText, text } from "./parse.ts";
import type { Notice } from "./user-hub.ts";
import type { Reply, RequestHandler } from "./v2-dialect.ts";
import { Refusal } from "./v2-events.ts";

type Payload = ClientEnvelope["payload"];
type AiNotice = Extract<Notice, { type: "aiStarted" | "aiConversationChanged" }>;

type KeyCall = (rpc: AiRpc, token: string, options: CallOptions) => Promise<ApiKeyInfo>;
type CallOptions = Parameters<Parameters<AiClient["call"]>[1]>[2];

const MAX_OPEN = 50;
const MAX_TITLE_CHARS = 100;

/** What a new prompt, a new answer and a changed prompt have in common. */
const NOTHING_ASKED: Omit<ChatRequest, "token"> = {
  conversationId: 0n,
  content: "",
  model: "",
  nonce: "",
  regenerateMessageId: 0n,
  detachable: true,
  context: [],
  editMessageId: 0n,
};

export class AiRequests implements Viewer {
  readonly #connection: Connection;
  readonly #parts: ConnectionParts;
  readonly send: (type: string, payload: object) => void;
  /** Conversations this socket shows or has shown, the oldest first. */
  readonly #open = new Set<string>();

  constructor(connection: Connection, parts: ConnectionParts, send: (type: string, payload: object) => void) {
    this.#connection = connection;
    this.#parts = parts;
    this.send = send;
  }

  get handlers(): [type: string, handler: RequestHandler][] {
    const handlers: [string, RequestHandler][] = [
      ["aiListConversations", (payload) => this.#list(payload)],
      ["aiOpen", (payload) => this.#openConversation(payload)],
      ["aiSend", (payload) => this.#ask(payload, { content: prompt(payload.content) })],
      ["aiRegenerate", (payload) => this.#ask(payload, { regenerateMessageId: id(payload.messageId, "messageId") })],
      [
        "aiEdit",
        (payload) =>
          this.#ask(payload, { content: prompt(payload.content), editMessageId: id(payload.messageId, "messageId") }),
      ],
      ["aiAttach", (payload) => this.#attach(payload)],
      ["aiStop", (payload) => this.#stop(payload)],
      ["aiRename", (payload) => this.#rename(payload)],
      ["aiDelete", (payload) => this.#delete(payload)],
      ["aiKeyGet", () => this.#key((rpc, token, options) => rpc.getApiKey({ token }, options))],
      ["aiKeySet", (payload) => this.#setKey(payload)],
      [
        "aiKeyTest",
        () => this.#key((rpc, token, options) => rpc.testApiKey({ token }, { ...options, timeoutMs: 30_000 })),
      ],
      ["aiKeyDelete", () => this.#deleteKey()],
    ];
    return handlers.map(([type, handler]) => [type, (payload) => refusing(() => handler(payload))]);
  }

  close(): void {
    this.#parts.generations.leave(this);
  }

  get #userId(): number {
    return this.#connection.user.id;
  }

  async #list(payload: Payload): Promise<Reply> {
    const request = {
      query: optionalText(payload.query, "query") ?? "",
      cursor: optionalText(payload.cursor, "cursor") ?? "",
      limit: count(payload.limit, "limit", 1, 20, 20),
    };
    const { conversations, nextCursor } = await this.#parts.ai.call(this.#userId, (rpc, token, options) =>
      rpc.listConversations({ token, ...request }, options),
    );
    const next = nextCursor === "" ? {} : { next: nextCursor };
    return { type: "aiConversations", payload: { items: conversations.map(conversationPayload), ...next } };
  }

  async #openConversation(payload: Payload): Promise<Reply> {
    const conversationId = id(payload.conversationId, "conversationId");
    const beforeId = payload.beforeId === undefined ? 0n : id(payload.beforeId, "beforeId");
    const limit = count(payload.limit, "limit", 1, 50, 50);
    const { messages, hasMore, active } = await this.#parts.ai.call(this.#userId, (rpc, token, options) =>
      rpc.listMessages({ token, conversationId, beforeId, limit }, options),
    );
    this.#show(String(conversationId));
    const running = active && {
      generationId: active.generationId,
      messageId: String(active.messageId),
      lastSeq: active.lastSeq,
    };
    return {
      type: "aiMessages",
      payload: {
        conversationId: String(conversationId),
        messages: messages.map(messagePayload),
        hasMore,
        ...(running === undefined ? {} : { active: running }),
      },
    };
  }

  #show(conversationId: string): void {
    this.#open.delete(conversationId);
    this.#open.add(conversationId);
    const [oldest] = this.#open;
    if (this.#open.size > MAX_OPEN && oldest !== undefined) this.#open.delete(oldest);
  }

  async #ask(payload: Payload, what: Partial<ChatRequest>): Promise<Reply> {
    const { conversationId: given } = payload;
    const conversationId = given === null || given === undefined ? 0n : id(given, "conversationId");
    if (conversationId === 0n && (what.content === undefined || what.editMessageId !== undefined))
      throw new BadEvent("conversationId: must be given");
    const request = {
      ...NOTHING_ASKED,
      ...what,
      conversationId,
      model: optionalText(payload.model, "model") ?? "",
      nonce: nonce(payload.nonce),
    };
    const waitMs = await this.#parts.limits.take("ai", String(this.#userId));
    if (waitMs > 0) {
      this.#connection.audit("limit", "ai");
      throw new Refusal("RATE_LIMITED", "too many questions", { retryAfterMs: waitMs });
    }
    const started = await this.#parts.generations.start(this.#userId, request);
    const shown = String(started.conversationId);
    this.#show(shown);
    const { generations, hub } = this.#parts;
    const { generationId } = started;
    const messageId = String(started.messageId);
    await hub.publish(this.#userId, {
      type: "aiStarted",
      from: this.#connection.id,
      conversationId: shown,
      messageId,
      generationId,
    });
    // The page must know the generation before it gets the first words.
    const sent = () =>
      void generations
        .attach(this.#userId, generationId, 0, this)
        .catch((error: unknown) => this.#lost(generationId, error));
    return { type: "aiStarted", payload: startedPayload(started), sent };
  }

  async #attach(payload: Payload): Promise<undefined> {
    const generationId = text(payload.generationId, "generationId");
    const afterSeq = count(payload.afterSeq, "afterSeq", 0, 2 ** 31 - 1, 0);
    await this.#parts.generations.attach(this.#userId, generationId, afterSeq, this);
    return undefined;
  }

  async #stop(payload: Payload): Promise<undefined> {
    const generationId = text(payload.generationId, "generationId");
    await this.#parts.ai.call(this.#userId, (rpc, token, options) => rpc.stop({ token, generationId }, options));
    return undefined;
  }

  async #rename(payload: Payload): Promise<Reply> {
    const conversationId = id(payload.conversationId, "conversationId");
    const title = text(payload.title, "title").trim();
    if (title.length < 1 || title.length > MAX_TITLE_CHARS) throw new BadEvent("title: must be 1 to 100 characters");
    await this.#parts.ai.call(this.#userId, (rpc, token, options) =>
      rpc.renameConversation({ token, conversationId, title }, options),
    );
    return this.#changed({ id: String(conversationId), title });
  }

  async #delete(payload: Payload): Promise<Reply> {
    const conversationId = id(payload.conversationId, "conversationId");
    await this.#parts.ai.call(this.#userId, (rpc, token, options) =>
      rpc.deleteConversation({ token, conversationId }, options),
    );
    return this.#changed({ id: String(conversationId), deleted: true });
  }

  async #changed(change: { id: string; title?: string; deleted?: boolean }): Promise<Reply> {
    await this.#parts.hub.publish(this.#userId, { type: "aiConversationChanged", ...change });
    return { type: "aiConversationChanged", payload: change };
  }

  async #setKey(payload: Payload): Promise<Reply> {
    const apiKey = text(payload.apiKey, "apiKey");
    if (!/^[\x21-\x7e]{8,200}$/.test(apiKey)) throw new BadEvent("apiKey: must be 8 to 200 printable ASCII characters");
    const reply = await this.#key((rpc, token, options) => rpc.setApiKey({ token, apiKey }, options));
    this.#connection.audit("AI key set");
    return reply;
  }

  async #deleteKey(): Promise<Reply> {
    const reply = await this.#key((rpc, token, options) => rpc.setApiKey({ token, apiKey: "" }, options));
    this.#connection.audit("AI key deleted");
    return reply;
  }

  async #key(body: KeyCall): Promise<Reply> {
    const { configured, last4, testError } = await this.#parts.ai.call(this.#userId, body);
    const test = testError === undefined ? {} : { test: testError.code === "" ? "ok" : testError.code };
    return { type: "aiKey", payload: { configured, ...(last4 === "" ? {} : { last4 }), ...test } };
  }

  /** Generations the page watched before it lost its connection: id → last seq it has. */
  async resume(generations: Readonly<Record<string, unknown>>): Promise<void> {
    for (const [generationId, seq] of Object.entries(generations).slice(0, MAX_OPEN)) {
      const afterSeq = typeof seq === "number" && Number.isInteger(seq) && seq >= 0 ? seq : 0;
      try {
        await this.#parts.generations.attach(this.#userId, generationId, afterSeq, this);
      } catch (error) {
        if (!(error instanceof AiFailure)) throw error;
        this.send("error", { code: error.code, message: error.message, generationId });
      }
    }
  }

  onNotice(notice: AiNotice): void {
    if (notice.type === "aiConversationChanged") {
      const { type, ...change } = notice;
      this.send(type, change);
      return;
    }
    const { conversationId, messageId, generationId, from } = notice;
    if (from === this.#connection.id || !this.#open.has(conversationId)) return;
    this.send("aiStarted", { conversationId, messageId, generationId });
    this.#parts.generations
      .attach(this.#userId, generationId, 0, this)
      .catch((error: unknown) => this.#lost(generationId, error));
  }

  #lost(generationId: string, error: unknown): void {
    this.#parts.logger.info({ err: error, generationId }, "cannot watch a generation");
  }
}

/** An AI failure is the answer to the request, not a fault of this server. */
async function refusing<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof AiFailure)) throw error;
    const retry = error.retryAfterMs > 0 ? { retryAfterMs: error.retryAfterMs } : {};
    throw new Refusal(error.code, error.message, retry);
  }
}

function id(value: unknown, name: string): bigint {
  const given = text(value, name);
  if (!/^\d{1,18}$/.test(given)) throw new BadEvent(`${name}: must be an id`);
  return BigInt(given);
}

function prompt(value: unknown): string {
  const content = text(value, "content");
  if (content.trim() === "") throw new BadEvent("content: must not be empty");
  if (content.length > MAX_MESSAGE_CHARS) throw new Refusal("TOO_LONG", `at most ${MAX_MESSAGE_CHARS} characters`);
  return content;
}
