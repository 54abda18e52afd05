import { isServertechError } from "@servertech/core";
import type { RedisPool } from "@servertech/redis-pool";
import type { Accounts } from "../auth/accounts.ts";
import { AI_USER } from "./ai-user.ts";
import type { Deletions } from "./deletions.ts";
import { FIRST_ID, compareIds, timeOf } from "./message-id.ts";
import { counterKey, streamKey } from "./room-keys.ts";
import { type Message, type StoredMessage, decodeEntry } from "./room-message.ts";

export interface Page {
  /** Newest first. */
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

export interface RoomState {
  /** The newest id ever given, also when its message is gone. */
  readonly lastId: string;
  /** The oldest id still there. */
  readonly firstId: string;
}

export interface CatchUp {
  /** The client must forget what it has of the room. */
  readonly reset: boolean;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Ids of messages that were taken back since the client was here. */
  readonly deleted: readonly string[];
  readonly hasMore: boolean;
}

const MAX_CATCH_UP = 1_000;
const RESET_PAGE = 50;

/** Reads the messages of rooms from their streams. */
export class History {
  readonly #redis: RedisPool;
  readonly #accounts: Accounts;
  readonly #deletions: Deletions;

  constructor(redis: RedisPool, accounts: Accounts, deletions: Deletions) {
    this.#redis = redis;
    this.#accounts = accounts;
    this.#deletions = deletions;
  }

  /** The newest `limit` messages, or those older than `beforeId`. */
  async page(roomId: string, limit: number, beforeId?: string): Promise<Page> {
    const from = beforeId === undefined ? "+" : `(${beforeId}`;
    const entries = await this.#redis.commands.xrevrange(streamKey(roomId), from, "-", "COUNT", limit + 1);
    const messages = await this.withNames(entries.slice(0, limit).map(decodeEntry));
    return { messages, hasMore: entries.length > limit };
  }

  /** At most `limit` messages after `id`, oldest first, without names. */
  async after(roomId: string, id: string, limit: number): Promise<StoredMessage[]> {
    const entries = await this.#redis.commands.xrange(streamKey(roomId), `(${id}`, "+", "COUNT", limit);
    return entries.map(decodeEntry);
  }

  /** What a client that has everything up to `knownId` misses. */
  async catchUp(roomId: string, knownId: string | undefined): Promise<CatchUp> {
    const state = await this.state(roomId);
    const known = knownId !== undefined && compareIds(knownId, state.lastId) <= 0 && !isTrimmed(knownId, state);
    if (known) {
      const missed = await this.after(roomId, knownId, MAX_CATCH_UP + 1);
      const deleted = await this.#deletions.since(roomId, timeOf(knownId));
      if (missed.length <= MAX_CATCH_UP && deleted !== undefined)
        return { reset: false, messages: await this.withNames(missed), deleted, hasMore: false };
    }
    const { messages, hasMore } = await this.page(roomId, RESET_PAGE);
    return { reset: true, messages: messages.toReversed(), deleted: [], hasMore };
  }

  async state(roomId: string): Promise<RoomState> {
    try {
      const info = (await this.#redis.commands.xinfo("STREAM", streamKey(roomId))) as unknown[];
      const field = (name: string): unknown => info[info.indexOf(name) + 1];
      const first = field("first-entry") as [string] | null;
      const lastId = String(field("last-generated-id"));
      return { lastId, firstId: first?.[0] ?? lastId };
    } catch (error) {
      // A room in which nobody has spoken has no stream.
      if (isServertechError(error, "REDIS_REPLY") && /no such key/i.test(error.message))
        return { lastId: FIRST_ID, firstId: FIRST_ID };
      throw error;
    }
  }

  /** How many messages each room has had, ever. */
  async counts(roomIds: readonly string[]): Promise<number[]> {
    if (roomIds.length === 0) return [];
    return Promise.all(roomIds.map(async (id) => Number((await this.#redis.commands.get(counterKey(id))) ?? 0)));
  }

  async withNames(messages: readonly StoredMessage[]): Promise<Message[]> {
    const names = await this.#accounts.namesOf(messages.flatMap(({ userId }) => (userId > 0 ? userId : [])));
    return messages.map((message) => ({
      ...message,
      username: message.userId === AI_USER.id ? AI_USER.username : (names.get(message.userId) ?? ""),
    }));
  }
}

function isTrimmed(id: string, { firstId, lastId }: RoomState): boolean {
  return compareIds(id, firstId) < 0 && id !== FIRST_ID && firstId !== lastId;
}
