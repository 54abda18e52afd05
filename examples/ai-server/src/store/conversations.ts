import type { DbPool } from "@servertech/db-pool";
import { AiFault } from "../llm/faults.ts";

export interface ConversationRow {
  readonly id: number;
  readonly title: string;
  readonly model: string;
  readonly created_at: number;
  readonly updated_at: number;
}

export interface ConversationPage {
  readonly rows: readonly ConversationRow[];
  /** Where the next page begins; empty after the last one. */
  readonly nextCursor: string;
}

const COLUMNS = "id, title, model, created_at, updated_at";
const TITLE_CHARS = 40;

/** The conversations of each user. One of another user is as good as none: `AI_NOT_FOUND`. */
export class Conversations {
  readonly #db: DbPool;

  constructor(db: DbPool) {
    this.#db = db;
  }

  async create(userId: number, title: string, model: string): Promise<ConversationRow> {
    const now = Date.now();
    const { insertId } = await this.#db.run(
      "INSERT INTO ai_conversations (user_id, title, model, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
      [userId, title, model, now, now],
    );
    return { id: Number(insertId), title, model, created_at: now, updated_at: now };
  }

  /** @throws AiFault `AI_NOT_FOUND`. */
  async get(userId: number, id: number): Promise<ConversationRow> {
    const sql = `SELECT ${COLUMNS} FROM ai_conversations WHERE id = ? AND user_id = ?`;
    const row = await this.#db.maybeOne<ConversationRow>(sql, [id, userId]);
    if (row === undefined) throw new AiFault("AI_NOT_FOUND");
    return row;
  }

  /**
   * A page, the last changed first.
   *
   * @param query text to be found in the title or in a message; empty finds all.
   * @param cursor `nextCursor` of the page before; empty for the first one.
   * @throws AiFault `AI_BAD_REQUEST` when the cursor is not one of ours.
   */
  async list(
    userId: number,
    { query, cursor, limit }: { query: string; cursor: string; limit: number },
  ): Promise<ConversationPage> {
    const conditions = ["user_id = ?"];
    const values: (number | string)[] = [userId];
    if (query !== "") {
      conditions.push(
        "(title LIKE ? OR EXISTS (SELECT 1 FROM ai_messages m WHERE m.conversation_id = ai_conversations.id AND m.content LIKE ?))",
      );
      values.push(containing(query), containing(query));
    }
    if (cursor !== "") {
      const [updatedAt, id] = parseCursor(cursor);
      conditions.push("(updated_at < ? OR (updated_at = ? AND id < ?))");
      values.push(updatedAt, updatedAt, id);
    }
    const rows = await this.#db.query<ConversationRow>(
      `SELECT ${COLUMNS} FROM ai_conversations WHERE ${conditions.join(" AND ")} ORDER BY updated_at DESC, id DESC LIMIT ${limit + 1}`,
      values,
    );
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { rows: rows.slice(0, limit), nextCursor: last === undefined ? "" : `${last.updated_at}.${last.id}` };
  }

  /** @throws AiFault `AI_NOT_FOUND`. */
  async rename(userId: number, id: number, title: string): Promise<ConversationRow> {
    await this.#db.run("UPDATE ai_conversations SET title = ? WHERE id = ? AND user_id = ?", [title, id, userId]);
    return this.get(userId, id);
  }

  /** Removes it with all its messages. @throws AiFault `AI_NOT_FOUND`. */
  async remove(userId: number, id: number): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const { affectedRows } = await tx.run("DELETE FROM ai_conversations WHERE id = ? AND user_id = ?", [id, userId]);
      if (affectedRows === 0) throw new AiFault("AI_NOT_FOUND");
      await tx.run("DELETE FROM ai_messages WHERE conversation_id = ?", [id]);
    });
  }
}

/** The pattern of all texts with `query` in them. */
function containing(query: string): string {
  return `%${query.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

function parseCursor(cursor: string): [updatedAt: number, id: number] {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor);
  if (match === null) throw new AiFault("AI_BAD_REQUEST", {}, "cursor: must be one of an earlier answer");
  return [Number(match[1]), Number(match[2])];
}

/** What a conversation is called at first: the beginning of its first prompt. */
export function titleOf(prompt: string): string {
  const line = prompt.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  const characters = line.match(/./gu) ?? [];
  return characters.slice(0, TITLE_CHARS).join("").trim() || "…";
}
