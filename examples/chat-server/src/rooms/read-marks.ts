import type { RedisPool } from "@servertech/redis-pool";
import type { History } from "./history.ts";
import { FIRST_ID } from "./message-id.ts";
import { readKey, streamKey } from "./room-keys.ts";

export interface ReadMark {
  /** The newest message read. */
  readonly readId: string;
  readonly seq: number;
}

/** Moves a mark forward, never back. KEYS: the user's hash. ARGV: room, id, seq. Answers the mark that holds now. */
const ADVANCE = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old and tonumber(string.match(old, ' (%d+)$')) >= tonumber(ARGV[3]) then return old end
local new = ARGV[2] .. ' ' .. ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], new)
return new`;

/** How far each user has read each room: `read:<user>` maps a room to `<id> <seq>`. */
export class ReadMarks {
  readonly #redis: RedisPool;
  readonly #history: History;
  readonly #advance: (keys: string[], args: (string | number)[]) => Promise<unknown>;

  constructor(redis: RedisPool, history: History) {
    this.#redis = redis;
    this.#history = history;
    this.#advance = redis.script({ keys: 1, lua: ADVANCE });
  }

  /** The marks of a user by room. */
  async of(userId: number): Promise<ReadonlyMap<string, ReadMark>> {
    const marks = await this.#redis.commands.hgetall(readKey(userId));
    return new Map(Object.entries(marks).map(([roomId, mark]) => [roomId, decode(mark)]));
  }

  /**
   * Marks everything up to `messageId` as read, or up to the newest message before it that there is.
   *
   * @returns the mark that holds now; undefined when the room has no such message.
   */
  async mark(userId: number, roomId: string, messageId: string): Promise<ReadMark | undefined> {
    const { commands } = this.#redis;
    // Counted before anything is read: what is said from now on is not marked.
    const [total = 0] = await this.#history.counts([roomId]);
    const [[entry], [newer]] = await Promise.all([
      commands.xrevrange(streamKey(roomId), messageId, "-", "COUNT", 1),
      commands.xrange(streamKey(roomId), `(${messageId}`, "+", "COUNT", 1),
    ]);
    if (entry === undefined) return undefined;
    const [id, fields] = entry;
    // Messages between this one and the next were taken back: nobody can read them any more.
    return this.markSeq(userId, roomId, id, newer === undefined ? Math.max(seqOf(fields), total) : seqOf(newer[1]) - 1);
  }

  async markSeq(userId: number, roomId: string, id: string, seq: number): Promise<ReadMark> {
    return decode(String(await this.#advance([readKey(userId)], [roomId, id, seq])));
  }

  async unread(roomId: string, mark: ReadMark): Promise<number> {
    const [total = 0] = await this.#history.counts([roomId]);
    return Math.max(0, total - mark.seq);
  }
}

export const NOTHING_READ: ReadMark = { readId: FIRST_ID, seq: 0 };

function seqOf(fields: readonly string[]): number {
  return Number(fields[fields.indexOf("seq") + 1]);
}

function decode(mark: string): ReadMark {
  const [readId = FIRST_ID, seq = "0"] = mark.split(" ");
  return { readId, seq: Number(seq) };
}
