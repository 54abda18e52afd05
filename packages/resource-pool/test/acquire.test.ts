import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { type Lease, createResourcePool } from "../src/index.ts";
import { type Numbered, deferred, numbered } from "./fake-resources.ts";
import { machineSlack } from "./machine-slack.ts";

const slackMs = machineSlack();

describe("acquire", () => {
  it("opens nothing before the first call", async () => {
    const made: Numbered[] = [];
    await using pool = createResourcePool(numbered(made));
    expect(pool.stats()).toMatchObject({ size: 0, connecting: 0, created: 0 });
    (await pool.acquire()).release();
    expect(made).toHaveLength(1);
  });

  it("lends the resource used last first", async () => {
    await using pool = createResourcePool(numbered());
    const [one, two] = await Promise.all([pool.acquire(), pool.acquire()]);
    two.release();
    one.release();
    using next = await pool.acquire();
    expect(next.resource.id).toBe(1);
  });

  it("serves those who wait in the order they asked", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const held = await pool.acquire();
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (n) => {
      using lease = await pool.acquire();
      order.push(n);
      expect(lease.active).toBe(true);
    });
    held.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  it("lends a resource to one caller at a time", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 2 });
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    expect(leases[0].resource).not.toBe(leases[1].resource);
    expect(pool.tryAcquire()).toBeUndefined();
    for (const lease of leases) lease.release();
  });

  it("gives up at the deadline and says that the pool is exhausted", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1, acquireTimeoutMs: 60, name: "small" });
    using held = await pool.acquire();
    expect(held.active).toBe(true);
    const started = performance.now();
    const waits = Array.from({ length: 20 }, () => pool.acquire());
    const results = await Promise.allSettled(waits);
    const took = performance.now() - started;
    for (const result of results)
      expect(result).toMatchObject({
        status: "rejected",
        reason: {
          code: "POOL_ACQUIRE_TIMEOUT",
          retryable: true,
          message: expect.stringMatching(
            /^pool small: no resource within 60 ms: exhausted, 1 of at most 1 in use/,
          ) as string,
          stats: { inUse: 1, max: 1 },
        },
      });
    expect(took).toBeGreaterThanOrEqual(59);
    expect(took).toBeLessThan(160 + slackMs());
    expect(pool.stats()).toMatchObject({ waiting: 0, timeouts: 20, inUse: 1 });
  });

  it("keeps a shorter limit of one call, whatever the others' limits are", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const held = await pool.acquire();
    const long = pool.acquire();
    await expect(pool.acquire({ timeoutMs: 20 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    held.release();
    (await long).release();
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 31, "5" as unknown as number])(
    "refuses a limit of %s, also when something is idle",
    async (timeoutMs) => {
      await using pool = createResourcePool(numbered());
      (await pool.acquire()).release();
      await expect(pool.acquire({ timeoutMs })).rejects.toMatchObject({
        code: "OPTION_INVALID",
        problems: [{ option: "timeoutMs", value: timeoutMs }],
      });
    },
  );

  it("refuses one more than may wait", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1, maxWaiting: 2 });
    const held = await pool.acquire();
    const waiting = [pool.acquire(), pool.acquire()];
    await expect(pool.acquire()).rejects.toMatchObject({ code: "POOL_QUEUE_FULL", stats: { waiting: 2 } });
    held.release();
    for (const wait of waiting) (await wait).release();
  });

  it("lets callers in for whom there is room to open, even when none may wait", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 2, maxWaiting: 0 });
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    await expect(pool.acquire()).rejects.toMatchObject({ code: "POOL_QUEUE_FULL" });
    for (const lease of leases) lease.release();
  });

  it("rejects with the reason of a signal that has aborted before, and asks for nothing", async () => {
    await using pool = createResourcePool(numbered());
    const reason = new Error("gone before");
    await expect(pool.acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(pool.stats()).toMatchObject({ waiting: 0, connecting: 0 });
  });

  it("gives back a resource that arrives after the caller's abort", async () => {
    const opening = deferred();
    const { create, destroy } = numbered();
    await using pool = createResourcePool({
      create: async (context) => {
        await opening.promise;
        return create(context);
      },
      destroy,
    });
    const caller = new AbortController();
    const waiting = pool.acquire({ signal: caller.signal });
    caller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    opening.resolve();
    await expect.poll(() => pool.stats()).toMatchObject({ inUse: 0, idle: 1, waiting: 0 });
  });

  it("passes over a caller that has gone", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const held = await pool.acquire();
    const caller = new AbortController();
    const gone = pool.acquire({ signal: caller.signal });
    const next = pool.acquire();
    caller.abort(new Error("gone"));
    await expect(gone).rejects.toThrow("gone");
    held.release();
    (await next).release();
  });

  it("leaves the caller its lease when the signal aborts after the hand-over", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const held = await pool.acquire();
    const caller = new AbortController();
    const waiting = pool.acquire({ signal: caller.signal });
    held.release();
    caller.abort(new Error("too late"));
    const lease = await waiting;
    expect(lease.active).toBe(true);
    lease.release();
  });

  it("leaves no listener on a signal after 10,000 calls", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 4, maxWaiting: 10_000 });
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 10_000 }, async () => {
        using lease = await pool.acquire({ signal });
        expect(lease.active).toBe(true);
        await Promise.resolve();
      }),
    );
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(pool.stats()).toMatchObject({ acquired: 10_000, inUse: 0 });
  });
});

describe("tryAcquire", () => {
  it("lends what is idle and opens nothing", async () => {
    await using pool = createResourcePool(numbered());
    expect(pool.tryAcquire()).toBeUndefined();
    expect(pool.stats()).toMatchObject({ connecting: 0, size: 0 });
    (await pool.acquire()).release();
    const lease = pool.tryAcquire();
    expect(lease?.resource.id).toBe(1);
    lease?.release();
  });

  it("throws once the pool is closed", async () => {
    const pool = createResourcePool(numbered());
    await pool.close();
    expect(() => pool.tryAcquire()).toThrow(expect.objectContaining({ code: "POOL_CLOSED" }) as Error);
  });
});

describe("use", () => {
  it("gives the resource back after a return, a rejection and a throw", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    await expect(pool.use(({ id }) => id)).resolves.toBe(1);
    await expect(pool.use(() => Promise.reject(new Error("rejected")))).rejects.toThrow("rejected");
    const thrown = pool.use(() => {
      throw new Error("thrown");
    });
    await expect(thrown).rejects.toThrow("thrown");
    expect(pool.stats()).toMatchObject({ inUse: 0, idle: 1, acquired: 3 });
  });
});

describe("a lease", () => {
  const code = expect.objectContaining({ code: "POOL_LEASE_RELEASED" }) as Error;
  const ends: [string, (lease: Lease<Numbered>) => void][] = [
    ["release", (lease) => lease.release()],
    ["destroy", (lease) => lease.destroy()],
    ["use", (lease) => lease.resource],
  ];

  it.each(ends)("refuses %s after it has ended", async (_name, act) => {
    await using pool = createResourcePool(numbered());
    const lease = await pool.acquire();
    lease.release();
    expect(() => act(lease)).toThrow(code);
    expect(pool.stats()).toMatchObject({ idle: 1, inUse: 0 });
  });

  it("is harmless to the next holder of its resource", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const first = await pool.acquire();
    first.release();
    const second = await pool.acquire();
    expect(() => first.destroy()).toThrow(code);
    expect(second.resource.open).toBe(true);
    second.release();
  });

  it("ends by disposal, which does nothing after a release", async () => {
    await using pool = createResourcePool(numbered());
    {
      using lease = await pool.acquire();
      expect(lease.active).toBe(true);
    }
    {
      await using lease = await pool.acquire();
      lease.release();
    }
    expect(pool.stats()).toMatchObject({ idle: 1, inUse: 0 });
  });

  it("destroys its resource, and another one is opened for who waits", async () => {
    const made: Numbered[] = [];
    await using pool = createResourcePool({ ...numbered(made), max: 1 });
    const lease = await pool.acquire();
    const next = pool.acquire();
    lease.destroy(new Error("broken"));
    using replacement = await next;
    expect(replacement.resource.id).toBe(2);
    expect(made[0]?.open).toBe(false);
    expect(pool.stats()).toMatchObject({ created: 2, destroyed: 1, size: 1 });
  });
});
