import { describe, expect, it } from "vitest";
import { type CreateContext, createResourcePool } from "../src/index.ts";
import { numbered } from "./fake-resources.ts";

describe("suspend", () => {
  it("holds acquires up until resume, and then serves them in their order", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    (await pool.acquire()).release();
    pool.suspend();
    expect(pool.tryAcquire()).toBeUndefined();
    const order: number[] = [];
    const waiting = [1, 2].map((n) => pool.use(() => void order.push(n)));
    expect(pool.stats()).toMatchObject({ suspended: true, waiting: 2, idle: 1, inUse: 0 });
    pool.resume();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2]);
    expect(pool.stats()).toMatchObject({ suspended: false, waiting: 0, created: 1 });
  });

  it("lets leases end without lending what they give back", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const held = await pool.acquire();
    const waiting = pool.acquire();
    pool.suspend();
    held.release();
    expect(pool.stats()).toMatchObject({ waiting: 1, idle: 1, inUse: 0 });
    pool.resume();
    (await waiting).release();
  });

  it("opens nothing for those who wait, whose deadlines run on", async () => {
    await using pool = createResourcePool(numbered());
    pool.suspend();
    await expect(pool.acquire({ timeoutMs: 20 })).rejects.toMatchObject({
      code: "POOL_ACQUIRE_TIMEOUT",
      message: "pool default: no resource within 20 ms: the pool is suspended",
      stats: { suspended: true, created: 0, connecting: 0 },
    });
    pool.resume();
    pool.resume();
    (await pool.acquire()).release();
  });

  it("bounds those who wait", async () => {
    await using pool = createResourcePool({ ...numbered(), maxWaiting: 1 });
    pool.suspend();
    const first = pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({ code: "POOL_QUEUE_FULL" });
    pool.resume();
    (await first).release();
  });

  it("does not keep a pool from closing", async () => {
    const pool = createResourcePool(numbered());
    (await pool.acquire()).release();
    pool.suspend();
    const waiting = pool.acquire();
    const closed = pool.close();
    await expect(waiting).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await expect(closed).resolves.toEqual({ leaked: 0 });
  });
});

describe("warmup", () => {
  it("resolves when so many are alive, lent ones included", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 5 });
    const held = await pool.acquire();
    await pool.warmup(4);
    expect(pool.stats()).toMatchObject({ size: 4, idle: 3, acquired: 1 });
    await pool.warmup(2);
    await pool.warmup(0);
    expect(pool.stats().created).toBe(4);
    held.release();
  });

  it("opens while the pool is suspended", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 3 });
    pool.suspend();
    await pool.warmup(3);
    expect(pool.stats()).toMatchObject({ idle: 3 });
  });

  it("goes on after a failure", async () => {
    const { create, destroy } = numbered();
    let failures = 2;
    await using pool = createResourcePool({
      create: (context) => {
        if (failures-- > 0) throw new Error("down");
        return create(context);
      },
      destroy,
    });
    await pool.warmup(2);
    expect(pool.stats()).toMatchObject({ size: 2, errors: 2 });
  });

  it("gives up at its deadline, with the last failure as the cause", async () => {
    await using pool = createResourcePool({ create: () => Promise.reject(new Error("refused")), destroy: () => {} });
    await expect(pool.warmup(2, { timeoutMs: 40 })).rejects.toMatchObject({
      code: "POOL_ACQUIRE_TIMEOUT",
      cause: { code: "POOL_CONNECT_FAILED" },
    });
  });

  it("ends with the signal's reason, and with the pool", async () => {
    const create = ({ signal }: CreateContext) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up"))));
    const pool = createResourcePool({ create, destroy: () => {} });
    await expect(pool.warmup(1, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
    const caller = new AbortController();
    const aborted = pool.warmup(1, { signal: caller.signal });
    caller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    const warming = pool.warmup(1);
    const closed = pool.close();
    await expect(warming).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await closed;
    await expect(pool.warmup(1)).rejects.toMatchObject({ code: "POOL_CLOSED" });
  });

  it.each([-1, 11, 1.5, Number.NaN])("refuses %s of at most 10", async (count) => {
    await using pool = createResourcePool(numbered());
    await expect(pool.warmup(count)).rejects.toMatchObject({
      code: "OPTION_INVALID",
      problems: [{ option: "count", value: count }],
    });
  });
});
