import { describe, expect, it, vi } from "vitest";
import { PoolError, createResourcePool } from "../src/index.ts";
import { type Numbered, deferred, numbered } from "./fake-resources.ts";
import { machineSlack } from "./machine-slack.ts";

const slackMs = machineSlack();

const logger = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() });

describe("opening", () => {
  const failures: [string, () => Promise<never>][] = [
    ["rejects in a microtask", () => Promise.reject(new Error("refused"))],
    [
      "throws",
      () => {
        throw new Error("refused");
      },
    ],
  ];

  it.each(failures)(
    "does not spin when create %s: timers fire, the caller hears the cause in time",
    async (_name, create) => {
      let attempts = 0;
      await using pool = createResourcePool({
        create: () => {
          attempts += 1;
          return create();
        },
        destroy: () => {},
        acquireTimeoutMs: 400,
      });
      let ticks = 0;
      const ticking = setInterval(() => (ticks += 1), 10);
      const started = performance.now();
      await expect(pool.acquire()).rejects.toMatchObject({
        code: "POOL_ACQUIRE_TIMEOUT",
        message: expect.stringContaining("last with: pool default: opening failed: refused") as string,
        cause: { code: "POOL_CONNECT_FAILED", cause: { message: "refused" } },
      });
      clearInterval(ticking);
      const took = performance.now() - started;
      expect(took).toBeGreaterThanOrEqual(399);
      expect(took).toBeLessThan(500 + slackMs());
      // A spin would let through none.
      expect(ticks).toBeGreaterThanOrEqual(2);
      // 20, 40, 80, 160 ms, each shortened by up to a half.
      expect(attempts).toBeGreaterThanOrEqual(3);
      expect(attempts).toBeLessThanOrEqual(8);
      expect(pool.stats()).toMatchObject({ errors: attempts, created: 0 });
    },
  );

  it("probes with one at a time while it fails, and with at most 4 once it works", async () => {
    let up = false;
    let running = 0;
    let mostDown = 0;
    let mostUp = 0;
    const { create, destroy } = numbered();
    await using pool = createResourcePool({
      create: async (context) => {
        running += 1;
        if (up) mostUp = Math.max(mostUp, running);
        else if (pool.stats().errors > 0) mostDown = Math.max(mostDown, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        if (!up) throw new Error("down");
        return create(context);
      },
      destroy,
      max: 20,
    });
    const waiting = Array.from({ length: 20 }, () => pool.acquire());
    await expect.poll(() => pool.stats().errors).toBeGreaterThan(5);
    up = true;
    const leases = await Promise.all(waiting);
    expect(mostDown).toBeLessThanOrEqual(4);
    expect(mostUp).toBeLessThanOrEqual(4);
    expect(mostUp).toBeGreaterThan(1);
    for (const lease of leases) lease.release();
  });

  it("finds out that a black hole is over while earlier opens still hang in it, with at most 4 at once", async () => {
    let hole = true;
    let running = 0;
    let most = 0;
    const { create, destroy } = numbered();
    await using pool = createResourcePool<Numbered>({
      create: async (context) => {
        most = Math.max(most, (running += 1));
        try {
          if (hole)
            await new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(new Error("gone"))));
          return await create(context);
        } finally {
          running -= 1;
        }
      },
      destroy,
      connectTimeoutMs: 2_000,
      acquireTimeoutMs: 30_000,
      max: 10,
    });
    const waiting = pool.acquire();
    await expect.poll(() => pool.stats().connecting, { timeout: 5_000 }).toBe(2);
    hole = false;
    const since = performance.now();
    (await waiting).release();
    // One begins every 500 ms; the first would have hung for 1,500 ms more.
    expect(performance.now() - since).toBeLessThan(1_200 + slackMs());
    expect(most).toBeLessThanOrEqual(4);
  });

  it("opens half as many at first when all that was open is lost", async () => {
    const made: Numbered[] = [];
    const gates: (() => void)[] = [];
    const { create, destroy } = numbered(made);
    await using pool = createResourcePool<Numbered>({
      create: async (context) => {
        await new Promise<void>((resolve) => void gates.push(resolve));
        return create(context);
      },
      destroy,
      max: 8,
    });
    const take = () => Array.from({ length: 8 }, () => pool.acquire());
    const first = take();
    expect(pool.stats().connecting).toBe(4);
    const openAll = async (): Promise<void> => {
      while (pool.stats().size < 8) {
        for (const open of gates.splice(0)) open();
        await new Promise(setImmediate);
      }
    };
    await openAll();
    for (const lease of await Promise.all(first)) lease.release();
    for (const { lost } of made.slice()) lost();
    const second = take();
    await expect.poll(() => pool.stats()).toMatchObject({ connecting: 2, closing: 0 });
    gates.shift()?.();
    // It works again: as many as may be.
    await expect.poll(() => pool.stats().connecting).toBe(4);
    await openAll();
    for (const lease of await Promise.all(second)) lease.release();
  });

  it("recovers within the longest pause once the server is back", async () => {
    let up = false;
    const { create, destroy } = numbered();
    await using pool = createResourcePool({
      create: (context) => {
        if (!up) throw new Error("down");
        return create(context);
      },
      destroy,
    });
    const waiting = pool.acquire();
    await expect.poll(() => pool.stats().errors, { timeout: 5_000 }).toBeGreaterThan(6);
    up = true;
    const since = performance.now();
    (await waiting).release();
    expect(performance.now() - since).toBeLessThan(300 + slackMs());
  });

  it("says once that it fails and once that it works again", async () => {
    const log = logger();
    let left = 3;
    const { create, destroy } = numbered();
    await using pool = createResourcePool({
      create: (context) => {
        left -= 1;
        if (left >= 0) throw new Error("down");
        return create(context);
      },
      destroy,
      logger: log,
    });
    (await pool.acquire()).release();
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(log.info).toHaveBeenCalledTimes(1);
  });

  it("rejects all who wait at once when it is refused for good", async () => {
    const refusal = new PoolError("POOL_REFUSED_AUTH", "wrong password");
    await using pool = createResourcePool({ create: () => Promise.reject(refusal), destroy: () => {}, max: 1 });
    const started = performance.now();
    const results = await Promise.allSettled([pool.acquire(), pool.acquire(), pool.acquire()]);
    expect(results.map((result) => (result.status === "rejected" ? (result.reason as unknown) : undefined))).toEqual([
      refusal,
      refusal,
      refusal,
    ]);
    expect(performance.now() - started).toBeLessThan(1_000 + slackMs());
    expect(refusal.retryable).toBe(false);
  });

  it("gives up an open that takes too long, tells it so, and destroys what comes late", async () => {
    const late = deferred<Numbered>();
    const signals: AbortSignal[] = [];
    const destroyed: Numbered[] = [];
    await using pool = createResourcePool<Numbered>({
      create: ({ signal }) => {
        signals.push(signal);
        if (signals.length === 1) return late.promise;
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up"))));
      },
      destroy: (resource) => void destroyed.push(resource),
      connectTimeoutMs: 30,
      acquireTimeoutMs: 100,
    });
    await expect(pool.acquire()).rejects.toMatchObject({
      code: "POOL_ACQUIRE_TIMEOUT",
      cause: { code: "POOL_CONNECT_TIMEOUT", message: "pool default: opening took longer than 30 ms" },
    });
    expect(signals[0]?.aborted).toBe(true);
    const resource = { id: 1, open: true, lost: () => {} };
    late.resolve(resource);
    await expect.poll(() => destroyed[0]).toBe(resource);
    expect(pool.stats()).toMatchObject({ size: 0, inUse: 0 });
  });

  it("keeps the place of an open that was given up until it has ended, what it brings is destroyed", async () => {
    const late = deferred<Numbered>();
    const { create, destroy } = numbered();
    let attempts = 0;
    let most = 0;
    let live = 0;
    await using pool = createResourcePool<Numbered>({
      create: async (context) => {
        attempts += 1;
        live += 1;
        most = Math.max(most, live);
        return attempts === 1 ? late.promise : create(context);
      },
      destroy: (resource) => {
        live -= 1;
        destroy(resource);
      },
      max: 1,
      connectTimeoutMs: 20,
    });
    const waiting = pool.acquire();
    await expect.poll(() => pool.stats()).toMatchObject({ connecting: 0, closing: 1, errors: 1 });
    // Longer than any pause between attempts at this point.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(attempts).toBe(1);
    late.resolve({ id: 0, open: true, lost: () => {} });
    (await waiting).release();
    expect(most).toBe(1);
    expect(pool.stats()).toMatchObject({ size: 1, closing: 0, created: 1, destroyed: 0 });
  });

  it("says so when destroying what came too late fails", async () => {
    const late = deferred<object>();
    const log = logger();
    let attempts = 0;
    await using pool = createResourcePool<object>({
      create: () => ((attempts += 1) === 1 ? late.promise : Promise.reject(new Error("down"))),
      destroy: () => Promise.reject(new Error("stuck")),
      connectTimeoutMs: 10,
      acquireTimeoutMs: 1_000,
      max: 1,
      logger: log,
    });
    const waiting = pool.acquire();
    waiting.catch(() => {});
    await expect.poll(() => pool.stats().closing).toBe(1);
    late.resolve({});
    await expect
      .poll(() => log.warn.mock.calls.map(([, message]) => message as string))
      .toContain("ending an open that was given up failed");
    await expect(waiting).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
  });

  it("keeps a resource whose caller has timed out for the next one", async () => {
    const opening = deferred();
    const { create, destroy } = numbered();
    await using pool = createResourcePool({
      create: async (context) => {
        await opening.promise;
        return create(context);
      },
      destroy,
    });
    await expect(pool.acquire({ timeoutMs: 20 })).rejects.toMatchObject({
      message: expect.stringContaining("1 are still being opened") as string,
    });
    opening.resolve();
    (await pool.acquire()).release();
    expect(pool.stats()).toMatchObject({ created: 1, idle: 1 });
  });

  it("never has more than max, those being destroyed included", async () => {
    let live = 0;
    let most = 0;
    await using pool = createResourcePool({
      create: async () => {
        live += 1;
        most = Math.max(most, live);
        await new Promise((resolve) => setTimeout(resolve, 2));
        return {};
      },
      destroy: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        live -= 1;
      },
      max: 5,
    });
    await Promise.all(
      Array.from({ length: 40 }, async () => {
        const lease = await pool.acquire();
        lease.destroy();
      }),
    );
    expect(most).toBe(5);
  });

  it("keeps `min` from the first use on and replaces those that die", async () => {
    const made: Numbered[] = [];
    await using pool = createResourcePool({ ...numbered(made), min: 3, max: 5 });
    expect(pool.stats().size).toBe(0);
    (await pool.acquire()).release();
    await expect.poll(() => pool.stats().idle).toBe(3);
    for (const resource of made.slice(0, 3)) resource.lost();
    await expect.poll(() => pool.stats(), { timeout: 1_000 }).toMatchObject({ idle: 3, created: 6, destroyed: 3 });
  });
});

describe("ready", () => {
  it("opens one and is at once when there is one", async () => {
    await using pool = createResourcePool(numbered());
    await pool.ready();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 });
    await pool.ready();
    expect(pool.stats()).toMatchObject({ acquired: 1 });
  });

  it("rejects with the last failure", async () => {
    await using pool = createResourcePool({ create: () => Promise.reject(new Error("refused")), destroy: () => {} });
    await expect(pool.ready({ timeoutMs: 50 })).rejects.toMatchObject({
      code: "POOL_ACQUIRE_TIMEOUT",
      cause: { code: "POOL_CONNECT_FAILED" },
    });
  });

  it("ends with the signal's reason", async () => {
    await using pool = createResourcePool({ create: () => Promise.reject(new Error("refused")), destroy: () => {} });
    const caller = new AbortController();
    const ready = pool.ready({ signal: caller.signal });
    caller.abort(new Error("enough"));
    await expect(ready).rejects.toThrow("enough");
  });
});
