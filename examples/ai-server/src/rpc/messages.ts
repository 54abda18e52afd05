/** Rows as they go over the wire. */
import { type Conversation, type Message, Role, Status, type Usage } from "../gen/ai_server.ts";
import type { ModelUsage } from "../llm/answer-reader.ts";
import { aiErrorFrom } from "../llm/fault-message.ts";
import { isObject, storedFault } from "../llm/faults.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { MessageRow, MessageStatus } from "../store/messages.ts";

export function conversationMessage({ id, title, model, created_at, updated_at }: ConversationRow): Conversation {
  return { id: BigInt(id), title, model, createdAtMs: BigInt(created_at), updatedAtMs: BigInt(updated_at) };
}

const STATUS: Readonly<Record<MessageStatus, Status>> = {
  running: Status.RUNNING,
  complete: Status.COMPLETE,
  stopped: Status.STOPPED,
  error: Status.ERROR,
};

export function messageMessage(row: MessageRow): Message {
  return {
    id: BigInt(row.id),
    role: row.role === "assistant" ? Role.ASSISTANT : Role.USER,
    content: row.content,
    reasoning: row.reasoning ?? "",
    status: STATUS[row.status],
    usage: usageOf(row.usage_json),
    error: row.error === null ? undefined : aiErrorFrom(storedFault(row.error)),
    createdAtMs: BigInt(row.created_at),
    model: row.model ?? "",
  };
}

/** MariaDB gives JSON as text, MySQL as a value. */
function usageOf(json: ModelUsage | string | null): Usage | undefined {
  const usage: unknown = typeof json === "string" ? JSON.parse(json) : json;
  if (!isObject(usage)) return undefined;
  const { promptTokens, completionTokens, reasoningTokens } = usage;
  return {
    promptTokens: Number(promptTokens),
    completionTokens: Number(completionTokens),
    reasoningTokens: Number(reasoningTokens),
  };
}
