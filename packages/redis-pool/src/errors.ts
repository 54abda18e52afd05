import { ServertechError } from "@servertech/core";

/**
 * - `REDIS_UNAVAILABLE`: no connection within `readyTimeoutMs`, or it was lost, or went silent, before the reply came. Then
 *   `maybeExecuted` is true, except for plain reads. Retryable unless `maybeExecuted`.
 * - `REDIS_QUEUE_FULL`: `maxQueued` commands, or `maxQueuedBytes` of them, wait for a connection already. Retryable.
 * - `REDIS_REPLY`: Redis answered with an error; `reply` is its first word, such as `WRONGTYPE`. Not retryable. From a
 *   transaction `maybeExecuted` is true when its other commands were carried out.
 * - `REDIS_WATCH_CONFLICT`: a watched key was changed by others in each attempt of a transaction. Retryable.
 */
export type RedisPoolErrorCode = "REDIS_UNAVAILABLE" | "REDIS_QUEUE_FULL" | "REDIS_REPLY" | "REDIS_WATCH_CONFLICT";

/** What an error says of itself besides its message. */
export interface RedisPoolErrorOptions {
  cause?: unknown;
  maybeExecuted?: boolean | undefined;
  /** The first word of an error reply. */
  reply?: string | undefined;
}

/** What Redis answers with, or fails at, told apart by `code`. */
export class RedisPoolError extends ServertechError<RedisPoolErrorCode> {
  override readonly name: string = "RedisPoolError";
  /** The first word of Redis' error reply, such as `WRONGTYPE`; undefined on other errors. */
  readonly reply: string | undefined;

  constructor(code: RedisPoolErrorCode, message: string, options: RedisPoolErrorOptions = {}) {
    const { maybeExecuted } = options;
    const cause = options.cause === undefined ? {} : { cause: options.cause };
    super(code, message, { ...cause, maybeExecuted, retryable: code !== "REDIS_REPLY" });
    this.reply = options.reply;
  }
}
