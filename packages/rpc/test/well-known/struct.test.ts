import { describe, expect, it } from "vitest";
import {
  ListValue,
  Struct,
  Value,
  structFromObject,
  structToObject,
  valueFromJson,
  valueToJson,
} from "../../src/index.ts";
import { Random } from "../codec/random-messages.ts";

const refusal = expect.objectContaining({ name: "RpcError", code: "RPC_INVALID_ARGUMENT" });

function json(random: Random, depth: number): unknown {
  const kinds = depth === 0 ? 4 : 6;
  switch (random.below(kinds)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 0;
    case 2:
      return random.of(0, 1.5, -1e300, 2 ** 53, 5e-324);
    case 3:
      return random.of("", "a", "é漢😀", "__proto__");
    case 4:
      return random.list(() => json(random, depth - 1));
    default:
      return Object.fromEntries(
        ["a", "", "b.c", "constructor"]
          .filter(() => random.below(2) === 0)
          .map((key) => [key, json(random, depth - 1)]),
      );
  }
}

describe("structs and values", () => {
  it("of random JSON come back as they were, over the wire too", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const given = json(new Random(seed), 5);
      const value = valueFromJson(given);
      expect(valueToJson(value)).toEqual(given);
      expect(Value.toJSON(Value.decode(Value.encode(value)))).toEqual(given);
      expect(Value.fromJSON(given)).toEqual(value);
      expect(structToObject(structFromObject({ given }))).toEqual({ given });
      expect(ListValue.toJSON(ListValue.fromJSON([given, given]))).toEqual([given, given]);
    }
  });

  it("are of the kind that JSON says", () => {
    expect(structFromObject({ a: null, b: 1, c: "x", d: false, e: {}, f: [1] })).toEqual(
      Struct.create({
        fields: {
          a: { kind: { case: "nullValue", value: 0 } },
          b: { kind: { case: "numberValue", value: 1 } },
          c: { kind: { case: "stringValue", value: "x" } },
          d: { kind: { case: "boolValue", value: false } },
          e: { kind: { case: "structValue", value: {} } },
          f: { kind: { case: "listValue", value: { values: [{ kind: { case: "numberValue", value: 1 } }] } } },
        },
      }),
    );
  });

  it("keep a key __proto__", () => {
    const given = JSON.parse('{"__proto__":{"__proto__":1}}') as object;
    const struct = Struct.decode(Struct.encode(structFromObject(given)));
    expect(JSON.stringify(structToObject(struct))).toBe('{"__proto__":{"__proto__":1}}');
  });

  it("leave out members that are undefined", () => {
    expect(structToObject(structFromObject({ a: undefined, b: 1 }))).toEqual({ b: 1 });
  });

  it("take interfaces, objects without prototype and objects of another realm", () => {
    interface Point {
      x: number;
    }
    const point: Point = { x: 1 };
    expect(structToObject(structFromObject(point))).toEqual({ x: 1 });
    expect(structToObject(structFromObject(Object.assign(Object.create(null) as object, point)))).toEqual({ x: 1 });
  });

  it.each([
    ["NaN", { a: Number.NaN }, 'structFromObject["a"]: expected a finite number, got number NaN'],
    ["an infinity", { a: [1, -Infinity] }, 'structFromObject["a"][1]: expected a finite number, got number -Infinity'],
    ["a bigint", { a: 1n }, "expected a plain JSON value, got bigint 1"],
    ["a function", { a: () => 1 }, "expected a plain JSON value, got function"],
    ["a symbol", { a: Symbol("a") }, "expected a plain JSON value, got symbol"],
    ["a date", { a: new Date(0) }, "expected a plain JSON value, got object"],
    ["a map", { a: new Map() }, "expected a plain JSON value"],
    ["bytes", { a: new Uint8Array(1) }, "expected a plain JSON value"],
    ["undefined in a list", { a: [undefined] }, 'structFromObject["a"][0]: expected a plain JSON value, got undefined'],
    // oxlint-disable-next-line no-sparse-arrays -- the hole is what is tested
    ["a hole in a list", { a: [, 1] }, 'structFromObject["a"][0]: expected a plain JSON value, got undefined'],
    ["half of a surrogate pair", { a: "\uD83D" }, "half of a surrogate pair is no text"],
    ["a list", [], "structFromObject: expected a plain JSON value, got array"],
    ["null", null as unknown as object, "structFromObject: expected a plain JSON value, got null"],
  ])("refuse %s", (_, given, text) => {
    expect(() => structFromObject(given)).toThrow(text);
    expect(() => structFromObject(given)).toThrow(refusal);
    expect(() => Struct.fromJSON(given)).toThrow(refusal);
  });

  it("refuse what goes round in a circle", () => {
    const given: Record<string, unknown> = {};
    given.again = given;
    expect(() => structFromObject(given)).toThrow(/more than 100 messages inside each other/);
    const list: unknown[] = [];
    list.push(list);
    expect(() => valueFromJson(list)).toThrow(refusal);
    const struct = Struct.create();
    struct.fields.a = { kind: { case: "structValue", value: struct } };
    expect(() => structToObject(struct)).toThrow(refusal);
    expect(() => Struct.toJSON(struct)).toThrow(/more than 100 messages inside each other/);
  });

  it("take 100 objects inside each other", () => {
    const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });
    expect(structToObject(structFromObject(nested(100)))).toEqual(nested(100));
    expect(() => structFromObject(nested(101))).toThrow(refusal);
    // Each counts three times on the wire.
    expect(Struct.decode(Struct.encode(structFromObject(nested(33))))).toBeDefined();
  });

  it.each([
    ["without a kind", {}, "a value without a kind has no JSON form"],
    ["of NaN", { kind: { case: "numberValue", value: Number.NaN } }, "expected a finite number, got number NaN"],
    ["of another type", { kind: { case: "stringValue", value: 1 as unknown as string } }, "expected a string"],
    ["of another type", { kind: { case: "boolValue", value: 1 as unknown as boolean } }, "expected true or false"],
  ] as const)("of a value %s have no JSON form", (_, init, text) => {
    const value = Value.create(init);
    expect(() => valueToJson(value)).toThrow(text);
    expect(() => valueToJson(value)).toThrow(refusal);
    expect(() => Value.toJSON(value)).toThrow(expect.objectContaining({ code: "RPC_INTERNAL" }));
    expect(() => structToObject(Struct.create({ fields: { a: value } }))).toThrow('structToObject["a"]: ');
  });
});
