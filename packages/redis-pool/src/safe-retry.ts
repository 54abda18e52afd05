import { isServertechError, optionChecks, sleep, withDeadline } from "@servertech/core";
import { READS } from "./command-errors.ts";
import type { Send } from "./commands.ts";
import { RedisPoolError } from "./errors.ts";
import type { PoolCommand } from "./pool-command.ts";

/** Which commands may be sent again. */
export interface RetryOptions {
  /** `"safe"`: reads, and writes that leave the same behind when they are carried out twice. */
  retry: "safe";
}

/** @throws OptionError */
export function checkRetry(options: RetryOptions): void {
  const check = optionChecks(options, ["retry"]);
  check.done(check.oneOf("retry", options?.retry, ["safe"]));
}

/** Writes that leave the same behind when they are carried out twice. Their reply may be that of the second time. */
const REPEATABLE: ReadonlySet<string> = new Set(
  (
    "set mset setex psetex del unlink expire pexpire expireat pexpireat persist hset hmset hdel sadd srem zadd zrem setbit " +
    "setrange lset pfadd touch"
  ).split(" "),
);

/** Arguments that make a command depend on what was there before. */
const CONDITIONAL: ReadonlySet<string> = new Set("NX XX GT LT CH INCR GET IFEQ IFNE IFDEQ IFDNE".split(" "));

/** Between two attempts: without a connection, and without a wait for one, they would be many. */
const PAUSE_MS = 20;

/** Whether carrying out a command twice is as good as once. */
export function isRepeatable({ name, args }: PoolCommand): boolean {
  if (READS.has(name)) return true;
  if (!REPEATABLE.has(name)) return false;
  // Only these take such arguments; in the others they may be values.
  const options = name === "set" ? args.slice(2) : name === "zadd" || name.includes("expire") ? args.slice(1) : [];
  return !options.some((arg) => typeof arg === "string" && CONDITIONAL.has(arg.toUpperCase()));
}

/**
 * Sends repeatable commands again when they are lost, until `limitMs` after the call; all others once.
 */
export function safeRetry(send: Send, limitMs: number): Send {
  return (command) => (isRepeatable(command) ? persist(command) : send(command));

  async function persist(command: PoolCommand): Promise<unknown> {
    const until = performance.now() + limitMs;
    for (let next = command; ; next = command.copy()) {
      const left = until - performance.now();
      try {
        return await withDeadline(send(next), Math.max(1, left), () => late(command.name, limitMs));
      } catch (error) {
        if (!isServertechError(error, "REDIS_UNAVAILABLE") || performance.now() + PAUSE_MS >= until) throw error;
      }
      await sleep(PAUSE_MS);
    }
  }
}

function late(name: string, limitMs: number): RedisPoolError {
  return new RedisPoolError(
    "REDIS_UNAVAILABLE",
    `no reply to ${name} within ${limitMs} ms, however often it was sent`,
    {
      maybeExecuted: !READS.has(name),
    },
  );
}
