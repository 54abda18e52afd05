import { describe, expect, it, vi } from "vitest";
import { type PoolError, createResourcePool } from "../src/index.ts";
import { numbered } from "./fake-resources.ts";

const quiet = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() });

describe("leak detection", () => {
  it("tells a lease that is held for too long once, with the stack of its acquire", async () => {
    const logger = quiet();
    await using pool = createResourcePool({ ...numbered(), leakDetectionMs: 30, logger, name: "small" });
    const leaks: PoolError[] = [];
    pool.on("leak", (error) => leaks.push(error));
    async function forgetful() {
      return pool.acquire();
    }
    const held = await forgetful();
    await expect.poll(() => leaks.length).toBe(1);
    expect(leaks[0]).toMatchObject({
      code: "POOL_LEASE_LEAKED",
      message: "pool small: a lease is held for more than 30 ms",
    });
    expect(leaks[0]?.stack).toMatch(/forgetful .*leaks\.test/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(leaks).toHaveLength(1);
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(pool.stats()).toMatchObject({ leaks: 1, inUse: 1 });
    // It is still the holder's.
    held.release();
  });

  it("tells where a caller asked that had to wait", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1, leakDetectionMs: 30 });
    const leak = new Promise<PoolError>((resolve) => void pool.once("leak", resolve));
    const first = await pool.acquire();
    async function waited() {
      return pool.acquire();
    }
    const second = waited();
    first.release();
    expect((await leak).stack).toContain("waited");
    (await second).release();
  });

  it("leaves out loans that may last, and those only", async () => {
    const pool = createResourcePool({ ...numbered(), max: 2, leakDetectionMs: 20 });
    const told = vi.fn();
    pool.on("leak", told);
    const lasting = await pool.acquire({ leakDetection: false });
    const watched = await pool.acquire();
    await expect.poll(() => told.mock.calls.length).toBe(1);
    watched.release();
    const tried = pool.tryAcquire({ leakDetection: false });
    expect(tried?.active).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(told).toHaveBeenCalledTimes(1);
    // The same resource, on a loan that is watched.
    lasting.release();
    const again = pool.tryAcquire();
    expect(again?.active).toBe(true);
    await expect.poll(() => told.mock.calls.length).toBe(2);
    await expect(pool.close({ timeoutMs: 10 })).resolves.toEqual({ leaked: 2 });
    expect(told).toHaveBeenCalledTimes(2);
    expect(pool.stats().leaks).toBe(2);
  });

  it("says nothing of short loans of one resource", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1, leakDetectionMs: 60 });
    const told = vi.fn();
    pool.on("leak", told);
    const until = performance.now() + 300;
    let longestMs = 0;
    while (performance.now() < until) {
      const start = performance.now();
      await pool.use(() => new Promise((resolve) => setTimeout(resolve, 2)));
      longestMs = Math.max(longestMs, performance.now() - start);
    }
    // On a busy machine a loan may in truth have been long.
    if (longestMs < 60) expect(told).not.toHaveBeenCalled();
    expect(pool.stats().acquired).toBeGreaterThan(2);
  });

  it("tells at close of each lease taken back by force, with its stack when that was asked for", async () => {
    const stacks: (string | undefined)[] = [];
    for (const leakDetectionMs of [0, 30_000]) {
      const pool = createResourcePool({ ...numbered(), leakDetectionMs });
      pool.on("leak", ({ stack }) => stacks.push(stack));
      const lease = await pool.acquire();
      expect(lease.active).toBe(true);
      await expect(pool.close({ timeoutMs: 10 })).resolves.toEqual({ leaked: 1 });
      expect(pool.stats().leaks).toBe(1);
    }
    expect(stacks).toEqual([
      "PoolError: pool default: a lease was held until the pool closed",
      expect.stringContaining("leaks.test"),
    ]);
  });

  it("goes on when a listener throws", async () => {
    const logger = quiet();
    const pool = createResourcePool({ ...numbered(), logger });
    pool.on("leak", () => {
      throw new Error("listener");
    });
    await pool.acquire();
    await expect(pool.close({ timeoutMs: 5 })).resolves.toEqual({ leaked: 1 });
    expect(logger.error).toHaveBeenCalledTimes(1);
  });
});
