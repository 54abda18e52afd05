import { createHash } from "node:crypto";
import type { RedisPool } from "@servertech/redis-pool";
import type { Config, Limit, LimitName } from "../config.ts";

/**
 * Rate limits over all instances, in Redis: the generic cell rate algorithm, a sliding window in one number
 * (ITU-T I.371). The key holds the time at which the bucket will be full again.
 */
const GCRA = `
-- KEYS: the limit of one subject. ARGV: ms per permit, burst, permits wanted
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local every, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local after = tat + wanted * every
local wait = after - burst * every - now
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now) + 1)
return 0`;

/** How many subjects are counted locally while Redis is away. */
const MAX_LOCAL = 10_000;

export class RateLimits {
  readonly #limits: Config["limits"];
  readonly #take: (keys: string[], args: (string | number)[]) => Promise<unknown>;
  /** Used while Redis is away, for this instance alone: subject → time at which its bucket is full again. */
  readonly #local = new Map<string, number>();

  constructor(redis: RedisPool, limits: Config["limits"]) {
    this.#limits = limits;
    this.#take = redis.script({ keys: 1, lua: GCRA });
  }

  /**
   * Takes `permits` of the limit `name` for a subject.
   *
   * @param subject user text allowed: it is hashed before it becomes part of a key.
   * @returns milliseconds to wait before trying again; 0 when they were taken.
   */
  async take(name: LimitName, subject: string, permits = 1): Promise<number> {
    const limit = this.#limits[name];
    const key = `limit:${name}:${createHash("sha256").update(subject).digest("base64url").slice(0, 22)}`;
    // More than the bucket holds is never free: it counts as the whole bucket.
    const wanted = Math.min(permits, limit.burst);
    try {
      return Number(await this.#take([key], [limit.periodMs / limit.count, limit.burst, wanted]));
    } catch {
      // Redis is away, which its own users report: an outage must neither lock people out nor let floods in.
      return this.#takeLocally(key, limit, wanted);
    }
  }

  #takeLocally(key: string, limit: Limit, wanted: number): number {
    const now = Date.now();
    const every = limit.periodMs / limit.count;
    const after = Math.max(this.#local.get(key) ?? 0, now) + wanted * every;
    const wait = after - limit.burst * every - now;
    if (wait > 0) return Math.ceil(wait);
    this.#local.delete(key);
    this.#local.set(key, after);
    const [oldest] = this.#local.keys();
    if (this.#local.size > MAX_LOCAL && oldest !== undefined) this.#local.delete(oldest);
    return 0;
  }
}
