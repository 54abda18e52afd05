import type { RedisPool } from "@servertech/redis-pool";
import { ChatChunk } from "../gen/ai_server.ts";
import { type RowIdentity, nameOf } from "./generation-id.ts";

/** What every instance knows of a generation. */
export interface SharedState {
  /**
   * - `running`: its owner lives.
   * - `ended`: it has its last chunk.
   * - `lost`: its owner is gone.
   */
  readonly state: "running" | "ended" | "lost";
  /** Started, deltas and, at the end, Done; empty when Redis has lost or never had them. */
  readonly chunks: readonly ChatChunk[];
}

/** What became of an append. */
export type Appended = "ok" | "not-owner" | "restart";

/** A generation whose owner is silent for so long has no owner any more. */
export const LEASE_MS = 15_000;
/** While it runs, should its owner die: the lease tells first. */
const RUNNING_TTL_S = 900;
/** How long an ended one can be attached to. */
const ENDED_TTL_S = 600;
const WATCH_MS = 15_000;
const ENDED = "ended";
const PENDING = "pending";
const PENDING_S = 30;
const NONCE_TTL_S = 3_600;

/**
 * Appends chunks to the stream. Chunk number n has id `<n + 1>-0`, so one that is sent twice is refused by Redis itself.
 * KEYS: stream, lease. ARGV: owner, lease in ms, time to live in s, channel, "1" for the last chunk, number of the first
 * one, chunks.
 */
const APPEND = `
local lease = redis.call('GET', KEYS[2])
if lease and lease ~= ARGV[1] then return 0 end
local first = tonumber(ARGV[6])
if first > 0 and redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
for i = 7, #ARGV do redis.pcall('XADD', KEYS[1], (first + i - 6) .. '-0', 'c', ARGV[i]) end
if ARGV[5] == '1' then redis.call('SET', KEYS[2], '${ENDED}', 'EX', ARGV[3])
else redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) end
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
redis.call('PUBLISH', ARGV[4], ARGV[6])
return 1`;

/** Takes the lock of a conversation, or keeps it: KEYS: lock. ARGV: holder, ms. */
const LOCK = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** Gives a lock back, if it is held for ARGV[1]. */
const UNLOCK = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/**
 * Generations as all instances see them, in Redis: a stream of chunks each, the lease of its owner, the lock of its
 * conversation, and channels that wake those who wait. Redis is the truth, a publication only says that there is more.
 */
export class SharedGenerations {
  readonly #redis: RedisPool;
  readonly #append: ReturnType<RedisPool["script"]>;
  readonly #lock: ReturnType<RedisPool["script"]>;
  readonly #unlock: ReturnType<RedisPool["script"]>;
  /** This instance, as the holder of leases. */
  readonly #owner: string;

  constructor(redis: RedisPool, owner: string) {
    this.#redis = redis;
    this.#owner = owner;
    this.#append = redis.script({ keys: 2, lua: APPEND });
    this.#lock = redis.script({ keys: 1, lua: LOCK });
    this.#unlock = redis.script({ keys: 1, lua: UNLOCK });
  }

  /** Appends chunks and renews the lease. `first` is the number of the first one; Started has 0. May be repeated. */
  async append(
    id: string,
    first: number,
    chunks: readonly ChatChunk[],
    { last }: { last: boolean },
  ): Promise<Appended> {
    const args = [this.#owner, LEASE_MS, last ? ENDED_TTL_S : RUNNING_TTL_S, channelOf(id), last ? 1 : 0, first];
    const result = await this.#append([streamOf(id), leaseOf(id)], [...args, ...chunks.map(pack)]);
    return result === 1 ? "ok" : result === 0 ? "not-owner" : "restart";
  }

  /**
   * Becomes the owner of a generation that has none, to end it.
   *
   * @returns false when somebody else has.
   */
  async claim(id: string): Promise<boolean> {
    return (await this.#redis.commands.set(leaseOf(id), this.#owner, "PX", LEASE_MS, "NX")) === "OK";
  }

  /** The chunks from number `first` on, and whether there may be more. */
  async read(id: string, first: number): Promise<SharedState> {
    // The lease is read first: of one that ended in between, the last chunk is there.
    const lease = await this.#redis.commands.get(leaseOf(id));
    const entries = await this.#redis.commands.xrange(streamOf(id), `${first + 1}-0`, "+");
    const chunks = entries.flatMap(([, fields]) => (fields[1] === undefined ? [] : [unpack(fields[1])]));
    return { state: lease === null ? "lost" : lease === ENDED ? "ended" : "running", chunks };
  }

  /** Calls `wake` when there is more of a generation, and after it may have missed that. */
  async onMore(id: string, wake: () => void): Promise<{ close(): Promise<void> }> {
    return this.#redis.subscribe(channelOf(id), wake, { onGap: wake });
  }

  /** Somebody watches, through another instance than the owner. Holds for 15 s. */
  async keepWatch(id: string): Promise<void> {
    await this.#redis.commands.set(watchOf(id), "1", "PX", WATCH_MS);
  }

  async isWatched(id: string): Promise<boolean> {
    return (await this.#redis.commands.get(watchOf(id))) !== null;
  }

  /** Takes, or keeps, a conversation's lock, for 15 s. @returns false when somebody else has it. */
  async lock(conversation: RowIdentity, holder: string): Promise<boolean> {
    return (await this.#lock([lockOf(conversation)], [holder, LEASE_MS])) === 1;
  }

  async unlock(conversation: RowIdentity, holder: string): Promise<void> {
    await this.#unlock([lockOf(conversation)], [holder]);
  }

  /**
   * Reserves a nonce for a send that makes a conversation.
   *
   * @returns `new`; `pending` while the answer it stands for is being begun; or that.
   */
  async reserve(userId: number, nonce: string): Promise<"new" | "pending" | { readonly generationId: string }> {
    const key = nonceOf(userId, nonce);
    if ((await this.#redis.commands.set(key, PENDING, "EX", PENDING_S, "NX")) === "OK") return "new";
    const generationId = await this.#redis.commands.get(key);
    return generationId === null || generationId === PENDING ? "pending" : { generationId };
  }

  async keepNonce(userId: number, nonce: string, id: string): Promise<void> {
    await this.#redis.commands.set(nonceOf(userId, nonce), id, "EX", NONCE_TTL_S);
  }

  async forgetNonce(userId: number, nonce: string): Promise<void> {
    await this.#redis.commands.del(nonceOf(userId, nonce));
  }

  /** Tells every instance to stop a generation, if it owns it. */
  async askToStop(id: string): Promise<void> {
    await this.#redis.commands.publish(STOP_CHANNEL, id);
  }

  async onStop(stop: (id: string) => void): Promise<{ close(): Promise<void> }> {
    return this.#redis.subscribe(STOP_CHANNEL, stop);
  }
}

const STOP_CHANNEL = "ai:stop";
const streamOf = (id: string): string => `ai:gen:${id}`;
const leaseOf = (id: string): string => `ai:lease:${id}`;
const watchOf = (id: string): string => `ai:watch:${id}`;
const channelOf = (id: string): string => `ai:gen:${id}`;
const lockOf = (conversation: RowIdentity): string => `ai:lock:${nameOf(conversation)}`;
const nonceOf = (userId: number, nonce: string): string => `ai:nonce:${userId}:${nonce}`;
const pack = (chunk: ChatChunk): string => Buffer.from(ChatChunk.encode(chunk)).toString("base64");
const unpack = (text: string): ChatChunk => ChatChunk.decode(Buffer.from(text, "base64"));
