import type { RedisPool } from "@servertech/redis-pool";
import { deletedKey, roomChannel, streamKey } from "./room-keys.ts";

/**
 * Takes a message of one's own out of a room and tells every instance, in one step of Redis.
 *
 * KEYS: stream, deletions. ARGV: message id, user id, channel, what is published, ms a deletion is remembered.
 * Answers `done`, `unknown`, or `foreign` when somebody else wrote it. A deletion that is repeated is `done` again.
 */
const DELETE = `
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry then
  if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 'done' end
  return 'unknown'
end
for i = 1, #entry[2], 2 do
  if entry[2][i] == 'payload' and string.format('%d', cjson.decode(entry[2][i + 1]).user_id) ~= ARGV[2] then
    return 'foreign'
  end
end
redis.call('XDEL', KEYS[1], ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 'done'`;

/** How long clients that were away are told of a deletion. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;
/** More deletions than this are not told one by one: the room is read anew. */
const MAX_TOLD = 1_000;

const PREFIX = "deleted ";

/** Messages that their authors took back. */
export class Deletions {
  readonly #redis: RedisPool;
  readonly #delete: (keys: string[], args: (string | number)[]) => Promise<unknown>;

  constructor(redis: RedisPool) {
    this.#redis = redis;
    this.#delete = redis.script({ keys: 2, lua: DELETE });
  }

  /** @returns `foreign` when somebody else wrote the message, `unknown` when there is none of this id. */
  async delete(roomId: string, userId: number, messageId: string): Promise<"done" | "unknown" | "foreign"> {
    const keys = [streamKey(roomId), deletedKey(roomId)];
    const args = [messageId, userId, roomChannel(roomId), PREFIX + messageId, REMEMBERED_MS];
    return (await this.#delete(keys, args)) as "done" | "unknown" | "foreign";
  }

  /** What was deleted since a time in ms of Redis' clock, ids of messages among it; undefined when it is too much to tell. */
  async since(roomId: string, ms: number): Promise<string[] | undefined> {
    const ids = await this.#redis.commands.zrangebyscore(deletedKey(roomId), ms, "+inf", "LIMIT", 0, MAX_TOLD + 1);
    return ids.length > MAX_TOLD ? undefined : ids;
  }
}

/** The id in a published deletion; undefined when it is something else. */
export function deletedId(publication: string): string | undefined {
  return publication.startsWith(PREFIX) ? publication.slice(PREFIX.length) : undefined;
}
