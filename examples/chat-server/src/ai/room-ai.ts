import { Role, Status } from "@servertech/ai-server/contract";
import type { Logger } from "@servertech/core";
import type { RedisPool } from "@servertech/redis-pool";
import type { User } from "../auth/accounts.ts";
import { AI_USER } from "../rooms/ai-user.ts";
import type { History } from "../rooms/history.ts";
import type { Posting } from "../rooms/post.ts";
import { roomAiKey } from "../rooms/room-keys.ts";
import type { Message } from "../rooms/room-message.ts";
import type { RoomViewers } from "../rooms/room-viewers.ts";
import { type AiClient, AiFailure, asFailure } from "./ai-client.ts";

export interface RoomAiParts {
  readonly redis: RedisPool;
  readonly ai: AiClient;
  readonly history: History;
  readonly posting: Posting;
  readonly viewers: RoomViewers;
  readonly logger: Logger;
}

/** Messages of the room that the AI reads. */
const CONTEXT_MESSAGES = 20;
const MAX_ANSWER_CHARS = 4_000;
const MAX_ANSWER_MS = 120_000;
const TYPING_EVERY_MS = 3_000;
const CALL = /(?<![\w@.])@ai(?![\w@-])/i;

/** Whether a text calls the AI by `@ai` as a word of its own. */
export function callsAi(text: string): boolean {
  return CALL.test(text);
}

/** Answers of the AI in rooms, one at a time in each. */
export class RoomAi {
  readonly #parts: RoomAiParts;
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(parts: RoomAiParts) {
    this.#parts = parts;
  }

  /**
   * Answers a message of a room by one message of the AI's.
   *
   * @param asker whose key is used.
   * @throws AiFailure `AI_BUSY` when an answer is under way there; any other when there is no answer.
   */
  async answer(roomId: string, asker: User, messageId: string): Promise<void> {
    const running = this.#answerOnce(roomId, asker, messageId);
    this.#running.add(running);
    try {
      await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #answerOnce(roomId: string, asker: User, messageId: string): Promise<void> {
    const { redis, posting } = this.#parts;
    const lock = roomAiKey(roomId);
    const locked = await redis.commands.set(lock, messageId, "PX", MAX_ANSWER_MS + 10_000, "NX");
    if (locked === null) throw new AiFailure("AI_BUSY", "the AI answers somebody else in this room");
    const typing = setInterval(() => this.#type(roomId), TYPING_EVERY_MS);
    this.#type(roomId);
    try {
      const content = await this.#ask(roomId, asker, messageId);
      // The nonce keeps an answer that is posted again from being there twice.
      const messages = [{ content, nonce: `ai-${messageId}` }];
      await posting.post({ roomId, user: AI_USER, messages, ownNonces: false });
    } finally {
      clearInterval(typing);
      await redis.commands
        .del(lock)
        .catch((error: unknown) => this.#parts.logger.info({ err: error }, "cannot unlock a room's AI"));
    }
  }

  #type(roomId: string): void {
    const { viewers, logger } = this.#parts;
    viewers
      .typing(roomId, AI_USER)
      .catch((error: unknown) => logger.debug({ err: error }, "cannot tell that the AI types"));
  }

  async #ask(roomId: string, asker: User, messageId: string): Promise<string> {
    const { ai, history } = this.#parts;
    const [before, [question]] = await Promise.all([
      history.page(roomId, CONTEXT_MESSAGES - 1, messageId),
      history.withNames(await history.after(roomId, justBefore(messageId), 1)),
    ]);
    if (question === undefined) throw new AiFailure("AI_NOT_FOUND", "the message is not there any more");
    const rules = "This is a chat room. Answer its last message, briefly and in its language.";
    const context = [{ role: Role.USER, content: rules }, ...before.messages.toReversed().map(contextLine)];
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(MAX_ANSWER_MS)]);
    try {
      return await this.#collect(ai, asker, { content: spoken(question), context }, signal);
    } catch (error) {
      throw asFailure(error);
    }
  }

  async #collect(
    ai: AiClient,
    asker: User,
    asked: { content: string; context: { role: Role; content: string }[] },
    signal: AbortSignal,
  ): Promise<string> {
    const what = {
      conversationId: 0n,
      model: "",
      nonce: "",
      regenerateMessageId: 0n,
      editMessageId: 0n,
      detachable: false,
    };
    let text = "";
    for await (const { event } of await ai.chat(asker.id, { ...what, ...asked }, signal)) {
      if (event?.case === "delta") text += event.value.text;
      if (event?.case !== "done") continue;
      const { status, error } = event.value;
      // A cut answer is none: nobody could tell it from a whole one.
      if (status !== Status.COMPLETE)
        throw new AiFailure(error?.code ?? "AI_INTERRUPTED", error?.message ?? "interrupted", error?.retryAfterMs);
      if (text.trim() === "") throw new AiFailure("AI_BAD_RESPONSE", "the answer is empty");
      return shortened(text);
    }
    throw new AiFailure("AI_INTERRUPTED", "the answer has no end");
  }

  /** Ends the answers that are under way. */
  async close(): Promise<void> {
    this.#ending.abort(new Error("shutting down"));
    await Promise.allSettled(this.#running);
  }
}

function contextLine(message: Message): { role: Role; content: string } {
  return { role: message.userId === AI_USER.id ? Role.ASSISTANT : Role.USER, content: spoken(message) };
}

/** What was said and by whom. The AI's own words go without. */
function spoken({ userId, username, content }: Message): string {
  return userId === AI_USER.id ? content : `${username}: ${content}`;
}

/** At most as long as a message may be, not cut within a character. */
function shortened(text: string): string {
  if (text.length <= MAX_ANSWER_CHARS) return text;
  const cut = text.slice(0, MAX_ANSWER_CHARS - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** The id before which nothing but this message can come. */
function justBefore(id: string): string {
  const [ms = "0", seq = "0"] = id.split("-");
  return seq === "0" ? `${BigInt(ms) - 1n}-9007199254740991` : `${ms}-${BigInt(seq) - 1n}`;
}
