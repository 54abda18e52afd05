import { describe, expect, it } from "vitest";
import { Duration, durationFromMs, durationToMs } from "../../src/index.ts";
import { Random } from "../codec/random-messages.ts";

const refusal = expect.objectContaining({ name: "RpcError", code: "RPC_INVALID_ARGUMENT" });

describe("the JSON form of a duration", () => {
  it.each([
    [0n, 0, "0s"],
    [1n, 500_000_000, "1.500s"],
    [-1n, -500_000_000, "-1.500s"],
    [0n, -1, "-0.000000001s"],
    [0n, 1_000, "0.000001s"],
    [3n, 10_000_000, "3.010s"],
    [315_576_000_000n, 999_999_999, "315576000000.999999999s"],
    [-315_576_000_000n, -999_999_999, "-315576000000.999999999s"],
  ])("%d seconds and %d nanoseconds are %s", (seconds, nanos, text) => {
    expect(Duration.toJSON({ seconds, nanos })).toBe(text);
    expect(Duration.fromJSON(text)).toEqual({ seconds, nanos });
  });

  it("is read with fewer digits, and without a negative zero", () => {
    expect(Duration.fromJSON("1.5s")).toEqual({ seconds: 1n, nanos: 500_000_000 });
    expect(Duration.fromJSON("-0.1s")).toEqual({ seconds: 0n, nanos: -100_000_000 });
    expect(Object.is(Duration.fromJSON("-5s").nanos, 0)).toBe(true);
  });

  it.each([
    "",
    "s",
    "1",
    "1.s",
    ".5s",
    "+1s",
    "1.5",
    "1e3s",
    "1.0000000001s",
    "1 s",
    "315576000001s",
    "-315576000001s",
    1.5,
    null,
  ])("is not read of %o", (json) => {
    expect(() => Duration.fromJSON(json)).toThrow(refusal);
    expect(() => Duration.fromJSON(json)).toThrow('seconds such as "1.5s", from -315576000000s to 315576000000s');
  });

  it.each([
    [{ seconds: 315_576_000_001n, nanos: 0 }, "Duration.seconds: expected from -315576000000 to 315576000000"],
    [{ seconds: 1n, nanos: -1 }, "Duration.nanos: expected from 0 to 999999999, got number -1"],
    [{ seconds: -1n, nanos: 1 }, "Duration.nanos: expected from -999999999 to 0, got number 1"],
    [{ seconds: 0n, nanos: 1_000_000_000 }, "expected from -999999999 to 999999999, got number 1000000000"],
  ])("of %o is refused", (message, text) => {
    expect(() => Duration.toJSON(message)).toThrow(text);
    expect(() => Duration.toJSON(message)).toThrow(expect.objectContaining({ code: "RPC_INTERNAL" }));
    expect(() => durationToMs(message)).toThrow(refusal);
  });
});

describe("durations from and to milliseconds", () => {
  it.each([
    [0, 0n, 0],
    [1_500, 1n, 500_000_000],
    [-1_500, -1n, -500_000_000],
    [-0.5, 0n, -500_000],
    [315_576_000_000_000, 315_576_000_000n, 0],
  ])("%d", (ms, seconds, nanos) => {
    expect(durationFromMs(ms)).toEqual({ seconds, nanos });
    expect(durationToMs({ seconds, nanos })).toBe(ms);
  });

  it("round to the nanosecond, and into the next second", () => {
    expect(durationFromMs(999.999_999_9)).toEqual({ seconds: 1n, nanos: 0 });
    expect(durationFromMs(-999.999_999_9)).toEqual({ seconds: -1n, nanos: 0 });
    expect(Object.is(durationFromMs(-0).nanos, 0)).toBe(true);
  });

  it("come back as they were", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      const ms = (random.below(2 ** 31) * 1_000 + random.below(1_000)) * (random.below(2) === 0 ? 1 : -1);
      const duration = durationFromMs(ms);
      expect(durationToMs(duration)).toBe(ms === 0 ? 0 : ms);
      expect(Duration.fromJSON(Duration.toJSON(duration))).toEqual(duration);
    }
  });

  it.each([Number.NaN, Infinity, 315_576_000_000_001, -315_576_000_000_001, "1" as unknown as number])(
    "refuse %o",
    (ms) => {
      expect(() => durationFromMs(ms)).toThrow(refusal);
      expect(() => durationFromMs(ms)).toThrow("from -315576000000000 to 315576000000000, got ");
    },
  );
});
