import { isServertechError } from "@servertech/core";
import type { DbPool, QueryMethods } from "@servertech/db-pool";
import type { ModelUsage } from "../llm/answer-reader.ts";
import { type PromptMessage, estimateTokens } from "../llm/context-window.ts";
import { AiFault } from "../llm/faults.ts";
import type { RowIdentity } from "./generation-id.ts";

export type MessageStatus = "running" | "complete" | "stopped" | "error";

export interface MessageRow {
  readonly id: number;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly reasoning: string | null;
  readonly status: MessageStatus;
  readonly error: string | null;
  readonly model: string | null;
  readonly usage_json: ModelUsage | string | null;
  readonly created_at: number;
}

/** How an answer ended, as it is kept. */
export interface Ending {
  readonly status: Exclude<MessageStatus, "running">;
  readonly text: string;
  readonly reasoning: string;
  /** `AI_…`, with status `error`. */
  readonly error: string | undefined;
  readonly usage: ModelUsage | undefined;
}

/** What is to be asked. */
export type Question =
  | { readonly kind: "new"; readonly content: string }
  /** Replaces this prompt and all after it. */
  | { readonly kind: "edit"; readonly content: string; readonly messageId: number }
  /** Another answer instead of this one. */
  | { readonly kind: "regenerate"; readonly messageId: number };

export interface Asked {
  readonly conversationId: number;
  readonly userMessageId: number;
  readonly messageId: number;
  /** Of the answer, epoch milliseconds. */
  readonly createdAt: number;
}

/** A conversation that is to be made for a question. */
export interface NewConversation {
  readonly userId: number;
  readonly title: string;
  readonly model: string;
}

const COLUMNS = "id, role, content, reasoning, status, error, model, usage_json, created_at";
const CONTEXT_ROWS = 50;

/** The messages of conversations. Whose a conversation is has been checked before. */
export class Messages {
  readonly #db: DbPool;

  constructor(db: DbPool) {
    this.#db = db;
  }

  /** A page, the newest first, older than `beforeId` if that is not 0. */
  async list(
    conversationId: number,
    beforeId: bigint,
    limit: number,
  ): Promise<{ rows: MessageRow[]; hasMore: boolean }> {
    const rows = await this.#db.query<MessageRow>(
      `SELECT ${COLUMNS} FROM ai_messages WHERE conversation_id = ? AND (? = 0 OR id < ?) ORDER BY id DESC LIMIT ${limit + 1}`,
      [conversationId, beforeId, beforeId],
    );
    return { rows: rows.slice(0, limit), hasMore: rows.length > limit };
  }

  /** The answers that say they are still being made. */
  async running(conversationId: number): Promise<{ id: number; conversation_id: number; created_at: number }[]> {
    const sql =
      "SELECT id, conversation_id, created_at FROM ai_messages WHERE conversation_id = ? AND status = 'running'";
    return this.#db.query(sql, [conversationId]);
  }

  /** A message with whose it is. */
  async find(id: number): Promise<(MessageRow & { user_id: number; conversation_id: number }) | undefined> {
    const columns = COLUMNS.split(", ").map((column) => `m.${column}`);
    const sql = `SELECT ${columns.join(", ")}, m.conversation_id, c.user_id FROM ai_messages m JOIN ai_conversations c ON c.id = m.conversation_id WHERE m.id = ?`;
    return this.#db.maybeOne(sql, [id]);
  }

  /** The answer that was asked for with `nonce`, and the prompt before it. */
  async byNonce(conversationId: number, nonce: string): Promise<Asked | undefined> {
    // A regenerate has its nonce at the answer, anything else at the prompt, which the answer follows.
    const sql = `SELECT id, created_at FROM ai_messages WHERE conversation_id = ? AND role = 'assistant'
      AND id >= (SELECT id FROM ai_messages WHERE conversation_id = ? AND nonce = ?) ORDER BY id LIMIT 1`;
    const answer = await this.#db.maybeOne<RowIdentity>(sql, [conversationId, conversationId, nonce]);
    if (answer === undefined) return undefined;
    const userMessageId = (await this.promptOf(conversationId, answer.id)) ?? 0;
    return { conversationId, messageId: answer.id, userMessageId, createdAt: answer.created_at };
  }

  /** The prompt that an answer answers. */
  async promptOf(conversationId: number, answerId: number): Promise<number | undefined> {
    const sql = "SELECT MAX(id) AS id FROM ai_messages WHERE conversation_id = ? AND role = 'user' AND id < ?";
    return (await this.#db.value<number | null>(sql, [conversationId, answerId])) ?? undefined;
  }

  /**
   * What the model is told: whole and stopped answers and all prompts, oldest first, until `maxTokens` are surely reached.
   *
   * @param before only what is older than this message.
   */
  async context(conversationId: number, before: number, maxTokens: number): Promise<PromptMessage[]> {
    const messages: PromptMessage[] = [];
    let tokens = 0;
    let from = before;
    while (tokens <= maxTokens) {
      const rows = await this.#db.query<PromptMessage & { id: number }>(
        `SELECT id, role, content FROM ai_messages WHERE conversation_id = ? AND id < ? AND status IN ('complete', 'stopped')
         ORDER BY id DESC LIMIT ${CONTEXT_ROWS}`,
        [conversationId, from],
      );
      for (const { id, role, content } of rows) {
        from = id;
        tokens += estimateTokens(content);
        if (content !== "") messages.push({ role, content });
      }
      if (rows.length < CONTEXT_ROWS) break;
    }
    return messages.toReversed();
  }

  /**
   * Writes the question and an empty answer that is `running`, all or nothing.
   *
   * @param place the conversation, or what a new one is to be.
   * @throws AiFault `AI_NOT_FOUND` when what is to be replaced is not there, or not at the end.
   */
  async ask(place: number | NewConversation, question: Question, model: string, nonce: string): Promise<Asked> {
    const now = Date.now();
    return this.#db.transaction(async (tx) => {
      const conversationId = typeof place === "number" ? place : await insertConversation(tx, place, now);
      if (typeof place === "number")
        await tx.run("UPDATE ai_conversations SET updated_at = ?, model = ? WHERE id = ?", [now, model, place]);
      const ofUser = nonce === "" ? null : nonce;
      const insert = (role: string, content: string, status: string, own: string | null) =>
        tx.run(
          "INSERT INTO ai_messages (conversation_id, role, content, status, model, nonce, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
          [conversationId, role, content, status, role === "user" ? null : model, own, now],
        );
      if (question.kind === "regenerate") {
        const userMessageId = await replaceable(tx, conversationId, question.messageId);
        const { insertId } = await insert("assistant", "", "running", ofUser);
        return { conversationId, userMessageId, messageId: Number(insertId), createdAt: now };
      }
      if (question.kind === "edit") await cutFrom(tx, conversationId, question.messageId);
      const prompt = await insert("user", question.content, "complete", ofUser);
      const answer = await insert("assistant", "", "running", null);
      return {
        conversationId,
        userMessageId: Number(prompt.insertId),
        messageId: Number(answer.insertId),
        createdAt: now,
      };
    });
  }

  /** Removes an answer that another one has replaced. */
  async remove(id: number): Promise<void> {
    await this.#db.run("DELETE FROM ai_messages WHERE id = ?", [id]);
  }

  /**
   * Writes how an answer ended, once: the first ending counts. An answer that was to replace another one and has no text
   * leaves the other one alone and goes.
   *
   * @returns whether this was the first.
   */
  async finish(
    id: number,
    { status, text, reasoning, error, usage }: Ending,
    replaces: number | undefined,
  ): Promise<boolean> {
    return this.#db.transaction(async (tx) => {
      if (replaces !== undefined && status !== "complete" && text === "") {
        const { affectedRows } = await tx.run("DELETE FROM ai_messages WHERE id = ? AND status = 'running'", [id]);
        return affectedRows > 0;
      }
      const { affectedRows } = await tx.run(
        `UPDATE ai_messages SET content = ?, reasoning = ?, status = ?, error = ?, usage_json = ? WHERE id = ? AND status = 'running'`,
        [
          text,
          reasoning === "" ? null : reasoning,
          status,
          error ?? null,
          usage === undefined ? null : JSON.stringify(usage),
          id,
        ],
      );
      if (replaces !== undefined) await tx.run("DELETE FROM ai_messages WHERE id = ?", [replaces]);
      return affectedRows > 0;
    });
  }

  /** The answer that a running one is to replace: an answer just before it. */
  async replacedBy(conversationId: number, id: number): Promise<number | undefined> {
    const sql = "SELECT id, role FROM ai_messages WHERE conversation_id = ? AND id < ? ORDER BY id DESC LIMIT 1";
    const row = await this.#db.maybeOne<{ id: number; role: string }>(sql, [conversationId, id]);
    return row?.role === "assistant" ? row.id : undefined;
  }
}

async function insertConversation(
  tx: QueryMethods,
  { userId, title, model }: NewConversation,
  now: number,
): Promise<number> {
  const sql = "INSERT INTO ai_conversations (user_id, title, model, created_at, updated_at) VALUES (?, ?, ?, ?, ?)";
  return Number((await tx.run(sql, [userId, title, model, now, now])).insertId);
}

/** @returns the prompt of the answer, which is the last message. */
async function replaceable(tx: QueryMethods, conversationId: number, messageId: number): Promise<number> {
  const sql = "SELECT id, role FROM ai_messages WHERE conversation_id = ? ORDER BY id DESC LIMIT 2";
  const [answer, prompt] = await tx.query<{ id: number; role: string }>(sql, [conversationId]);
  if (answer?.id !== messageId || answer.role !== "assistant" || prompt?.role !== "user")
    throw new AiFault("AI_NOT_FOUND", {}, "regenerate_message_id: must be the last answer of the conversation");
  return prompt.id;
}

async function cutFrom(tx: QueryMethods, conversationId: number, messageId: number): Promise<void> {
  const sql = "SELECT role FROM ai_messages WHERE conversation_id = ? AND id = ?";
  const prompt = await tx.maybeOne<{ role: string }>(sql, [conversationId, messageId]);
  if (prompt?.role !== "user")
    throw new AiFault("AI_NOT_FOUND", {}, "edit_message_id: must be a prompt of the conversation");
  await tx.run("DELETE FROM ai_messages WHERE conversation_id = ? AND id >= ?", [conversationId, messageId]);
}

/** The nonce was used in the conversation before. */
export function isNonceTaken(error: unknown): boolean {
  return isServertechError(error, "DUPLICATE_KEY");
}
