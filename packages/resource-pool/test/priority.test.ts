import { describe, expect, it } from "vitest";
import { createResourcePool } from "../src/index.ts";
import { numbered } from "./fake-resources.ts";

describe("priority", () => {
  it("serves higher ones first and equal ones in the order they asked", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const held = await pool.acquire();
    const order: string[] = [];
    const ask = async (name: string, priority?: number): Promise<void> => {
      using lease = await pool.acquire({ priority });
      expect(lease.active).toBe(true);
      order.push(name);
    };
    const all = [ask("a"), ask("b", -1), ask("c", 5), ask("d"), ask("e", 7), ask("f", 5), ask("g", -1)];
    held.release();
    await Promise.all(all);
    expect(order).toEqual(["e", "c", "f", "a", "d", "b", "g"]);
  });

  it("leaves the deadlines of those it passes as they are", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const held = await pool.acquire();
    const low = pool.acquire({ timeoutMs: 20 });
    const high = pool.acquire({ priority: 1 });
    await expect(low).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    held.release();
    (await high).release();
  });

  it("takes out one in the middle that has gone", async () => {
    await using pool = createResourcePool({ ...numbered(), max: 1 });
    const held = await pool.acquire();
    const low = pool.acquire();
    const caller = new AbortController();
    const middle = pool.acquire({ priority: 1, signal: caller.signal });
    const high = pool.acquire({ priority: 2 });
    caller.abort(new Error("gone"));
    await expect(middle).rejects.toThrow("gone");
    held.release();
    (await high).release();
    (await low).release();
    expect(pool.stats()).toMatchObject({ waiting: 0, inUse: 0, acquired: 3 });
  });

  it.each([0.5, Number.NaN, Infinity, "1" as unknown as number])("refuses %s", async (priority) => {
    await using pool = createResourcePool(numbered());
    await expect(pool.acquire({ priority })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      problems: [{ option: "priority", value: priority }],
    });
  });
});
