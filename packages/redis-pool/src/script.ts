import { createHash } from "node:crypto";
import { isServertechError, optionChecks } from "@servertech/core";
import type { RedisCommands } from "./commands.ts";
import type { RedisPoolError } from "./errors.ts";

/** A Lua script. */
export interface ScriptOptions {
  /** How many keys it takes. From 0. */
  keys: number;
  /** Its text; up to 1 MiB. */
  lua: string;
}

/**
 * Runs a script with its keys and arguments, and gives its reply.
 *
 * @throws RangeError when the number of keys is not the one declared; else what every command throws.
 */
export type Script = (
  keys: readonly (string | Buffer)[],
  args?: readonly (string | number | Buffer)[],
) => Promise<unknown>;

const MAX_LUA = 1_048_576;

/**
 * @param commands for the call.
 * @param accepted for its second half, which a close that began in between does not refuse.
 * @throws OptionError on wrong options.
 */
export function createScript(commands: RedisCommands, accepted: RedisCommands, options: ScriptOptions): Script {
  const check = optionChecks(options, ["keys", "lua"]);
  const { keys: count, lua } = options ?? {};
  check.integer("keys", count);
  check.done(check.string("lua", lua, { maxLength: MAX_LUA, secret: true }));
  const sha = createHash("sha1").update(lua).digest("hex");
  return async (keys, args = []) => {
    if (keys.length !== count) throw new RangeError(`the script takes ${count} keys, not ${keys.length}`);
    try {
      return await commands.evalsha(sha, count, ...keys, ...args);
    } catch (error) {
      // Redis forgets scripts when it restarts: it has done nothing then.
      if (!isServertechError(error, "REDIS_REPLY") || (error as RedisPoolError).reply !== "NOSCRIPT") throw error;
      return accepted.eval(lua, count, ...keys, ...args);
    }
  };
}
