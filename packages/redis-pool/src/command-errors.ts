import { isServertechError } from "@servertech/core";
import { cheapError } from "./cheap-error.ts";
import { RedisPoolError } from "./errors.ts";
import type { PoolCommand } from "./pool-command.ts";

/** Commands that change nothing: making them again does no harm. */
export const READS: ReadonlySet<string> = new Set(
  (
    "get mget strlen getrange exists type ttl pttl keys scan randomkey dbsize hget hmget hgetall hkeys hvals hlen hexists hscan " +
    "llen lrange lindex lpos scard smembers sismember smismember srandmember sinter sunion sdiff sscan zcard zcount zrange " +
    "zrangebyscore zrevrange zrevrangebyscore zrangebylex zrank zrevrank zscore zmscore zscan xlen xrange xrevrange xinfo " +
    "getbit bitcount bitpos pfcount geodist geohash geopos ping echo time info watch unwatch multi discard"
  ).split(" "),
);

/** The error of this package for what ioredis rejected a command with. */
export function commandError(error: Error, command: PoolCommand): Error {
  if (isServertechError(error)) return error;
  if (error.name === "ReplyError") {
    const reply = error.message.split(" ", 1)[0];
    // Not as cause: ioredis adds the arguments to its errors.
    const message = `Redis refused ${command.name}: ${replyText(error.message)}`;
    return cheapError(() => new RedisPoolError("REDIS_REPLY", message, { reply }));
  }
  return lostError(command, error);
}

/** The connection ended, or the time was up, before the reply had come. */
export function lostError(command: PoolCommand, cause: unknown): RedisPoolError {
  const maybeExecuted = command.sent && !READS.has(command.name);
  const may = command.sent ? (maybeExecuted ? "; it may have been carried out" : "") : "; it was not sent";
  const message = `no reply to ${command.name}${may}`;
  return cheapError(() => new RedisPoolError("REDIS_UNAVAILABLE", message, { cause, maybeExecuted }));
}

/** The reply without the arguments that Redis quotes in it. */
function replyText(message: string): string {
  return message.replace(/, with args beginning with:.*$/s, "");
}
