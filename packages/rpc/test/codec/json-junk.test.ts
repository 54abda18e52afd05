/** Whatever the JSON or the message is: it is taken, or refused with an RpcError. */
import type { MessageType } from "@servertech/rpc";
import { describe, expect, it } from "vitest";
import { Everything, Node } from "../fixtures/gen/everything.ts";
import { Alone, Known } from "../fixtures/gen/well_known.ts";
import { Random, everything } from "./random-messages.ts";

const JUNK: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -0,
  Number.NaN,
  2 ** 64,
  5n,
  "",
  "x",
  "\uD800",
  "1970-01-01T00:00:00Z",
  [],
  [null],
  {},
  { "@type": "type.googleapis.com/test.all.Node" },
  { case: "asText", value: {} },
  { kind: 5 },
  new Map(),
  new Date(0),
  new Uint8Array(2),
  Symbol("x"),
  () => 0,
];

const SEEDS = 100;
const types: readonly MessageType<unknown>[] = [Everything, Known, Node];

const known = {
  alone: {
    timestamp: "2024-02-29T12:00:00Z",
    duration: "1s",
    any: { "@type": "x/google.protobuf.Any", value: { "@type": "x/test.all.Node", next: { name: "n" } } },
    struct: { a: [1, { b: null }] },
    listValue: [[1]],
    int64Value: "5",
    fieldMask: "a.bC",
    empty: {},
  },
  times: ["1970-01-01T00:00:00Z"],
  nulls: [null],
  durations: { a: "1s" },
  values: { "1": { c: [] } },
  nullsByName: { a: null },
  asStruct: { x: 1 },
};

/** A copy with junk at one to three places. */
function spoilt(value: unknown, random: Random): unknown {
  const copy = structuredClone(value);
  for (let times = 1 + random.below(3); times > 0; times--) {
    let at = copy as Record<string, unknown>;
    for (;;) {
      const keys = Object.keys(at);
      const key =
        random.below(8) === 0 || keys.length === 0 ? random.of("x", "0", "__proto_", "value") : random.of(...keys);
      const next = at[key];
      if (typeof next === "object" && next !== null && !ArrayBuffer.isView(next) && random.below(3) > 0) {
        at = next as Record<string, unknown>;
        continue;
      }
      at[key] = random.of(...JUNK);
      break;
    }
  }
  return copy;
}

describe("junk in JSON", () => {
  it.each([
    [Known, () => known],
    [Everything, (random: Random) => Everything.toJSON(Everything.create(everything(random)))],
  ] as const)("of %# is read or refused", (type, make) => {
    let read = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed);
      const json = spoilt(make(random), random);
      try {
        type.encode(type.fromJSON(json, { types }));
        read += 1;
      } catch (error) {
        expect(error, `seed ${seed}`).toMatchObject({ name: "RpcError", code: "RPC_INVALID_ARGUMENT" });
      }
    }
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(SEEDS);
  });
});

describe("junk in a message", () => {
  it.each([
    [Known, () => Known.fromJSON(known, { types })],
    [Everything, (random: Random) => Everything.create(everything(random))],
  ] as const)("of %# is written or refused", (type, make) => {
    let written = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed);
      const message = spoilt(make(random), random);
      try {
        JSON.stringify(type.toJSON(message as never, { types }));
        written += 1;
      } catch (error) {
        expect(error, `seed ${seed}`).toMatchObject({ name: "RpcError", code: "RPC_INTERNAL" });
      }
    }
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(SEEDS);
  });
});

it("options that are none are refused", () => {
  const refusal = expect.objectContaining({ code: "OPTION_INVALID" });
  expect(() => Alone.fromJSON({}, { types: new Set() as never })).toThrow(refusal);
  expect(() => Alone.toJSON(Alone.create(), { types: "x" as never })).toThrow(refusal);
  expect(() => Alone.fromJSON({}, { type: [] } as never)).toThrow("did you mean types?");
});
