import { createRedisPool } from "@servertech/redis-pool";
import { describe, expect, it } from "vitest";

const url = "redis://127.0.0.1:6379";

describe("createRedisPool", () => {
  it("names every wrong option in one error, and shows no url", () => {
    const wrong = {
      url: "http://user:secret@host",
      commandTimeoutMs: 1,
      maxQueued: -1,
      maxQueuedByte: 1,
      exclusive: { max: 0 },
    };
    let error: unknown;
    try {
      createRedisPool(wrong);
    } catch (problem) {
      error = problem;
    }
    expect(error).toMatchObject({ code: "OPTION_INVALID" });
    const { message } = error as Error;
    for (const part of ["url:", "commandTimeoutMs:", "maxQueued:", "did you mean maxQueuedBytes", "exclusive.max:"])
      expect(message).toContain(part);
    expect(message).not.toContain("secret");
  });

  it.each([
    { commandTimeoutMs: Number.NaN },
    { commandTimeoutMs: 1.5 },
    { readyTimeoutMs: -1 },
    { readyTimeoutMs: 2_000 },
    { socketTimeoutMs: 0 },
    { socketTimeoutMs: 1_001 },
    { commandTimeoutMs: 100, readyTimeoutMs: 50, socketTimeoutMs: 51 },
    { maxQueuedBytes: 0.5 },
    { max: 3 },
    { connectTimeoutMs: 0 },
    { url: "redis://host/name" },
    { url: "redis:" },
    { url: "redis://host/0?family=6" },
    { url: "redis://a%ZZ@host" },
    { sentinels: [] },
    { sentinels: ["host:26379"] },
    { sentinels: "redis://host" },
    { cluster: "redis://host" },
    { cluster: ["host:1"] },
    { cluster: [], sentinels: ["redis://host"] },
    { cluster: [], url: "redis://host/1" },
    { connections: 0 },
    { exclusive: { max: 2, min: 3 } },
    { exclusive: { min: -1 } },
    { exclusive: null },
    { whenDown: "sometimes" },
    { keepaliveMs: 100, maxLifetimeMs: 100 },
    { leakDetectionMs: -1 },
    { blockingTimeoutMs: -1 },
    { tls: { ca: "x" } },
    { url: "rediss://host", tls: { cert: "x" } },
    { url: "rediss://host", tls: { ca: 1 } },
    { url: "rediss://host", tls: null },
    { url: "rediss://host", tls: { caa: "x" } },
    { url: undefined },
  ])("refuses %o", (options) => {
    expect(() => createRedisPool({ url, ...options } as Parameters<typeof createRedisPool>[0])).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });

  it.each([
    {},
    { commandTimeoutMs: 2 },
    { readyTimeoutMs: 0 },
    { commandTimeoutMs: 100, readyTimeoutMs: 50, socketTimeoutMs: 50 },
    { maxQueued: 0, maxQueuedBytes: 0 },
    { exclusive: { max: 1 } },
    { exclusive: { max: 2, min: 2 }, whenDown: "fail-fast" as const, keepaliveMs: 0, leakDetectionMs: 0 },
    { url: "rediss://user:password@host:1/3" },
    { url: "rediss://host", tls: { ca: ["x"], servername: "name", rejectUnauthorized: false } },
  ])("takes %o, and opens nothing", async (options) => {
    const pool = createRedisPool({ url, ...options });
    expect(pool.stats()).toMatchObject({ ready: false, size: 0, connecting: 0 });
    await pool.close();
  });
});
