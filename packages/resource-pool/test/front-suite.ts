import { describe, expect, it } from "vitest";
import { type PoolOptions, type ResourcePoolOptions, createResourcePool } from "../src/index.ts";

/** One kind of resource to run the suite with. */
export interface FrontResources<R> {
  readonly create: ResourcePoolOptions<R>["create"];
  readonly destroy: ResourcePoolOptions<R>["destroy"];
  readonly validate: (resource: R) => boolean | Promise<boolean>;
  /** Uses it: rejects when it does not work. */
  readonly use: (resource: R) => Promise<unknown>;
  /** Makes it die, and its pool hear of it. */
  readonly kill: (resource: R) => unknown;
}

/** What a pool promises whatever it holds. */
export function frontSuite<R>(kind: string, resources: () => FrontResources<R>): void {
  const poolOf = (options: PoolOptions = {}) => {
    const { create, destroy, validate } = resources();
    const live = { now: 0, most: 0 };
    const pool = createResourcePool<R>({
      create: async (context) => {
        live.now += 1;
        live.most = Math.max(live.most, live.now);
        try {
          return await create(context);
        } catch (error) {
          live.now -= 1;
          throw error;
        }
      },
      destroy: async (resource) => {
        await destroy(resource);
        live.now -= 1;
      },
      validate,
      max: 3,
      ...options,
    });
    return { pool, live };
  };

  describe(`a pool of ${kind}`, () => {
    it("lends each to one caller at a time, never opens more than max, and gets all back", async () => {
      const { use } = resources();
      const { pool, live } = poolOf();
      const lent = new Set<R>();
      const served: number[] = [];
      await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          pool.use(async (resource) => {
            expect(lent.has(resource)).toBe(false);
            lent.add(resource);
            await use(resource);
            served.push(n);
            lent.delete(resource);
          }),
        ),
      );
      expect(served).toHaveLength(60);
      expect(live.most).toBeLessThanOrEqual(3);
      expect(pool.stats()).toMatchObject({ inUse: 0, waiting: 0, acquired: 60 });
      await expect(pool.close()).resolves.toEqual({ leaked: 0 });
      expect(live.now).toBe(0);
    });

    it("serves by priority, then in order, and rejects at the deadline", async () => {
      const { pool } = poolOf({ max: 1 });
      const held = await pool.acquire();
      await expect(pool.acquire({ timeoutMs: 20 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
      const order: string[] = [];
      const waits = [
        pool.use(() => order.push("first")),
        pool.use(() => order.push("second")),
        pool.use(() => order.push("urgent"), { priority: 1 }),
      ];
      held.release();
      await Promise.all(waits);
      expect(order).toEqual(["urgent", "first", "second"]);
      await pool.close();
    });

    it("does not lend one that has died, idle or on loan", async () => {
      const { use, kill } = resources();
      const { pool } = poolOf({ max: 1 });
      let last: R | undefined;
      for (const idle of [true, false]) {
        const lease = await pool.acquire();
        const { resource } = lease;
        expect(resource).not.toBe(last);
        await use(resource);
        last = resource;
        if (idle) lease.release();
        await kill(resource);
        // The pool hears of it in its own time.
        if (idle) await expect.poll(() => pool.stats().size).toBe(0);
        else {
          await expect.poll(async () => resources().validate(resource)).toBe(false);
          lease.destroy(new Error("it is dead"));
        }
      }
      await pool.use(async (resource) => {
        expect(resource).not.toBe(last);
        await use(resource);
      });
      await pool.close();
    });

    it("asks one before it is lent again, and lends the same", async () => {
      const { pool } = poolOf({ max: 1, aliveBypassMs: 0, validationTimeoutMs: 2_000 });
      const first = await pool.use((resource) => resource);
      await pool.use((resource) => expect(resource).toBe(first));
      expect(pool.stats()).toMatchObject({ created: 1, errors: 0 });
      await pool.close();
    });

    it("replaces all on evict, those on loan when they come back", async () => {
      const { pool, live } = poolOf();
      await pool.warmup(2);
      const held = await pool.acquire();
      const { resource } = held;
      pool.evict();
      await resources().use(resource);
      held.release();
      await expect.poll(() => live.now).toBe(0);
      await pool.use((next) => expect(next).not.toBe(resource));
      await pool.close();
    });

    it("lends nothing while suspended", async () => {
      const { pool } = poolOf();
      await pool.warmup(1);
      pool.suspend();
      expect(pool.tryAcquire()).toBeUndefined();
      const waiting = pool.use(() => "served");
      pool.resume();
      expect(await waiting).toBe("served");
      await pool.close();
    });

    it("close lets leases end, takes the rest by force, and leaves nothing open", async () => {
      const { pool, live } = poolOf();
      const [ends, stays] = await Promise.all([pool.acquire(), pool.acquire()]);
      const closing = pool.close({ timeoutMs: 100 });
      await expect(pool.acquire()).rejects.toMatchObject({ code: "POOL_CLOSED" });
      await resources().use(ends.resource);
      ends.release();
      expect(await closing).toEqual({ leaked: 1 });
      expect(stays.active).toBe(false);
      expect(() => stays.resource).toThrow("used after it had ended");
      expect(live.now).toBe(0);
    });
  });
}
