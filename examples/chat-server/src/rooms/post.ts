import { isServertechError, sleep } from "@servertech/core";
import type { RedisPool } from "@servertech/redis-pool";
import type { User } from "../auth/accounts.ts";
import { POST_SCRIPT } from "./post-script.ts";
import { counterKey, nonceKey, roomChannel, streamKey } from "./room-keys.ts";
import { encodePayload } from "./room-message.ts";

export interface OutgoingMessage {
  readonly content: string;
  /** Unique per user and room for as long as nonces are kept. */
  readonly nonce: string;
}

export interface ClientEvent {
  readonly roomId: string;
  readonly user: User;
  readonly messages: readonly OutgoingMessage[];
  /** The nonces were given by the client and go into the messages. */
  readonly ownNonces: boolean;
}

export interface PostResult {
  readonly nonce: string;
  readonly id: string;
  readonly seq: number;
  readonly timestamp: number;
  /** The message had been stored before. */
  readonly duplicate: boolean;
}

export interface PostingOptions {
  readonly maxMessages: number;
  readonly nonceTtlS: number;
}

/** How long a post is tried while Redis is away. */
const RETRY_FOR_MS = 5_000;
const RETRY_DELAY_MS = 100;

/** Stores what users say. */
export class Posting {
  readonly #redis: RedisPool;
  readonly #options: PostingOptions;
  /** The same script for each number of messages: the number of keys is part of a script's handle. */
  readonly #scripts = new Map<number, ReturnType<RedisPool["script"]>>();

  constructor(redis: RedisPool, options: PostingOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /**
   * Stores the messages of one client event, each once however often it is posted with its nonce.
   *
   * @throws RedisPoolError `REDIS_UNAVAILABLE` when Redis stays away for 5 s. Whether it was stored is unknown then:
   * posting again with the same nonces is safe.
   */
  async post(event: ClientEvent): Promise<PostResult[]> {
    const timestamp = Date.now();
    const giveUpAt = performance.now() + RETRY_FOR_MS;
    for (;;) {
      try {
        return await this.#run(event, timestamp);
      } catch (error) {
        // Only because of the nonces may this be sent again although it may have been executed.
        if (!isServertechError(error, "REDIS_UNAVAILABLE") || performance.now() > giveUpAt) throw error;
        await sleep(RETRY_DELAY_MS);
      }
    }
  }

  async #run({ roomId, user, messages, ownNonces }: ClientEvent, timestamp: number): Promise<PostResult[]> {
    const keys = [
      streamKey(roomId),
      counterKey(roomId),
      ...messages.map(({ nonce }) => nonceKey(roomId, user.id, nonce)),
    ];
    const payloads = messages.map(({ content, nonce }) =>
      encodePayload({ content, timestamp, userId: user.id, nonce: ownNonces ? nonce : undefined }),
    );
    const { maxMessages, nonceTtlS } = this.#options;
    const args = [roomChannel(roomId), maxMessages, nonceTtlS, JSON.stringify(user.username), ...payloads];
    const answers = (await this.#script(keys.length)(keys, args)) as string[];
    return messages.map(({ nonce }, index) => {
      const [id = "", seq, fresh] = answers[index]?.split(" ") ?? [];
      return { nonce, id, seq: Number(seq), timestamp, duplicate: fresh === "0" };
    });
  }

  #script(keys: number): ReturnType<RedisPool["script"]> {
    let script = this.#scripts.get(keys);
    if (script === undefined) this.#scripts.set(keys, (script = this.#redis.script({ keys, lua: POST_SCRIPT })));
    return script;
  }
}
