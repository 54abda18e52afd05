import { createHash, randomBytes } from "node:crypto";
import type { RedisPool } from "@servertech/redis-pool";
import { AiFault } from "../llm/faults.ts";
import type { KeyCipher, Sealed } from "./key-cipher.ts";

/** Who a call is made for. */
export interface TokenRecord {
  readonly userId: number;
  /** The key that was given with the token; undefined: the user's saved one, or the operator's. */
  readonly apiKey: string | undefined;
}

const PREFIX = "ai_server_";
/** Both or neither: a token without an end must not be left behind. */
const WRITE = `
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1`;
const TOKEN = /^ai_server_[A-Za-z0-9_-]{43}$/;

/** Tokens: proof that a call is made for a user. Redis knows them by their hash only, so a dump of it opens nothing. */
export class Tokens {
  readonly #redis: RedisPool;
  readonly #cipher: KeyCipher;
  readonly #ttlS: number;
  readonly #write: ReturnType<RedisPool["script"]>;

  constructor(redis: RedisPool, cipher: KeyCipher, ttlS: number) {
    this.#redis = redis;
    this.#cipher = cipher;
    this.#ttlS = ttlS;
    this.#write = redis.script({ keys: 1, lua: WRITE });
  }

  async create({ userId, sessionId, apiKey }: { userId: number; sessionId: number; apiKey: string }): Promise<string> {
    const token = PREFIX + randomBytes(32).toString("base64url");
    const hash = hashOf(token);
    const sealed = apiKey === "" ? undefined : this.#cipher.seal(apiKey, placeOf(userId, hash));
    const record = {
      user_id: String(userId),
      session_id: String(sessionId),
      key_id: sealed?.keyId ?? "",
      api_key: sealed === undefined ? "" : packed(sealed),
      last4: apiKey.slice(-4),
      created_at: String(Date.now()),
    };
    await this.#write([PREFIX + hash], [this.#ttlS, ...Object.entries(record).flat()]);
    return token;
  }

  /** @throws AiFault `AI_TOKEN_EXPIRED`, the same for a token that is unknown, malformed, revoked or expired. */
  async check(token: string): Promise<TokenRecord> {
    if (!TOKEN.test(token)) throw new AiFault("AI_TOKEN_EXPIRED");
    const hash = hashOf(token);
    const { user_id, key_id, api_key } = await this.#redis.commands.hgetall(PREFIX + hash);
    const userId = Number(user_id);
    if (!Number.isInteger(userId) || userId < 1) throw new AiFault("AI_TOKEN_EXPIRED");
    if (!key_id || !api_key) return { userId, apiKey: undefined };
    return { userId, apiKey: this.#cipher.open(unpacked(key_id, api_key), placeOf(userId, hash)) };
  }

  async revoke(token: string): Promise<void> {
    if (TOKEN.test(token)) await this.#redis.commands.del(PREFIX + hashOf(token));
  }
}

const IV_BYTES = 12;
const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");
const placeOf = (userId: number, hash: string): string => `${userId} ${hash}`;
const packed = ({ iv, ciphertext }: Sealed): string => Buffer.concat([iv, ciphertext]).toString("base64");

function unpacked(keyId: string, text: string): Sealed {
  const bytes = Buffer.from(text, "base64");
  return { keyId, iv: bytes.subarray(0, IV_BYTES), ciphertext: bytes.subarray(IV_BYTES) };
}
