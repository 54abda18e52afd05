import { describe, expect, it, vi } from "vitest";
import { createResourcePool } from "../src/index.ts";
import { type Numbered, deferred, numbered } from "./fake-resources.ts";
import { machineSlack } from "./machine-slack.ts";

const slackMs = machineSlack();

describe("close", () => {
  it("refuses new callers, rejects those who wait, and lets leases end", async () => {
    const made: Numbered[] = [];
    const pool = createResourcePool({ ...numbered(made), max: 1 });
    const held = await pool.acquire();
    const waiting = pool.acquire();
    const closed = pool.close();
    await expect(pool.acquire()).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await expect(pool.ready()).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await expect(waiting).rejects.toMatchObject({ code: "POOL_CLOSED" });
    expect(held.resource.open).toBe(true);
    held.release();
    await expect(closed).resolves.toEqual({ leaked: 0 });
    expect(made[0]?.open).toBe(false);
    expect(pool.stats()).toMatchObject({ size: 0, inUse: 0, closing: 0 });
  });

  it("resolves only when what it destroys is gone", async () => {
    const gone = deferred();
    const pool = createResourcePool({ ...numbered(), destroy: () => gone.promise });
    (await pool.acquire()).release();
    const closed = pool.close();
    const settled = vi.fn();
    void closed.then(settled);
    await expect.poll(() => pool.stats().closing).toBe(1);
    expect(settled).not.toHaveBeenCalled();
    gone.resolve();
    await closed;
  });

  it("takes leases back by force at its deadline and counts them", async () => {
    const made: Numbered[] = [];
    const pool = createResourcePool(numbered(made));
    const [one, two] = await Promise.all([pool.acquire(), pool.acquire()]);
    const started = performance.now();
    await expect(pool.close({ timeoutMs: 50 })).resolves.toEqual({ leaked: 2 });
    const took = performance.now() - started;
    expect(took).toBeGreaterThanOrEqual(49);
    expect(took).toBeLessThan(200 + slackMs());
    expect(made.map(({ open }) => open)).toEqual([false, false]);
    expect(() => one.resource).toThrow(expect.objectContaining({ code: "POOL_LEASE_RELEASED" }) as Error);
    // The holder's own release is no misuse.
    expect(() => two.release()).not.toThrow();
    expect(pool.stats()).toMatchObject({ inUse: 0, size: 0 });
  });

  it("is over 1 s after the force although a destroy hangs", async () => {
    const pool = createResourcePool({ ...numbered(), destroy: () => new Promise(() => {}) });
    (await pool.acquire()).release();
    const started = performance.now();
    await pool.close({ timeoutMs: 20 });
    expect(performance.now() - started).toBeLessThan(1_200 + slackMs());
  });

  it("gives each call the same promise, and a shorter limit counts", async () => {
    const pool = createResourcePool(numbered());
    await pool.acquire();
    const first = pool.close({ timeoutMs: 60_000 });
    const second = pool.close({ timeoutMs: 10 });
    expect(second).toBe(first);
    await expect(first).resolves.toEqual({ leaked: 1 });
  });

  it("stops an open under way and destroys what it brings", async () => {
    const opening = deferred();
    const destroyed = vi.fn();
    const aborted = vi.fn();
    const pool = createResourcePool({
      create: async ({ signal }) => {
        signal.addEventListener("abort", aborted);
        await opening.promise;
        return {};
      },
      destroy: destroyed,
    });
    const waiting = pool.acquire();
    const closed = pool.close();
    await expect(waiting).rejects.toMatchObject({ code: "POOL_CLOSED" });
    expect(aborted).toHaveBeenCalledTimes(1);
    expect(pool.stats()).toMatchObject({ connecting: 0, closing: 1 });
    opening.resolve();
    await closed;
    expect(destroyed).toHaveBeenCalledTimes(1);
  });

  it("waits for a validation and a reset under way", async () => {
    const gate = deferred();
    const options = { aliveBypassMs: 0, validate: () => gate.promise.then(() => true) };
    const pool = createResourcePool({ ...numbered(), ...options });
    (await pool.acquire()).release();
    const waiting = pool.acquire();
    const closed = pool.close();
    await expect(waiting).rejects.toMatchObject({ code: "POOL_CLOSED" });
    gate.resolve();
    await expect(closed).resolves.toEqual({ leaked: 0 });
    expect(pool.stats()).toMatchObject({ size: 0 });
  });

  it("frees the place of a resource whose destroy fails, and says so", async () => {
    const warn = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), warn, error: vi.fn() };
    const destroy = () => Promise.reject(new Error("stuck"));
    await using pool = createResourcePool({ ...numbered(), destroy, max: 1, logger });
    (await pool.acquire()).destroy();
    using lease = await pool.acquire();
    expect(lease.resource.id).toBe(2);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(pool.stats().errors).toBe(1);
  });

  it("closes a pool that was never used", async () => {
    await expect(createResourcePool(numbered()).close()).resolves.toEqual({ leaked: 0 });
  });
});
