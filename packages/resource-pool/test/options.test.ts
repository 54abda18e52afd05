import { describe, expect, it, vi } from "vitest";
import { createResourcePool } from "../src/index.ts";
import { resolveOptions } from "../src/options.ts";
import { numbered } from "./fake-resources.ts";

const hooks = numbered();

describe("options", () => {
  it.each([
    [{ max: 0 }, "max"],
    [{ max: Number.NaN }, "max"],
    [{ max: "9" }, "max"],
    [{ max: 2.5 }, "max"],
    [{ min: -1 }, "min"],
    [{ min: 9, max: 5 }, "min"],
    [{ acquireTimeoutMs: 0 }, "acquireTimeoutMs"],
    [{ acquireTimeoutMs: Infinity }, "acquireTimeoutMs"],
    [{ connectTimeoutMs: 2 ** 31 }, "connectTimeoutMs"],
    [{ acquireTimeoutMs: 100, validationTimeoutMs: 100 }, "validationTimeoutMs"],
    [{ aliveBypassMs: -1 }, "aliveBypassMs"],
    [{ idleTimeoutMs: null }, "idleTimeoutMs"],
    [{ maxLifetimeMs: "1h" }, "maxLifetimeMs"],
    [{ keepaliveMs: -1 }, "keepaliveMs"],
    [{ keepaliveMs: 100, maxLifetimeMs: 100 }, "keepaliveMs"],
    [{ whenDown: "panic" }, "whenDown"],
    [{ leakDetectionMs: -1 }, "leakDetectionMs"],
    [{ leakDetectionMs: 2 ** 31 }, "leakDetectionMs"],
    [{ maxWaiting: -1 }, "maxWaiting"],
    [{ maxConnecting: 5 }, "maxConnecting"],
    [{ maxConnecting: 3, max: 2 }, "maxConnecting"],
    [{ backoffMinMs: 0 }, "backoffMinMs"],
    [{ backoffMinMs: 100, backoffMaxMs: 50 }, "backoffMaxMs"],
    [{ name: "" }, "name"],
    [{ logger: {} }, "logger"],
    [{ create: undefined }, "create"],
    [{ destroy: 1 }, "destroy"],
    [{ validate: true }, "validate"],
    [{ reset: "x" }, "reset"],
  ])("refuses %j", (wrong, option) => {
    const make = () => createResourcePool({ ...hooks, ...wrong } as never);
    expect(make).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }) as Error,
    );
  });

  it("names all problems at once, and what an unknown name may have meant", () => {
    const make = () => createResourcePool({ ...hooks, max: 0, acquireTimeoutMS: 5, min: -1 } as never);
    expect(make).toThrow(/acquireTimeoutMS: unknown option, did you mean acquireTimeoutMs.*max.*min/s);
  });

  it("refuses what is no object", () => {
    expect(() => createResourcePool(undefined as never)).toThrow(/create: must be a function/);
    expect(() => createResourcePool(5 as never)).toThrow(/options: must be an object, got 5/);
  });

  it("lowers a default that would contradict what was given", () => {
    expect(resolveOptions({ ...hooks, acquireTimeoutMs: 100 }).validationTimeoutMs).toBe(99);
    expect(resolveOptions({ ...hooks, acquireTimeoutMs: 1 }).validationTimeoutMs).toBe(1);
    expect(resolveOptions({ ...hooks, maxLifetimeMs: 100 }).keepaliveMs).toBe(99);
    expect(resolveOptions({ ...hooks, maxLifetimeMs: 0 }).keepaliveMs).toBe(60_000);
    expect(resolveOptions({ ...hooks, max: 2 }).maxConnecting).toBe(2);
    expect(resolveOptions({ ...hooks, backoffMaxMs: 5 })).toMatchObject({ backoffMinMs: 5, backoffMaxMs: 5 });
    expect(resolveOptions({ ...hooks, backoffMinMs: 500 })).toMatchObject({ backoffMinMs: 500, backoffMaxMs: 500 });
  });

  it("takes what it has resolved", () => {
    const resolved = resolveOptions({ ...hooks, acquireTimeoutMs: 1, maxLifetimeMs: 1 });
    expect(resolveOptions(resolved)).toMatchObject({ validationTimeoutMs: 1, keepaliveMs: 0 });
  });

  it("does not look for leaks in production", () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(resolveOptions(hooks).leakDetectionMs).toBe(0);
    vi.unstubAllEnvs();
  });

  it("fills in the defaults", () => {
    expect(resolveOptions(hooks)).toMatchObject({
      max: 10,
      min: 0,
      acquireTimeoutMs: 5_000,
      connectTimeoutMs: 3_000,
      validationTimeoutMs: 500,
      aliveBypassMs: 500,
      idleTimeoutMs: 300_000,
      maxLifetimeMs: 1_800_000,
      keepaliveMs: 60_000,
      whenDown: "wait",
      leakDetectionMs: 30_000,
      maxWaiting: 1_000,
      maxConnecting: 4,
      backoffMinMs: 20,
      backoffMaxMs: 250,
      name: "default",
    });
  });
});

describe("stats", () => {
  it("is a frozen snapshot", () => {
    const stats = createResourcePool(hooks).stats();
    expect(Object.isFrozen(stats)).toBe(true);
    expect(stats).toEqual({
      name: "default",
      size: 0,
      idle: 0,
      inUse: 0,
      waiting: 0,
      max: 10,
      min: 0,
      connecting: 0,
      closing: 0,
      acquired: 0,
      created: 0,
      destroyed: 0,
      timeouts: 0,
      leaks: 0,
      suspended: false,
      errors: 0,
    });
  });
});
