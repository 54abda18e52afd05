import { describe, expect, it } from "vitest";
import { health } from "../src/index.ts";

describe("health", () => {
  it("is ready while every check says so, with the facts they give", () => {
    const state = { mysql: true };
    const probe = health()
      .add("mysql", () => state.mysql)
      .add("registry", () => ({ ok: true, state: "stale" }));
    expect(probe.readyz()).toEqual({
      ok: true,
      checks: { mysql: { ok: true }, registry: { ok: true, state: "stale" } },
    });
    state.mysql = false;
    expect(probe.readyz()).toMatchObject({ ok: false, checks: { mysql: { ok: false } } });
  });

  it("counts a check that throws as failed and lives on", () => {
    const probe = health().add("redis", () => {
      throw new Error("no pool");
    });
    expect(probe.readyz()).toEqual({ ok: false, checks: { redis: { ok: false, error: "no pool" } } });
    expect(probe.livez()).toEqual({ ok: true, checks: {} });
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    ["yes", "string"],
    [{}, "object"],
    [{ ok: "yes" }, "object"],
    [Promise.resolve(true), "a promise"],
  ])("counts a check that returns %o as failed and says so", (result, what) => {
    const probe = health().add("redis", () => result as never);
    const error = `the check returned ${what}, not a boolean or an object with a boolean ok`;
    expect(probe.readyz()).toEqual({ ok: false, checks: { redis: { ok: false, error } } });
  });

  it("survives an async check that rejects", async () => {
    const probe = health().add("redis", (() => Promise.reject(new Error("late"))) as never);
    expect(probe.readyz().ok).toBe(false);
    // An unhandled rejection would fail the run.
    await new Promise(setImmediate);
  });

  it("is never ready again after unready, but still live", () => {
    const probe = health().add("a", () => true);
    probe.unready();
    expect(probe.readyz().ok).toBe(false);
    expect(probe.livez().ok).toBe(true);
  });
});
