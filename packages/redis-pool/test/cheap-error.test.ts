import { createRedisPool } from "@servertech/redis-pool";
import { describe, expect, it } from "vitest";
import { cheapError } from "../src/cheap-error.ts";

describe("cheapError", () => {
  it("makes an error without frames, and leaves the limit as it was", () => {
    const before = Error.stackTraceLimit;
    expect(cheapError(() => new Error("told")).stack).toBe("Error: told");
    const fail = (): Error => {
      throw new TypeError("made wrong");
    };
    expect(() => cheapError(fail)).toThrow("made wrong");
    expect(Error.stackTraceLimit).toBe(before);
    expect(new Error("usual").stack).toContain("cheap-error.test.ts");
  });

  it("is what a full queue refuses with: the message names the command and the bounds", async () => {
    await using redis = createRedisPool({ url: "redis://127.0.0.1:1", commandTimeoutMs: 100, maxQueued: 0 });
    const error: unknown = await redis.commands.incr("n").catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: "REDIS_QUEUE_FULL" });
    expect((error as Error).message).toMatch(/^incr was not sent: 0 commands with 0 bytes wait/);
    expect((error as Error).stack).not.toContain("\n");
  });
});
