import { describe, expect, it } from "vitest";
import { makeCommand } from "../src/commands.ts";
import { RedisPoolError } from "../src/errors.ts";
import type { PoolCommand } from "../src/pool-command.ts";
import { isRepeatable, safeRetry } from "../src/safe-retry.ts";

const lost = (): RedisPoolError => new RedisPoolError("REDIS_UNAVAILABLE", "lost", { maybeExecuted: true });

/** Fails so many times, then answers. */
function failing(times: number): { seen: PoolCommand[]; send: (command: PoolCommand) => Promise<unknown> } {
  const seen: PoolCommand[] = [];
  const send = async (command: PoolCommand): Promise<unknown> => {
    seen.push(command);
    if (seen.length <= times) throw lost();
    return "OK";
  };
  return { seen, send };
}

describe("isRepeatable", () => {
  it.each([
    ["get", ["k"], true],
    ["set", ["k", "v", "EX", 5], true],
    ["set", ["k", "NX"], true],
    ["set", ["k", "v", "nx"], false],
    ["set", ["k", "v", "GET"], false],
    ["del", ["k"], true],
    ["expire", ["k", 5], true],
    ["expire", ["k", 5, "NX"], false],
    ["zadd", ["k", 1, "m"], true],
    ["zadd", ["k", "INCR", 1, "m"], false],
    ["incr", ["k"], false],
    ["lpush", ["k", "v"], false],
    ["eval", ["return 1", 0], false],
    ["getdel", ["k"], false],
    ["setnx", ["k", "v"], false],
  ] as const)("%s %j: %s", (name, args, expected) => {
    expect(isRepeatable(makeCommand(name, [...args], "utf8"))).toBe(expected);
  });
});

describe("safeRetry", () => {
  it("sends a repeatable command again, as a new one, until it is answered", async () => {
    const { seen, send } = failing(3);
    const command = makeCommand("set", ["k", "v"], "utf8");
    expect(await safeRetry(send, 2_000)(command)).toBe("OK");
    expect(new Set(seen).size).toBe(4);
    for (const one of seen) expect([one.name, one.args]).toEqual(["set", ["k", "v"]]);
  });

  it("sends others once", async () => {
    const { seen, send } = failing(1);
    await expect(safeRetry(send, 2_000)(makeCommand("incr", ["k"], "utf8"))).rejects.toMatchObject({
      maybeExecuted: true,
    });
    expect(seen).toHaveLength(1);
  });

  it("ends within its time, with and without an answer to the last attempt", async () => {
    const { send } = failing(Infinity);
    await expect(safeRetry(send, 100)(makeCommand("get", ["k"], "utf8"))).rejects.toMatchObject({ message: "lost" });
    const silent = safeRetry(() => new Promise(() => {}), 50)(makeCommand("del", ["k"], "utf8"));
    await expect(silent).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: true });
  });

  it("tries no other errors again", async () => {
    const refuse = (): Promise<never> => Promise.reject(new RedisPoolError("REDIS_REPLY", "WRONGTYPE"));
    await expect(safeRetry(refuse, 2_000)(makeCommand("get", ["k"], "utf8"))).rejects.toMatchObject({
      code: "REDIS_REPLY",
    });
  });
});
