import { describe, expect, it } from "vitest";
import { LatencyQuantile } from "../../src/client/retry/latency-quantile.ts";
import { RetryBudget } from "../../src/client/retry/retry-budget.ts";
import { type ResolvedRetry, retryAfterMs } from "../../src/client/retry/retry-policy.ts";
import { RpcError, Status } from "../../src/index.ts";
import { bytesField, varintField } from "../../src/wire/fields.ts";

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";
const policy: ResolvedRetry = {
  maxAttempts: 3,
  statuses: new Set([Status.Unavailable]),
  initialBackoffMs: 20,
  maxBackoffMs: 1_000,
  budget: { ratio: 0.1, minPerSecond: 5 },
};
const facts = { idempotent: true, attempts: 1, repeatable: true };
const yes = () => true;
const unavailable = new RpcError(Status.Unavailable, "gone");

function retryInfo(seconds: number, nanos = 0): Uint8Array {
  return bytesField(1, Buffer.concat([varintField(1, seconds), varintField(2, nanos)]));
}

describe("policy", () => {
  it("makes only idempotent calls again that nothing was delivered of, for the statuses that it names", () => {
    expect(retryAfterMs(policy, facts, unavailable, yes)).toBeGreaterThanOrEqual(0);
    expect(retryAfterMs(policy, { ...facts, idempotent: false }, unavailable, yes)).toBeUndefined();
    expect(retryAfterMs(policy, { ...facts, repeatable: false }, unavailable, yes)).toBeUndefined();
    expect(retryAfterMs(policy, { ...facts, attempts: 3 }, unavailable, yes)).toBeUndefined();
    expect(retryAfterMs(policy, facts, new RpcError(Status.Internal, ""), yes)).toBeUndefined();
    expect(retryAfterMs(policy, facts, unavailable, () => false)).toBeUndefined();
  });

  it("does not spend the budget on what is not made again", () => {
    let taken = 0;
    const take = () => {
      taken += 1;
      return true;
    };
    retryAfterMs(policy, { ...facts, attempts: 3 }, unavailable, take);
    retryAfterMs(policy, facts, new RpcError(Status.Internal, ""), take);
    expect(taken).toBe(0);
  });

  it("pauses with full jitter, twice as long each time, up to the longest", () => {
    const longest = (attempts: number) =>
      retryAfterMs({ ...policy, maxAttempts: 20 }, { ...facts, attempts }, unavailable, yes, () => 0);
    expect([1, 2, 3, 7, 19].map(longest)).toEqual([20, 40, 80, 1_000, 1_000]);
    expect(retryAfterMs(policy, facts, unavailable, yes, () => 1)).toBe(0);
  });

  it("waits as long as the server says, and does not come back when it says so", () => {
    const told = (value: Uint8Array) =>
      retryAfterMs(policy, facts, new RpcError(14, "", { details: [{ typeUrl: RETRY_INFO, value }] }), yes, () => 0);
    expect(told(retryInfo(2, 500_000_000))).toBe(2_500);
    expect(told(Buffer.from("0a0b08ffffffffffffffffff01", "hex"))).toBeUndefined();
    // What cannot be read says nothing.
    expect(told(Buffer.from("0aff", "hex"))).toBe(20);
    expect(told(Buffer.alloc(0))).toBe(20);
    expect(told(retryInfo(0, 1_000_000))).toBe(1);
  });
});

describe("budget", () => {
  const limits = { ratio: 0.1, minPerSecond: 2 };

  it("allows minPerSecond without calls, and a part of the calls beyond", () => {
    let calls = 0;
    let now = 0;
    const budget = new RetryBudget(
      limits,
      () => calls,
      () => now,
    );
    const taken = () => {
      let count = 0;
      while (budget.take()) count += 1;
      return count;
    };
    expect(taken()).toBe(20);
    now = 10_001;
    calls = 1_000;
    expect(taken()).toBe(119);
    now = 20_010;
    expect(taken()).toBeLessThanOrEqual(21);
  });

  it("takes calls of a long silence to have come evenly", () => {
    let calls = 0;
    let now = 0;
    const budget = new RetryBudget(
      { ratio: 0.5, minPerSecond: 0 },
      () => calls,
      () => now,
    );
    calls = 1_000_000;
    now = 10_000_000;
    let count = 0;
    while (budget.take()) count += 1;
    expect(count).toBe(500);
  });

  it("is kept within every ten seconds, whatever happens when", () => {
    let state = 11;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    let calls = 0;
    let now = 0;
    const budget = new RetryBudget(
      limits,
      () => calls,
      () => now,
    );
    const retries: number[] = [];
    const made: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      now += random() < 0.01 ? random() * 5_000 : random() * 10;
      if (random() < 0.7) {
        calls += 1;
        made.push(now);
      }
      if (random() < 0.5 && budget.take()) retries.push(now);
    }
    for (let from = 0; from < now; from += 500) {
      const within = (times: readonly number[], start: number) =>
        times.filter((at) => at > start && at <= from + 10_000);
      // Calls are looked at when a retry is asked for: those of the pause before, 5 s at most here, may count.
      const allowed = limits.ratio * within(made, from - 5_000).length + limits.minPerSecond * 10;
      expect(within(retries, from).length).toBeLessThanOrEqual(allowed + 2);
    }
    expect(retries.length).toBeGreaterThan(1_000);
  });
});

describe("quantile", () => {
  it("is within a fifth, follows changes, and says nothing before it knows something", () => {
    const quantile = new LatencyQuantile();
    expect(quantile.at(0.95)).toBeUndefined();
    for (let i = 1; i <= 200; i++) quantile.record(i);
    expect(quantile.at(0.95)).toBeGreaterThan(185 * 0.8);
    expect(quantile.at(0.95)).toBeLessThan(195 * 1.2);
    for (let i = 0; i < 5_000; i++) quantile.record(2);
    expect(quantile.at(0.95)).toBeLessThan(2.5);
    quantile.record(0);
    quantile.record(1e9);
    expect(quantile.at(1)).toBeGreaterThan(100_000);
  });
});
