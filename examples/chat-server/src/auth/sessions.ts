import { createHash, randomBytes } from "node:crypto";
import type { RedisPool } from "@servertech/redis-pool";
import { SESSION_SECONDS } from "../http/cookies.ts";

/** Sessions in Redis: `session_<id>` holds the user's id as decimal text, as servertech-chat writes it. */
export class Sessions {
  readonly #redis: RedisPool;

  constructor(redis: RedisPool) {
    this.#redis = redis;
  }

  async create(userId: number): Promise<string> {
    for (;;) {
      const id = randomBytes(16).toString("base64");
      const made = await this.#redis.commands.set(key(id), String(userId), "EX", SESSION_SECONDS, "NX");
      if (made !== null) return id;
    }
  }

  /** The user of a session; undefined when it is unknown or has expired. */
  async userOf(id: string): Promise<number | undefined> {
    const text = await this.#redis.commands.get(key(id));
    return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  }

  /** Those of `ids` whose session is gone. */
  async gone(ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const found = await this.#redis.commands.mget(ids.map(key));
    return new Set(ids.filter((_, index) => found[index] === null));
  }

  async delete(id: string): Promise<void> {
    await this.#redis.commands.del(key(id));
  }
}

/** @param id of the form that `sessionIdOf` lets through: no other text becomes a key. */
function key(id: string): string {
  return `session_${id}`;
}

/** What stands for a session where the id itself must not appear, as in messages to other instances. */
export function sessionHash(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}
