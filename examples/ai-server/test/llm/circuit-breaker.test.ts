import { describe, expect, it } from "vitest";
import { CircuitBreaker } from "../../src/llm/circuit-breaker.ts";

function breakerAt() {
  const clock = { now: 0 };
  const breaker = new CircuitBreaker({ failures: 3, windowMs: 1_000, openMs: 500, now: () => clock.now });
  return { breaker, clock };
}

function fail(breaker: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i += 1) breaker.failed();
}

describe("CircuitBreaker", () => {
  it("opens at the last failure it bears, and says for how long", () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 2);
    expect(breaker.waitMs()).toBe(0);
    fail(breaker, 1);
    expect(breaker.waitMs()).toBe(500);
    clock.now = 400;
    expect(breaker.waitMs()).toBe(100);
  });

  it("forgets failures that are older than its window", () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 2);
    clock.now = 1_000;
    fail(breaker, 2);
    expect(breaker.waitMs()).toBe(0);
  });

  it("forgets failures after a success", () => {
    const { breaker } = breakerAt();
    fail(breaker, 2);
    breaker.succeeded();
    fail(breaker, 2);
    expect(breaker.waitMs()).toBe(0);
  });

  it("lets one try through after its time, and closes when that succeeds", () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 3);
    clock.now = 500;
    expect(breaker.waitMs()).toBe(0);
    expect(breaker.waitMs()).toBeGreaterThan(0);
    breaker.succeeded();
    expect(breaker.waitMs()).toBe(0);
    expect(breaker.waitMs()).toBe(0);
  });

  it("opens again when that try fails, and lets another through when it was abandoned", () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 3);
    clock.now = 500;
    expect(breaker.waitMs()).toBe(0);
    breaker.abandoned();
    expect(breaker.waitMs()).toBe(0);
    breaker.failed();
    expect(breaker.waitMs()).toBe(500);
  });
});
