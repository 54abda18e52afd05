import { describe, expect, it } from "vitest";
import { createResourcePool } from "../src/index.ts";
import { drawExpiry } from "../src/slot.ts";
import { type Numbered, deferred, numbered } from "./fake-resources.ts";

const never = new Promise<boolean>(() => {});

describe("validation", () => {
  it("is left out for a resource that was alive a moment ago", async () => {
    let asked = 0;
    const validate = () => (asked += 1) > 0;
    await using pool = createResourcePool({ ...numbered(), validate });
    for (let n = 0; n < 5; n++) (await pool.acquire()).release();
    expect(asked).toBe(0);
  });

  const verdicts: [string, () => boolean | Promise<boolean>][] = [
    ["says no", () => false],
    ["resolves to no", async () => false],
    ["rejects", () => Promise.reject(new Error("broken"))],
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["hangs", () => never],
  ];

  it.each(verdicts)("replaces the resource when it %s, and the caller goes on waiting", async (_name, validate) => {
    const made: Numbered[] = [];
    const options = { aliveBypassMs: 0, validationTimeoutMs: 20, max: 1 };
    await using pool = createResourcePool({ ...numbered(made), ...options, validate });
    (await pool.acquire()).release();
    using lease = await pool.acquire();
    expect(lease.resource.id).toBe(2);
    expect(made[0]?.open).toBe(false);
  });

  it("runs for several callers at the same time", async () => {
    let running = 0;
    let most = 0;
    const gate = deferred();
    const validate = async () => {
      most = Math.max(most, (running += 1));
      await gate.promise;
      running -= 1;
      return true;
    };
    await using pool = createResourcePool({ ...numbered(), validate, aliveBypassMs: 0, max: 3 });
    const first = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of first) lease.release();
    const second = [pool.acquire(), pool.acquire(), pool.acquire()];
    expect(most).toBe(3);
    gate.resolve();
    for (const lease of await Promise.all(second)) lease.release();
    expect(pool.stats()).toMatchObject({ created: 3, idle: 3 });
  });

  it("counts into the caller's deadline", async () => {
    const options = { aliveBypassMs: 0, validationTimeoutMs: 500, max: 1 };
    await using pool = createResourcePool({ ...numbered(), ...options, validate: () => never });
    (await pool.acquire()).release();
    await expect(pool.acquire({ timeoutMs: 30 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    await expect.poll(() => pool.stats(), { timeout: 2_000 }).toMatchObject({ size: 0, destroyed: 1 });
  });
});

describe("reset", () => {
  it("is awaited before the next loan", async () => {
    const gate = deferred();
    await using pool = createResourcePool({ ...numbered(), max: 1, reset: () => gate.promise });
    (await pool.acquire()).release();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 0, inUse: 0 });
    const waiting = pool.acquire();
    gate.resolve();
    (await waiting).release();
    expect(pool.stats().created).toBe(1);
  });

  const verdicts: [string, () => boolean | Promise<boolean>][] = [
    ["says no", () => false],
    ["rejects", () => Promise.reject(new Error("broken"))],
    ["hangs", () => never],
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
  ];

  it.each(verdicts)("destroys the resource when it %s", async (_name, reset) => {
    const made: Numbered[] = [];
    await using pool = createResourcePool({ ...numbered(made), max: 1, reset, validationTimeoutMs: 20 });
    (await pool.acquire()).release();
    using lease = await pool.acquire();
    expect(lease.resource.id).toBe(2);
    expect(made[0]?.open).toBe(false);
  });
});

describe("a resource that dies by itself", () => {
  it("is taken out while it is idle", async () => {
    const made: Numbered[] = [];
    await using pool = createResourcePool(numbered(made));
    (await pool.acquire()).release();
    made[0]?.lost(new Error("reset by peer"));
    expect(pool.stats()).toMatchObject({ idle: 0, size: 0 });
    using lease = await pool.acquire();
    expect(lease.resource.id).toBe(2);
  });

  it("is destroyed when it comes back", async () => {
    const made: Numbered[] = [];
    await using pool = createResourcePool(numbered(made));
    const lease = await pool.acquire();
    lease.resource.lost();
    expect(lease.active).toBe(true);
    lease.release();
    expect(made[0]?.open).toBe(false);
  });

  it("is not lent when it died before it was handed over", async () => {
    const made: Numbered[] = [];
    const { create, destroy } = numbered(made);
    await using pool = createResourcePool<Numbered>({
      create: async (context) => {
        const resource = await create(context);
        if (resource.id === 1) resource.lost();
        return resource;
      },
      destroy,
    });
    using lease = await pool.acquire();
    expect(lease.resource.id).toBe(2);
  });
});

describe("limits of life", () => {
  it("destroys what is idle for too long, down to `min`, longest idle first", async () => {
    const made: Numbered[] = [];
    await using pool = createResourcePool({ ...numbered(made), min: 1, idleTimeoutMs: 40 });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    await expect.poll(() => pool.stats()).toMatchObject({ size: 1, destroyed: 2 });
    expect(made.map(({ open }) => open)).toEqual([false, false, true]);
  });

  it("destroys what is too old: at once when idle, else when it comes back", async () => {
    const made: Numbered[] = [];
    await using pool = createResourcePool({ ...numbered(made), maxLifetimeMs: 60 });
    const [held, other] = await Promise.all([pool.acquire(), pool.acquire()]);
    other.release();
    await expect.poll(() => made[1]?.open).toBe(false);
    // Each has a life of its own length: the other one's may be the shorter by some milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(held.resource.open).toBe(true);
    held.release();
    expect(made[0]?.open).toBe(false);
  });

  it("lets each resource live 75 to 90 % of the limit", () => {
    const now = performance.now();
    expect(drawExpiry(1_000, () => 0) - now).toBeCloseTo(900, -1);
    expect(drawExpiry(1_000, () => 1) - now).toBeCloseTo(750, -1);
    expect(drawExpiry(0)).toBe(Infinity);
  });

  it("does not keep the process alive", async () => {
    const { execFile } = await import("node:child_process");
    const program = `
      import { createResourcePool } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
      const pool = createResourcePool({ create: () => ({}), destroy: () => {}, idleTimeoutMs: 60_000, min: 2 });
      (await pool.acquire()).release();
      console.log("done");`;
    const args = [...process.execArgv, "--input-type=module", "--eval", program];
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, args, { timeout: 10_000 }, (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      );
    });
    expect(output).toBe("done\n");
  });
});

describe("evict", () => {
  it("replaces idle resources now, lent ones when they come back, and those being opened", async () => {
    const made: Numbered[] = [];
    const gate = deferred();
    const { create, destroy } = numbered(made);
    await using pool = createResourcePool<Numbered>({
      create: async (context) => {
        const resource = await create(context);
        if (resource.id === 3) await gate.promise;
        return resource;
      },
      destroy,
      max: 3,
    });
    const [held, idle] = await Promise.all([pool.acquire(), pool.acquire()]);
    const waiting = pool.acquire();
    idle.release();
    (await waiting).release();
    pool.evict();
    expect(made[1]?.open).toBe(false);
    expect(held.resource.open).toBe(true);
    held.release();
    expect(made[0]?.open).toBe(false);
    gate.resolve();
    await expect.poll(() => made[2]?.open).toBe(false);
    using lease = await pool.acquire();
    expect(lease.resource.id).toBe(4);
  });
});
