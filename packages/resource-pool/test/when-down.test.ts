import { describe, expect, it, vi } from "vitest";
import { PoolError, createResourcePool } from "../src/index.ts";
import { numbered } from "./fake-resources.ts";
import { machineSlack } from "./machine-slack.ts";

const slackMs = machineSlack();

/** A factory whose server can be stopped and started. */
function server() {
  const { create, destroy } = numbered();
  const state = { up: false, attempts: 0 };
  return {
    state,
    destroy,
    create: async (context: Parameters<typeof create>[0]) => {
      state.attempts += 1;
      if (!state.up) throw new Error("refused");
      return create(context);
    },
  };
}

describe('whenDown "fail-fast"', () => {
  it("refuses new callers at once after 3 failures, and recovers without being asked", async () => {
    const { state, ...factory } = server();
    await using pool = createResourcePool({ ...factory, whenDown: "fail-fast", acquireTimeoutMs: 10_000 });
    const early = pool.acquire();
    await expect.poll(() => pool.stats().errors).toBeGreaterThanOrEqual(3);
    const started = performance.now();
    await expect(pool.acquire()).rejects.toMatchObject({
      code: "POOL_CONNECT_FAILED",
      retryable: true,
      message: expect.stringMatching(/^pool default: down, opening failed \d+ times in a row/) as string,
      cause: { code: "POOL_CONNECT_FAILED", cause: { message: "refused" } },
      stats: { size: 0 },
    });
    expect(performance.now() - started).toBeLessThan(1_000 + slackMs());
    state.up = true;
    (await early).release();
    (await pool.acquire()).release();
  });

  it("tries on although nobody waits", async () => {
    const { state, ...factory } = server();
    await using pool = createResourcePool({ ...factory, whenDown: "fail-fast" });
    const caller = new AbortController();
    const waiting = pool.acquire({ signal: caller.signal });
    await expect.poll(() => pool.stats().errors).toBeGreaterThanOrEqual(3);
    caller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    state.up = true;
    await expect.poll(() => pool.stats().idle).toBe(1);
  });

  it("lets callers wait while something is alive", async () => {
    const { state, ...factory } = server();
    state.up = true;
    await using pool = createResourcePool({ ...factory, whenDown: "fail-fast", max: 3 });
    const held = await pool.acquire();
    state.up = false;
    const waiting = [pool.acquire(), pool.acquire()];
    await expect.poll(() => pool.stats().errors).toBeGreaterThanOrEqual(4);
    waiting.push(pool.acquire());
    held.release();
    for (const wait of waiting) (await wait).release();
  });

  it("asks again after a refusal for good", async () => {
    const create = () => Promise.reject(new PoolError("POOL_REFUSED_AUTH", "wrong password"));
    await using pool = createResourcePool({ create, destroy: () => {}, whenDown: "fail-fast", backoffMaxMs: 20 });
    for (let n = 0; n < 5; n++)
      await expect(pool.acquire()).rejects.toMatchObject({ code: "POOL_REFUSED_AUTH", message: "wrong password" });
  });
});

describe("events", () => {
  it("tell what is opened, what is destroyed, and who got nothing in time; a listener that throws disturbs nobody", async () => {
    const { create, destroy } = numbered();
    const error = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error };
    await using pool = createResourcePool({ create, destroy, max: 1, logger });
    const told: unknown[][] = [];
    pool.on("connect", ({ resource, durationMs }) => told.push(["connect", resource.id, durationMs >= 0]));
    pool.on("remove", ({ resource }) => told.push(["remove", resource.id]));
    pool.on("timeout", ({ code }) => told.push(["timeout", code]));
    for (const event of ["connect", "remove", "timeout"] as const)
      pool.on(event, () => {
        throw new Error("a listener's own affair");
      });
    const held = await pool.acquire();
    await expect(pool.acquire({ timeoutMs: 10 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    held.destroy();
    await pool.use(() => {});
    expect(told).toEqual([
      ["connect", 1, true],
      ["timeout", "POOL_ACQUIRE_TIMEOUT"],
      ["remove", 1],
      ["connect", 2, true],
    ]);
    expect(error).toHaveBeenCalledTimes(4);
  });

  it("tells once that opening fails, and once that it works again", async () => {
    const { state, ...factory } = server();
    await using pool = createResourcePool(factory);
    const down = vi.fn();
    const up = vi.fn();
    pool.on("down", down).on("up", up);
    const waiting = pool.acquire();
    await expect.poll(() => pool.stats().errors).toBeGreaterThanOrEqual(3);
    state.up = true;
    (await waiting).release();
    expect(down).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "POOL_CONNECT_FAILED" }));
    expect(up).toHaveBeenCalledExactlyOnceWith({ failures: state.attempts - 1 });
  });
});
