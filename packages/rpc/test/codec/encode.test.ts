import { describe, expect, it } from "vitest";
import { Choice, Lists, Maps, Node, Optionals, Scalars } from "../fixtures/gen/everything.ts";

/** As JavaScript calls it, without the types. */
const encode = (type: { encode(message: never): Uint8Array }, message: unknown) => () => type.encode(message as never);

describe("encode refuses, and names the field:", () => {
  it.each([
    ["a text for an int32", Scalars, { anInt32: "1" }, "test.all.Scalars.an_int32: expected int32, got string"],
    ["a fraction", Scalars, { anInt32: 1.5 }, "an_int32: expected int32, got number 1.5"],
    ["NaN", Scalars, { aSint32: Number.NaN }, "a_sint32: expected sint32, got number NaN"],
    ["2^31 for an int32", Scalars, { anInt32: 2 ** 31 }, "expected int32, got number 2147483648"],
    ["-1 for a uint32", Scalars, { aUint32: -1 }, "expected uint32, got number -1"],
    ["2^32 for a fixed32", Scalars, { aFixed32: 2 ** 32 }, "expected fixed32"],
    ["2^31 for a sfixed32", Scalars, { aSfixed32: 2 ** 31 }, "expected sfixed32"],
    ["a number for an int64", Scalars, { anInt64: 5 }, "an_int64: expected int64, got number 5"],
    ["2^63 for an int64", Scalars, { anInt64: 2n ** 63n }, "got bigint 9223372036854775808"],
    ["-1 for a uint64", Scalars, { aUint64: -1n }, "a_uint64: expected uint64"],
    ["2^63 for a sint64", Scalars, { aSint64: 2n ** 63n }, "a_sint64: expected sint64"],
    ["2^64 for a fixed64", Scalars, { aFixed64: 2n ** 64n }, "a_fixed64: expected fixed64"],
    ["2^63 for a sfixed64", Scalars, { aSfixed64: 2n ** 63n }, "a_sfixed64: expected sfixed64"],
    ["a double that a float cannot hold", Scalars, { aFloat: 1e39 }, "a_float: expected float"],
    ["a text for a double", Scalars, { aDouble: "1" }, "a_double: expected double"],
    ["1 for a bool", Scalars, { aBool: 1 }, "a_bool: expected bool, got number 1"],
    ["a number for a text", Scalars, { aString: 5 }, "a_string: expected string"],
    ["a text for bytes", Scalars, { aBytes: "abc" }, "a_bytes: expected bytes (a Uint8Array), got string"],
    ["2^53 for a jstype number", Optionals, { asNumber: 2 ** 53 }, "as_number: expected int64 within"],
    ["-1 for an unsigned jstype number", Optionals, { asUnsignedNumber: -1 }, "as_unsigned_number: expected uint64"],
    ["a text for a list", Lists, { strings: "abc" }, "strings: expected a list, got string"],
    ["a hole in a list", Lists, { strings: ["a", undefined] }, "strings: expected string, got undefined"],
    ["a Map for a map", Maps, { texts: new Map([["a", "b"]]) }, "texts: expected a plain object"],
    ["a key that is no number", Maps, { tags: { a: {} } }, "tags: expected keys that are int32"],
    ["a key out of range", Maps, { tags: { 2147483648: {} } }, "tags: expected int32"],
    ["a key that is no bool", Maps, { blobs: { yes: Buffer.alloc(1) } }, "blobs: expected keys true or false"],
    ["a text for a message", Node, { next: "x" }, "test.all.Node: expected a message, got string"],
    ["a list for a message", Node, { next: [] }, "test.all.Node: expected a message, got array"],
    ["a oneof without its value", Choice, { pickedOne: { case: "asText" } }, "as_text: expected string, got undefined"],
    ["nothing at all", Node, undefined, "test.all.Node: expected a message, got undefined"],
  ] as const)("%s", (_, type, message, text) => {
    expect(encode(type, message)).toThrow(text);
    expect(encode(type, message)).toThrow(expect.objectContaining({ code: "RPC_INTERNAL" }));
  });
});

describe("encode", () => {
  it("takes null for absent", () => {
    expect(encode(Node, { name: null, next: null, inner: null })()).toEqual(Buffer.alloc(0));
    expect(encode(Maps, { texts: { a: null, b: "c" } })()).toEqual(Maps.encode({ texts: { b: "c" } }));
  });

  it("encodes messages longer than any kept buffer", () => {
    const aBytes = Buffer.alloc(300_000, 7);
    const decoded = Scalars.decode(Scalars.encode({ aBytes, far: "x".repeat(200_000) }));
    expect(aBytes.equals(decoded.aBytes)).toBe(true);
    expect(decoded.far === "x".repeat(200_000)).toBe(true);
  });

  it("gives bytes that the next call does not touch", () => {
    const first = Node.encode({ name: "first" });
    Node.encode({ name: "other" });
    expect(Node.decode(first).name).toBe("first");
  });

  it("writes half a surrogate pair as U+FFFD", () => {
    expect(Node.decode(Node.encode({ name: "a\uD800" })).name).toBe("a\uFFFD");
  });
});

describe("64-bit integers", () => {
  it.each([
    ["the lowest int64", { anInt64: -(2n ** 63n) }, "3080808080808080808001"],
    ["the highest int64", { anInt64: 2n ** 63n - 1n }, "30ffffffffffffffff7f"],
    ["the highest uint64", { aUint64: 2n ** 64n - 1n }, "38ffffffffffffffffff01"],
    ["the lowest sint64", { aSint64: -(2n ** 63n) }, "40ffffffffffffffffff01"],
    ["the highest sint64", { aSint64: 2n ** 63n - 1n }, "40feffffffffffffffff01"],
    ["the highest fixed64", { aFixed64: 2n ** 64n - 1n }, "49ffffffffffffffff"],
    ["the lowest sfixed64", { aSfixed64: -(2n ** 63n) }, "510000000000000080"],
    ["2^53 + 1", { aUint64: 2n ** 53n + 1n }, "388180808080808010"],
  ] as const)("%s", (_, message, bytes) => {
    expect(Buffer.from(Scalars.encode(message)).toString("hex")).toBe(bytes);
    expect(Scalars.decode(Buffer.from(bytes, "hex"))).toMatchObject(message);
  });
});

describe("maps", () => {
  it("have 64-bit keys as texts", () => {
    const doubles = { "18446744073709551615": 1.5 };
    const bytes = Maps.encode({ doubles });
    expect(Buffer.from(bytes).toString("hex")).toBe(`221408${"ff".repeat(9)}0111000000000000f83f`);
    expect({ ...Maps.decode(bytes).doubles }).toEqual(doubles);
  });
});

describe("create", () => {
  it("fills in the defaults, also inside", () => {
    expect(Node.create({ next: { name: "b" } })).toEqual({
      name: "",
      color: 0,
      inner: undefined,
      next: { name: "b", color: 0, next: undefined, inner: undefined },
    });
  });

  it("copies lists and maps", () => {
    const strings = ["a"];
    const made = Lists.create({ strings });
    strings.push("b");
    expect(made.strings).toEqual(["a"]);
    expect(Object.getPrototypeOf(Maps.create({ texts: { a: "b" } }).texts)).toBeNull();
  });
});
