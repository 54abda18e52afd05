import { describe, expect, it } from "vitest";
import { Choice, Everything, Lists, Maps, Node, Optionals, Scalars } from "../fixtures/gen/everything.ts";

describe("the JSON form", () => {
  it.each([
    ["int32", { anInt32: -5 }, { anInt32: -5 }],
    [
      "64 bits",
      { anInt64: -(2n ** 63n), aUint64: 2n ** 64n - 1n },
      { anInt64: "-9223372036854775808", aUint64: "18446744073709551615" },
    ],
    ["NaN and infinities", { aDouble: Number.NaN, aFloat: -Infinity }, { aDouble: "NaN", aFloat: "-Infinity" }],
    ["bytes", { aBytes: Buffer.from([251, 255]) }, { aBytes: "+/8=" }],
    ["a json_name", { far: "x" }, { veryFar: "x" }],
    ["defaults, which are left out", { anInt32: 0, aString: "", aBool: false, anInt64: 0n }, {}],
  ] as const)("of %s", (_, message, json) => {
    expect(Scalars.toJSON(Scalars.create(message))).toEqual(json);
    expect(Scalars.fromJSON(json)).toEqual(Scalars.create(message));
  });

  it("of enums: the name, or the number when it has none", () => {
    expect(Node.toJSON(Node.create({ color: 1 }))).toEqual({ color: "RED" });
    expect(Node.toJSON(Node.decode(Buffer.from([0x20, 7])))).toEqual({ color: 7 });
    expect(Node.fromJSON({ color: "ROT" }).color).toBe(1);
    expect(Node.fromJSON({ color: 7 }).color).toBe(7);
  });

  it("of optional fields that are present", () => {
    expect(Optionals.toJSON(Optionals.create({ number: 0, flag: false, asNumber: 5 }))).toEqual({
      number: 0,
      flag: false,
      asNumber: "5",
    });
  });

  it("of oneofs, lists and maps", () => {
    expect(Choice.toJSON(Choice.create({ pickedOne: { case: "asText", value: "" } }))).toEqual({ asText: "" });
    expect(Choice.fromJSON({ asInt: "5" }).pickedOne).toEqual({ case: "asInt", value: 5n });
    expect(Choice.fromJSON({ asInt: null, asText: "a" }).pickedOne).toEqual({ case: "asText", value: "a" });
    expect(Lists.toJSON(Lists.create({ int32s: [1, 2], weights: [1] }))).toEqual({
      int32s: [1, 2],
      weights: ["LIGHT"],
    });
    const maps = JSON.parse('{"texts":{"__proto__":"p"},"blobs":{"true":"AQ=="}}') as unknown;
    expect(JSON.stringify(Maps.toJSON(Maps.fromJSON(maps)))).toBe(JSON.stringify(maps));
  });
});

describe("fromJSON takes", () => {
  it.each([
    ["the name in the proto", { an_int32: 1 }, { anInt32: 1 }],
    ["numbers as texts", { anInt32: "1", aDouble: "1.5e3" }, { anInt32: 1, aDouble: 1500 }],
    ["whole numbers with a fraction or an exponent", { anInt32: 1e2, aUint32: "1.0" }, { anInt32: 100, aUint32: 1 }],
    ["64-bit integers as numbers", { anInt64: 5 }, { anInt64: 5n }],
    ["URL-safe base64 without padding", { aBytes: "-_8" }, { aBytes: Buffer.from([251, 255]) }],
    ["null for absent", { anInt32: null, aString: null }, {}],
    [
      "the smallest and the largest",
      { anInt32: -(2 ** 31), aUint32: "4294967295" },
      { anInt32: -(2 ** 31), aUint32: 2 ** 32 - 1 },
    ],
    ["floats as the nearest float", { aFloat: 0.1 }, { aFloat: Math.fround(0.1) }],
    ["special numbers as texts", { aDouble: "-Infinity", aFloat: "NaN" }, { aDouble: -Infinity, aFloat: Number.NaN }],
    ["whole pairs of surrogates", { aString: "\u{1F600}" }, { aString: "\u{1F600}" }],
  ] as const)("%s", (_, json, message) => {
    expect(Scalars.fromJSON(json)).toEqual(Scalars.create(message));
  });
});

describe("fromJSON refuses, and names the field:", () => {
  it.each([
    ["a name it does not know", Scalars, { other: 1 }, 'test.all.Scalars: it has no field "other"'],
    ["a field by both its names", Scalars, { an_int32: 1, anInt32: 1 }, "an_int32: given twice"],
    ["two fields of a oneof", Choice, { asText: "a", asBool: true }, "another field of the same oneof"],
    ["a fraction", Scalars, { anInt32: 1.5 }, "an_int32: expected int32, got number 1.5"],
    ["an int32 out of range", Scalars, { anInt32: 2 ** 31 }, "expected int32"],
    ["a uint64 out of range", Scalars, { aUint64: "18446744073709551616" }, "expected uint64"],
    ["NaN that is no text", Scalars, { aFloat: Number.NaN }, "a_float: expected float, got number NaN"],
    ["an infinity that is no text", Scalars, { aDouble: Infinity }, "a_double: expected double, got number Infinity"],
    ["an empty text for a number", Scalars, { anInt32: "" }, "expected int32, got string"],
    ["space around a number", Scalars, { anInt64: " 1" }, "expected int64, got string"],
    ["a hexadecimal number", Scalars, { anInt32: "0x1" }, "expected int32, got string"],
    ["a double beyond the largest", Scalars, { aDouble: "1e400" }, "expected double, got string"],
    ["half of a surrogate pair", Scalars, { aString: "a\uDE00" }, "a_string: half of a surrogate pair is no text"],
    ["half of one in a key", Maps, { texts: { "\uD83D": "" } }, "texts: half of a surrogate pair is no text"],
    ["a name in another case", Scalars, { AnInt32: 1 }, 'it has no field "AnInt32"'],
    ["a key that is given twice", Maps, { tags: { "1": {}, "01": {} } }, 'test.all.Maps.tags["01"]: given twice'],
    ["a key out of range", Maps, { tags: { "2147483648": {} } }, "tags: expected int32, got string"],
    ["null in a map", Maps, { texts: { a: null } }, 'texts["a"]: expected a string, got null'],
    ["an enum's number as text", Node, { color: "1" }, "color: expected an enum's name or number"],
    ["an enum's number with a fraction", Node, { color: 1.5 }, "color: expected an enum's name or number"],
    [
      "a name deep inside",
      Everything,
      { lists: { nodes: [{}, { inner: { x: 1 } }] } },
      'Everything.lists.nodes[1].inner: it has no field "x"',
    ],
    [
      "a value deep inside",
      Everything,
      { maps: { tags: { "7": { key: 5 } } } },
      'Everything.maps.tags["7"].key: expected a string',
    ],
    ["a text that is no number", Scalars, { anInt64: "5x" }, "expected int64, got string"],
    ["a float out of range", Scalars, { aFloat: 1e39 }, "expected float"],
    ["a text for a bool", Scalars, { aBool: "true" }, "a_bool: expected true or false"],
    ["a number for a text", Scalars, { aString: 1 }, "a_string: expected a string"],
    ["what is no base64", Scalars, { aBytes: "a*" }, "a_bytes: expected base64"],
    ["base64 of an impossible length", Scalars, { aBytes: "a" }, "a_bytes: expected base64"],
    ["a name that the enum does not have", Node, { color: "toString" }, "color: expected an enum's name or number"],
    ["an object for a list", Lists, { strings: {} }, "strings: expected an array, got object"],
    ["null in a list", Lists, { strings: [null] }, "strings[0]: expected a string, got null"],
    ["a list for a map", Maps, { texts: [] }, "texts: expected an object, got array"],
    ["a key of another type", Maps, { blobs: { yes: "" } }, "blobs: expected keys true or false"],
    ["a list for a message", Node, [], "test.all.Node: expected an object, got array"],
    ["a number beyond 2^53", Optionals, { asNumber: "9007199254740993" }, "as_number: expected int64 within"],
  ] as const)("%s", (_, type, json, text) => {
    expect(() => type.fromJSON(json)).toThrow(text);
    expect(() => type.fromJSON(json)).toThrow(expect.objectContaining({ code: "RPC_INVALID_ARGUMENT" }));
  });

  it("102 objects inside each other", () => {
    const deep = JSON.parse(`${'{"next":'.repeat(500)}{}${"}".repeat(500)}`) as unknown;
    expect(() => Node.fromJSON(deep)).toThrow(/more than 100 messages/);
    const whole = JSON.parse(`${'{"next":'.repeat(100)}{}${"}".repeat(100)}`) as unknown;
    expect(Node.toJSON(Node.fromJSON(whole))).toEqual(whole);
    // One that failed leaves nothing behind.
    expect(Node.fromJSON({ next: {} }).next).toBeDefined();
  });
});

describe("toJSON refuses, and names the field:", () => {
  it.each([
    [
      "an int32 out of range",
      Scalars,
      { anInt32: 2 ** 31 },
      "test.all.Scalars.an_int32: expected int32, got number 2147483648",
    ],
    ["a uint32 below 0", Scalars, { aUint32: -1 }, "a_uint32: expected uint32, got number -1"],
    [
      "an int64 out of range",
      Scalars,
      { anInt64: 2n ** 63n },
      "an_int64: expected int64, got bigint 9223372036854775808",
    ],
    ["a uint64 below 0", Scalars, { aUint64: -1n }, "a_uint64: expected uint64, got bigint -1"],
    ["a number that lost digits", Scalars, { aSint64: 2 ** 53 }, "a_sint64: expected sint64"],
    ["a float out of range", Scalars, { aFloat: 1e39 }, "a_float: expected float, got number 1e+39"],
    ["a text for a number", Scalars, { aDouble: "1" }, "a_double: expected double, got string"],
    ["a number for a text", Scalars, { aString: 1 }, "a_string: expected string, got number 1"],
    ["a text for a bool", Scalars, { aBool: "x" }, "a_bool: expected bool, got string"],
    ["a text for bytes", Scalars, { aBytes: "AQ==" }, "a_bytes: expected bytes (a Uint8Array), got string"],
    ["a name for an enum", Node, { color: "RED" }, "color: expected an enum's number, got string"],
    ["a text for a list", Lists, { strings: "a" }, "strings: expected a list, got string"],
    ["null in a list of messages", Lists, { nodes: [null] }, "nodes[0]: expected an object, got null"],
    ["a Map for a map", Maps, { texts: new Map([["a", "b"]]) }, "texts: expected a plain object, got object"],
    [
      "a wrong value deep inside",
      Everything,
      { lists: { nodes: [{ name: 1 }] } },
      "Everything.lists.nodes[0].name: expected string",
    ],
  ] as const)("%s", (_, type, message, text) => {
    const write = () => type.toJSON(message as never);
    expect(write).toThrow(text);
    expect(write).toThrow(expect.objectContaining({ name: "RpcError", code: "RPC_INTERNAL" }));
  });

  it("what goes round in a circle, with the ends of its path", () => {
    const node = Node.create();
    node.next = node;
    expect(() => Node.toJSON(node)).toThrow(
      /^test\.all\.Node\.next.*….*\.next: more than 100 messages inside each other$/,
    );
  });
});
