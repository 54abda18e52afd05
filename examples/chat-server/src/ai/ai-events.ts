/** The AI's answers as `servertech.v2` puts them on the wire. */
import {
  type AiError,
  type Conversation,
  type Delta,
  type Done,
  type Message,
  Role,
  type Started,
  Status,
  type Usage,
} from "@servertech/ai-server/contract";

export function startedPayload(started: Started): object {
  return {
    conversationId: String(started.conversationId),
    title: started.title,
    userMessageId: String(started.userMessageId),
    messageId: String(started.messageId),
    generationId: started.generationId,
    model: started.model,
  };
}

export function deltaPayload(started: Started, { seq, text, reasoning }: Delta): object {
  return { ...placeOf(started), seq, ...(text === "" ? {} : { text }), ...(reasoning === "" ? {} : { reasoning }) };
}

export function donePayload(started: Started, { seq, status, finishReason, usage, error }: Done): object {
  return {
    ...placeOf(started),
    seq,
    status: statusText(status),
    finishReason,
    ...usagePart(usage),
    ...errorPart(error),
  };
}

function placeOf({ conversationId, messageId, generationId }: Started) {
  return { conversationId: String(conversationId), messageId: String(messageId), generationId };
}

export function conversationPayload({ id, title, model, updatedAtMs }: Conversation): object {
  return { id: String(id), title, model, updatedAt: Number(updatedAtMs) };
}

export function messagePayload(message: Message): object {
  const { id, role, content, reasoning, status, usage, error, createdAtMs, model } = message;
  return {
    id: String(id),
    role: role === Role.ASSISTANT ? "assistant" : "user",
    content,
    ...(reasoning === "" ? {} : { reasoning }),
    status: statusText(status),
    ...usagePart(usage),
    ...errorPart(error),
    createdAt: Number(createdAtMs),
    ...(model === "" ? {} : { model }),
  };
}

function usagePart(usage: Usage | undefined): object {
  return usage === undefined ? {} : { usage: { prompt: usage.promptTokens, completion: usage.completionTokens } };
}

function errorPart(error: AiError | undefined): object {
  if (error === undefined) return {};
  const { code, message, retryable, retryAfterMs } = error;
  return { error: { code, message, retryable, ...(retryAfterMs > 0 ? { retryAfterMs } : {}) } };
}

function statusText(status: Status): "complete" | "stopped" | "error" | "running" {
  switch (status) {
    case Status.COMPLETE:
      return "complete";
    case Status.STOPPED:
      return "stopped";
    case Status.RUNNING:
      return "running";
    default:
      return "error";
  }
}
