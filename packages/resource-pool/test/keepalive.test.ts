import { describe, expect, it } from "vitest";
import { createResourcePool } from "../src/index.ts";
import { type Numbered, numbered } from "./fake-resources.ts";

describe("keepalive", () => {
  it("validates idle resources from time to time, and replaces those of `min` that have died", async () => {
    const made: Numbered[] = [];
    const asked: number[] = [];
    const dead = new Set<number>();
    await using pool = createResourcePool({
      ...numbered(made),
      validate: ({ id }) => {
        asked.push(id);
        return !dead.has(id);
      },
      min: 2,
      keepaliveMs: 30,
    });
    await pool.warmup(2);
    await expect.poll(() => asked.filter((id) => id === 1).length).toBeGreaterThanOrEqual(2);
    expect(pool.stats()).toMatchObject({ created: 2, destroyed: 0, inUse: 0 });
    dead.add(1).add(2);
    await expect.poll(() => pool.stats()).toMatchObject({ created: 4, destroyed: 2, size: 2 });
  });

  it("is no use: what is idle for too long ends all the same, and the order of lending stays", async () => {
    let asked = 0;
    const validate = () => (asked += 1) > 0;
    await using pool = createResourcePool({ ...numbered(), validate, keepaliveMs: 20, idleTimeoutMs: 300 });
    const [one, two] = await Promise.all([pool.acquire(), pool.acquire()]);
    one.release();
    await expect.poll(() => asked).toBeGreaterThanOrEqual(1);
    two.release();
    const before = asked;
    await expect.poll(() => asked).toBeGreaterThanOrEqual(before + 2);
    using next = await pool.acquire();
    expect(next.resource.id).toBe(2);
    await expect.poll(() => pool.stats(), { timeout: 3_000 }).toMatchObject({ size: 1, destroyed: 1 });
  });

  it("does not touch what is lent, and does nothing without `validate` or when off", async () => {
    let asked = 0;
    const validate = () => (asked += 1) > 0;
    await using pool = createResourcePool({ ...numbered(), validate, keepaliveMs: 10 });
    await using off = createResourcePool({ ...numbered(), validate, keepaliveMs: 0, idleTimeoutMs: 60_000 });
    using held = await pool.acquire();
    expect(held.active).toBe(true);
    (await off.acquire()).release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toBe(0);
  });

  it("holds no caller up while a ping hangs", async () => {
    let asked = 0;
    const validate = () => ((asked += 1), new Promise<boolean>(() => {}));
    const limits = { keepaliveMs: 10, aliveBypassMs: 60_000, validationTimeoutMs: 2_000, max: 2 };
    await using pool = createResourcePool({ ...numbered(), ...limits, validate });
    (await pool.acquire()).release();
    await expect.poll(() => asked).toBe(1);
    using other = await pool.acquire();
    expect(other.resource.id).toBe(2);
  });
});
