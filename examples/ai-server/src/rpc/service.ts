import type { Logger } from "@servertech/core";
import type {
  ApiKeyInfo,
  AttachRequest,
  ChatChunk,
  ChatRequest,
  Conversation,
  ConversationRequest,
  CreateConversationRequest,
  Empty,
  GeneralResponse,
  InitRequest,
  ListConversationsRequest,
  ListConversationsResponse,
  ListMessagesRequest,
  ListMessagesResponse,
  ListModelsResponse,
  QueryRequest,
  RenameConversationRequest,
  SetApiKeyRequest,
  StopRequest,
  TokenRequest,
} from "../gen/ai_server.ts";
import { wellFormed } from "../llm/context-window.ts";
import { aiErrorFrom } from "../llm/fault-message.ts";
import { AiFault } from "../llm/faults.ts";
import type { OpenAiCompatible } from "../llm/openai-compat.ts";
import { titleOf } from "../store/conversations.ts";
import { generationIdOf } from "../store/generation-id.ts";
import type { Keys } from "../store/keys.ts";
import { type Asker, Chat, type ChatParts } from "./chat.ts";
import { conversationMessage } from "./messages.ts";
import { pickModel } from "./models.ts";
import { listMessages } from "./message-list.ts";
import { checkApiKey, checkId, checkLimit, checkPrompt, checkQuery, checkTitle, checkUserId } from "./requests.ts";
import type { TokenRecord, Tokens } from "./tokens.ts";

export interface ServiceParts extends ChatParts {
  readonly tokens: Tokens;
  readonly keys: Keys;
  readonly provider: OpenAiCompatible;
  /** For users without a key of their own; undefined: there is none. */
  readonly operatorKey: string | undefined;
  /** For key changes, which must be found later: who and when, never what. */
  readonly logger: Logger;
}

/** What a handler needs to know of its call. */
export interface CallContext {
  readonly signal: AbortSignal;
}

const MAX_CONVERSATIONS = 20;
const MAX_MESSAGES = 50;

/** The service `AiServer`: each call proves by its token whose data it may touch. Throws AiFaults and what the stores throw. */
export class AiService {
  readonly #parts: ServiceParts;
  readonly #chat: Chat;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#chat = new Chat(parts);
  }

  async setInitInfo({ userId, sessionId, apiKey }: InitRequest): Promise<GeneralResponse> {
    const record = { userId: checkUserId(userId), sessionId, apiKey: apiKey === "" ? "" : checkApiKey(apiKey) };
    return { responMessage: await this.#parts.tokens.create(record) };
  }

  async query({ token, queryMessage }: QueryRequest, { signal }: CallContext): Promise<GeneralResponse> {
    const user = await this.#parts.tokens.check(token);
    const content = wellFormed(checkPrompt("query_message", queryMessage));
    const call = {
      model: this.#parts.models.fallback,
      messages: [{ role: "user" as const, content }],
      apiKey: await this.#apiKey(user),
      signal,
    };
    let responMessage = "";
    for await (const event of this.#parts.provider.stream(call)) if (event.type === "text") responMessage += event.text;
    return { responMessage };
  }

  async revokeToken({ token }: TokenRequest): Promise<Empty> {
    await this.#parts.tokens.revoke(token);
    return {};
  }

  async setApiKey({ token, apiKey }: SetApiKeyRequest): Promise<ApiKeyInfo> {
    const { keys, logger } = this.#parts;
    const { userId } = await this.#parts.tokens.check(token);
    if (apiKey === "") await keys.remove(userId);
    else await keys.save(userId, checkApiKey(apiKey));
    logger.info({ userId, audit: apiKey === "" ? "key deleted" : "key set" }, "API key changed");
    return keyInfo(apiKey === "" ? undefined : apiKey.slice(-4));
  }

  async getApiKey({ token }: TokenRequest): Promise<ApiKeyInfo> {
    const { userId } = await this.#parts.tokens.check(token);
    return keyInfo(await this.#parts.keys.last4(userId));
  }

  async testApiKey({ token }: TokenRequest, { signal }: CallContext): Promise<ApiKeyInfo> {
    const { tokens, keys, provider, models } = this.#parts;
    const user = await tokens.check(token);
    const info = keyInfo(await keys.last4(user.userId));
    try {
      await provider.testKey(await this.#apiKey(user), models.fallback, signal);
    } catch (error) {
      if (!(error instanceof AiFault)) throw error;
      return { ...info, testError: aiErrorFrom(error) };
    }
    return { ...info, testError: { code: "", message: "", retryAfterMs: 0, retryable: false } };
  }

  async listModels({ token }: TokenRequest): Promise<ListModelsResponse> {
    await this.#parts.tokens.check(token);
    const { names, fallback, demo } = this.#parts.models;
    return { models: [...names], defaultModel: fallback, demo };
  }

  async createConversation({ token, title, model }: CreateConversationRequest): Promise<Conversation> {
    const { userId } = await this.#parts.tokens.check(token);
    const checked = title.trim() === "" ? titleOf("") : checkTitle(title);
    return conversationMessage(
      await this.#parts.conversations.create(userId, checked, pickModel(this.#parts.models, model)),
    );
  }

  async listConversations(request: ListConversationsRequest): Promise<ListConversationsResponse> {
    const { userId } = await this.#parts.tokens.check(request.token);
    const page = await this.#parts.conversations.list(userId, {
      query: checkQuery(request.query),
      cursor: request.cursor,
      limit: checkLimit(request.limit, MAX_CONVERSATIONS),
    });
    return { conversations: page.rows.map(conversationMessage), nextCursor: page.nextCursor };
  }

  async renameConversation({ token, conversationId, title }: RenameConversationRequest): Promise<Conversation> {
    const { userId } = await this.#parts.tokens.check(token);
    return conversationMessage(
      await this.#parts.conversations.rename(userId, checkId(conversationId), checkTitle(title)),
    );
  }

  async deleteConversation({ token, conversationId }: ConversationRequest): Promise<Empty> {
    const { conversations, messages } = this.#parts;
    const { userId } = await this.#parts.tokens.check(token);
    const id = checkId(conversationId);
    await conversations.get(userId, id);
    for (const row of await messages.running(id)) await this.#chat.stop(userId, generationIdOf(row));
    await conversations.remove(userId, id);
    return {};
  }

  async listMessages(request: ListMessagesRequest): Promise<ListMessagesResponse> {
    const { userId } = await this.#parts.tokens.check(request.token);
    const conversationId = checkId(request.conversationId);
    await this.#parts.conversations.get(userId, conversationId);
    const limit = checkLimit(request.limit, MAX_MESSAGES);
    return listMessages(this.#parts, conversationId, request.beforeId, limit);
  }

  async *chat(request: ChatRequest, { signal }: CallContext): AsyncGenerator<ChatChunk, void, undefined> {
    const user = await this.#parts.tokens.check(request.token);
    yield* await this.#chat.ask(request, this.#asker(user, signal));
  }

  async *attach(request: AttachRequest, { signal }: CallContext): AsyncGenerator<ChatChunk, void, undefined> {
    const { userId } = await this.#parts.tokens.check(request.token);
    yield* await this.#chat.attach(userId, request.generationId, request.afterSeq, signal);
  }

  async stop({ token, generationId }: StopRequest): Promise<Empty> {
    const { userId } = await this.#parts.tokens.check(token);
    await this.#chat.stop(userId, generationId);
    return {};
  }

  #asker(user: TokenRecord, signal: AbortSignal): Asker {
    return { userId: user.userId, apiKey: () => this.#apiKey(user), signal };
  }

  /** The key that the provider is asked with: the token's, else the user's saved one, else the operator's. */
  async #apiKey({ userId, apiKey }: TokenRecord): Promise<string | undefined> {
    const { keys, operatorKey, models } = this.#parts;
    const own = apiKey ?? (await keys.get(userId))?.apiKey ?? operatorKey;
    if (own === undefined && !models.demo) throw new AiFault("AI_KEY_MISSING");
    return own;
  }
}

function keyInfo(last4: string | undefined): ApiKeyInfo {
  return { configured: last4 !== undefined, last4: last4 ?? "", testError: undefined };
}
