import { describe, expect, it } from "vitest";
import { Timestamp, timestampFromDate, timestampFromMs, timestampToDate, timestampToMs } from "../../src/index.ts";
import { Random } from "../codec/random-messages.ts";

const refusal = expect.objectContaining({ name: "RpcError", code: "RPC_INVALID_ARGUMENT" });
const FIRST = Timestamp.create({ seconds: -62_135_596_800n });
const LAST = Timestamp.create({ seconds: 253_402_300_799n, nanos: 999_999_999 });

describe("the JSON form of a timestamp", () => {
  it.each([
    [{}, "1970-01-01T00:00:00Z"],
    [{ seconds: 1n, nanos: 500_000_000 }, "1970-01-01T00:00:01.500Z"],
    [{ nanos: 10_000_000 }, "1970-01-01T00:00:00.010Z"],
    [{ nanos: 1_000 }, "1970-01-01T00:00:00.000001Z"],
    [{ nanos: 1 }, "1970-01-01T00:00:00.000000001Z"],
    [{ seconds: -1n, nanos: 999_999_999 }, "1969-12-31T23:59:59.999999999Z"],
    [{ seconds: 1_709_164_800n }, "2024-02-29T00:00:00Z"],
    [FIRST, "0001-01-01T00:00:00Z"],
    [LAST, "9999-12-31T23:59:59.999999999Z"],
  ])("%o is %s", (message, text) => {
    expect(Timestamp.toJSON(Timestamp.create(message))).toBe(text);
    expect(Timestamp.fromJSON(text)).toEqual(Timestamp.create(message));
  });

  it.each([
    ["1970-01-01T01:00:00+01:00", 0n, 0],
    ["1969-12-31T16:00:00.1-08:00", 0n, 100_000_000],
    ["1970-01-01T05:30:00.25+05:30", 0n, 250_000_000],
    ["0001-01-01T00:00:00.000-00:00", -62_135_596_800n, 0],
    ["0099-03-01T00:00:00Z", -59_037_897_600n, 0],
  ])("is read of %s", (text, seconds, nanos) => {
    expect(Timestamp.fromJSON(text)).toEqual({ seconds, nanos });
  });

  it.each([
    "",
    "2024-01-01",
    "2024-01-01T00:00:00",
    "2024-01-01 00:00:00Z",
    "2024-01-01t00:00:00Z",
    "2024-01-01T00:00:00z",
    "2024-01-01T00:00Z",
    "2024-1-1T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-04-31T00:00:00Z",
    "2024-00-01T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:60:00Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01T00:00:00.Z",
    "2024-01-01T00:00:00.1234567890Z",
    "2024-01-01T00:00:00+0100",
    "2024-01-01T00:00:00+24:00",
    "2024-01-01T00:00:00+01:60",
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "10000-01-01T00:00:00Z",
    " 2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00Z\n",
    0,
    true,
    {},
    [],
    null,
  ])("is not read of %o", (json) => {
    expect(() => Timestamp.fromJSON(json)).toThrow(refusal);
    expect(() => Timestamp.fromJSON(json)).toThrow("google.protobuf.Timestamp: expected a time such as");
  });

  it.each([
    [
      { seconds: -62_135_596_801n, nanos: 0 },
      "Timestamp.seconds: expected from -62135596800 to 253402300799, got bigint",
    ],
    [{ seconds: 253_402_300_800n, nanos: 0 }, "got bigint 253402300800"],
    [{ seconds: 0n, nanos: -1 }, "Timestamp.nanos: expected from 0 to 999999999, got number -1"],
    [{ seconds: 0n, nanos: 1_000_000_000 }, "got number 1000000000"],
    [{ seconds: 0n, nanos: 0.5 }, "got number 0.5"],
  ])("of %o is refused", (message, text) => {
    expect(() => Timestamp.toJSON(message)).toThrow(text);
    expect(() => Timestamp.toJSON(message)).toThrow(expect.objectContaining({ code: "RPC_INTERNAL" }));
    expect(() => timestampToMs(message)).toThrow(refusal);
    expect(() => timestampToDate(message)).toThrow(refusal);
  });

  it("of random times is what Date makes of it", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      const ms = random.below(2 ** 31) * random.below(28_000) * (random.below(2) === 0 ? 1 : -1) + random.below(1_000);
      const date = new Date(ms);
      const timestamp = timestampFromDate(date);
      const text = Timestamp.toJSON(timestamp);
      expect(Date.parse(String(text))).toBe(ms);
      expect(Timestamp.fromJSON(date.toISOString())).toEqual(timestamp);
      expect(timestampToDate(timestamp)).toEqual(date);
      expect(Timestamp.decode(Timestamp.encode(timestamp))).toEqual(timestamp);
    }
  });
});

describe("timestamps from and to milliseconds", () => {
  it.each([
    [0, 0n, 0],
    [1_500, 1n, 500_000_000],
    [-1, -1n, 999_000_000],
    [0.000_001, 0n, 1],
    [0.25, 0n, 250_000],
    [-62_135_596_800_000, -62_135_596_800n, 0],
    [253_402_300_799_999, 253_402_300_799n, 999_000_000],
  ])("%d", (ms, seconds, nanos) => {
    expect(timestampFromMs(ms)).toEqual({ seconds, nanos });
    expect(timestampToMs({ seconds, nanos })).toBe(ms);
  });

  it("round to the nanosecond, into the next second and not beyond the last", () => {
    expect(timestampFromMs(999.999_999_9)).toEqual({ seconds: 1n, nanos: 0 });
    expect(timestampFromMs(-0.000_000_1)).toEqual({ seconds: 0n, nanos: 0 });
    const { seconds, nanos } = timestampFromMs(253_402_300_799_999.97);
    expect(seconds).toBe(253_402_300_799n);
    expect(nanos).toBeLessThanOrEqual(999_999_999);
  });

  it("cut what is finer than a Date", () => {
    expect(timestampToDate({ seconds: -1n, nanos: 999_999_999 })).toEqual(new Date(-1));
    expect(timestampToMs({ seconds: 1n, nanos: 1 })).toBe(1_000.000_001);
    expect(timestampToDate(LAST)).toEqual(new Date("9999-12-31T23:59:59.999Z"));
  });

  it.each([Number.NaN, Infinity, -Infinity, -62_135_596_800_001, 253_402_300_800_000, "0" as unknown as number])(
    "refuse %o",
    (ms) => {
      expect(() => timestampFromMs(ms)).toThrow(refusal);
      expect(() => timestampFromMs(ms)).toThrow("from -62135596800000 to 253402300799999, got ");
    },
  );

  it("refuse an invalid date", () => {
    expect(() => timestampFromDate(new Date(Number.NaN))).toThrow("timestampFromDate: expected milliseconds from");
  });
});
