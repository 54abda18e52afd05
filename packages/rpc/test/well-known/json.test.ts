/** JSON of the well-known types where they stand in other messages. */
import { describe, expect, it } from "vitest";
import {
  Any,
  BadRequest,
  BoolValue,
  BytesValue,
  DoubleValue,
  Duration,
  Empty,
  FieldMask,
  FloatValue,
  Int32Value,
  Int64Value,
  StringValue,
  Timestamp,
  UInt32Value,
  UInt64Value,
  anyPack,
  anyUnpack,
} from "../../src/index.ts";
import { Everything, Node } from "../fixtures/gen/everything.ts";
import { Alone, Known } from "../fixtures/gen/well_known.ts";

const refusal = expect.objectContaining({ name: "RpcError", code: "RPC_INVALID_ARGUMENT" });
const internal = expect.objectContaining({ name: "RpcError", code: "RPC_INTERNAL" });

describe("fields of well-known types", () => {
  it("have the special forms", () => {
    const json = {
      timestamp: "2024-02-29T12:00:00.500Z",
      duration: "-1.500s",
      any: { "@type": "type.googleapis.com/google.protobuf.Duration", value: "3s" },
      struct: { a: [1, null, { b: "x" }] },
      value: [true],
      listValue: [1, "a"],
      doubleValue: 0.5,
      floatValue: 0.25,
      int64Value: "-9223372036854775808",
      uint64Value: "18446744073709551615",
      int32Value: -1,
      uint32Value: 4_294_967_295,
      boolValue: false,
      stringValue: "",
      bytesValue: "+/8=",
      fieldMask: "a.bC,d",
      empty: {},
    };
    const alone = Alone.fromJSON(json);
    expect(Alone.toJSON(alone)).toEqual(json);
    expect(Alone.toJSON(Alone.decode(Alone.encode(alone)))).toEqual(json);
    expect(alone.fieldMask?.paths).toEqual(["a.b_c", "d"]);
    expect(alone.int64Value).toEqual({ value: -(2n ** 63n) });
  });

  it("have them in lists, maps and oneofs", () => {
    const json = {
      times: ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"],
      nulls: [null, null],
      anys: [{}, { "@type": "x/google.protobuf.BoolValue", value: true }],
      durations: { a: "1s", "": "0s" },
      values: { "-1": null, "2": { c: [] } },
      nullsByName: { a: null },
      asStruct: {},
      maybeNull: null,
    };
    const known = Known.fromJSON(json);
    expect(Known.toJSON(known)).toEqual(json);
    expect(Known.toJSON(Known.decode(Known.encode(known)))).toEqual(json);
  });

  it("are absent when null, but for Value and NullValue", () => {
    const alone = Alone.fromJSON(
      Object.fromEntries(
        [
          "timestamp",
          "duration",
          "any",
          "struct",
          "value",
          "listValue",
          "nullValue",
          "int64Value",
          "fieldMask",
          "empty",
        ].map((name) => [name, null]),
      ),
    );
    expect(alone).toEqual(Alone.create({ value: { kind: { case: "nullValue", value: 0 } } }));
    expect(Alone.toJSON(alone)).toEqual({ value: null });
  });

  it("of a oneof: null is the case of a NullValue, and no case else", () => {
    expect(Known.fromJSON({ asNull: null }).pick).toEqual({ case: "asNull", value: 0 });
    expect(Known.fromJSON({ asNull: "NULL_VALUE" }).pick).toEqual({ case: "asNull", value: 0 });
    expect(Known.toJSON(Known.create({ pick: { case: "asNull", value: 0 } }))).toEqual({ asNull: null });
    expect(Known.fromJSON({ asStruct: null, asInt64: null }).pick).toEqual({ case: undefined });
    expect(() => Known.fromJSON({ asNull: null, asInt64: "1" })).toThrow("as_int64: another field of the same oneof");
  });

  it.each([
    [{ times: [null] }, "test.known.Known.times[0]: expected a time such as"],
    [{ times: ["1970-01-01T00:00:00Z", 5] }, "test.known.Known.times[1]: expected a time such as"],
    [{ durations: { a: "1" } }, 'test.known.Known.durations["a"]: expected seconds such as'],
    [{ durations: { a: null } }, 'test.known.Known.durations["a"]: expected seconds such as'],
    [{ values: { "1": { a: [Number.NaN] } } }, 'test.known.Known.values["1"]["a"][0]: expected a finite number'],
    [{ alone: { listValue: {} } }, "test.known.Known.alone.list_value: expected an array, got object"],
    [{ alone: { struct: [] } }, "test.known.Known.alone.struct: expected a plain JSON value, got array"],
    [{ alone: { int64Value: {} } }, "test.known.Known.alone.int64_value: expected int64, got object"],
    [{ alone: { empty: { a: 1 } } }, 'test.known.Known.alone.empty: it has no field "a"'],
    [{ nulls: ["NONE"] }, "test.known.Known.nulls[0]: expected an enum's name or number"],
  ])("refuse %o with the path", (json, text) => {
    expect(() => Known.fromJSON(json)).toThrow(text);
    expect(() => Known.fromJSON(json)).toThrow(refusal);
  });

  it("name the path of what cannot be written", () => {
    const known = Known.create({ alone: { timestamp: { nanos: -1 } } });
    expect(() => Known.toJSON(known)).toThrow("test.known.Known.alone.timestamp.nanos: expected from 0 to 999999999");
    const values = Known.create({ values: { "7": {} } });
    expect(() => Known.toJSON(values)).toThrow('test.known.Known.values["7"]: a value without a kind');
  });
});

describe("wrappers", () => {
  it.each([
    [DoubleValue, 1.5, 1.5],
    [DoubleValue, "NaN", Number.NaN],
    [FloatValue, "-Infinity", -Infinity],
    [Int64Value, "-5", -5n],
    [UInt64Value, "18446744073709551615", 2n ** 64n - 1n],
    [Int32Value, -5, -5],
    [UInt32Value, 5, 5],
    [BoolValue, true, true],
    [StringValue, "x", "x"],
  ] as const)("are bare: %o", (type, json, value) => {
    expect(type.fromJSON(json)).toEqual({ value });
    expect(type.toJSON({ value } as never)).toBe(json);
  });

  it("of bytes are base64", () => {
    expect(BytesValue.fromJSON("-_8")).toEqual({ value: Buffer.from([251, 255]) });
    expect(BytesValue.toJSON({ value: Buffer.from([251, 255]) })).toBe("+/8=");
  });

  it.each([
    [Int32Value, 2 ** 31],
    [Int32Value, null],
    [UInt64Value, -1],
    [BoolValue, "true"],
    [StringValue, { value: "x" }],
    [BytesValue, "*"],
  ] as const)("refuse other values: %o", (type, json) => {
    expect(() => type.fromJSON(json)).toThrow(refusal);
  });

  it("write their defaults", () => {
    expect(Int64Value.toJSON(Int64Value.create())).toBe("0");
    expect(BoolValue.toJSON(BoolValue.create())).toBe(false);
  });
});

describe("field masks", () => {
  it.each([
    [[], ""],
    [["a"], "a"],
    [["user.display_name", "photo"], "user.displayName,photo"],
    [["_a", "b1_c"], "A,b1C"],
  ])("%o are %o", (paths, text) => {
    expect(FieldMask.toJSON({ paths })).toBe(text);
    expect(FieldMask.fromJSON(text)).toEqual({ paths });
  });

  it.each(["a_b", "a,,b", ",", "a,", "a, b", 5, ["a"]])("are not read of %o", (json) => {
    expect(() => FieldMask.fromJSON(json)).toThrow(refusal);
  });

  it.each(["fooBar", "a_1", "a__b", "a_", "", "a,b", "a b"])("with the path %o are not written", (path) => {
    expect(() => FieldMask.toJSON({ paths: [path] })).toThrow(internal);
  });
});

describe("Any", () => {
  it("holds any message, with its fields beside @type", () => {
    const any = anyPack(Node, { name: "n", next: { name: "m" } });
    expect(any.typeUrl).toBe("type.googleapis.com/test.all.Node");
    const json = { "@type": "type.googleapis.com/test.all.Node", name: "n", next: { name: "m" } };
    expect(Any.toJSON(any, { types: [Node] })).toEqual(json);
    expect(Any.fromJSON(json, { types: [Node] })).toEqual(any);
    expect(Any.fromJSON({ name: "n", next: { name: "m" }, "@type": "x.y/z/test.all.Node" }, { types: [Node] })).toEqual(
      {
        ...any,
        typeUrl: "x.y/z/test.all.Node",
      },
    );
  });

  it("passes the types on, inwards and to Any in Any", () => {
    const types = [Everything, Node];
    const known = Known.create({ anys: [anyPack(Any, anyPack(Node, { name: "n" }))] });
    const json = {
      anys: [
        {
          "@type": "type.googleapis.com/google.protobuf.Any",
          value: { "@type": "type.googleapis.com/test.all.Node", name: "n" },
        },
      ],
    };
    expect(Known.toJSON(known, { types })).toEqual(json);
    expect(Known.fromJSON(json, { types })).toEqual(known);
    expect(() => Known.fromJSON(json)).toThrow('the type "test.all.Node" is not known: give it in `types`');
  });

  it.each([
    [
      anyPack(Timestamp, {}),
      { "@type": "type.googleapis.com/google.protobuf.Timestamp", value: "1970-01-01T00:00:00Z" },
    ],
    [anyPack(Duration, { seconds: 1n }), { "@type": "type.googleapis.com/google.protobuf.Duration", value: "1s" }],
    [anyPack(Int64Value, { value: 5n }), { "@type": "type.googleapis.com/google.protobuf.Int64Value", value: "5" }],
    [anyPack(Empty, {}), { "@type": "type.googleapis.com/google.protobuf.Empty" }],
    [
      anyPack(BadRequest, { fieldViolations: [{ field: "a" }] }),
      { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field: "a" }] },
    ],
    [Any.create(), {}],
  ])("knows the well-known types and the error details: %o", (any, json) => {
    expect(Any.toJSON(any)).toEqual(json);
    expect(Any.fromJSON(json)).toEqual(any);
  });

  it("reads Empty as Go writes it", () => {
    const any = anyPack(Empty, {});
    expect(Any.fromJSON({ "@type": any.typeUrl, value: {} })).toEqual(any);
  });

  it.each([
    ["an unknown type", { "@type": "type.googleapis.com/no.Such" }, 'the type "no.Such" is not known'],
    ["no type", { value: "1s" }, 'expected "@type" with a type URL, got undefined'],
    ["a type that is no text", { "@type": 5 }, 'expected "@type" with a type URL, got number 5'],
    ["a type without a slash", { "@type": "google.protobuf.Duration", value: "1s" }, 'a type URL has a "/"'],
    ["no value", { "@type": "x/google.protobuf.Duration" }, 'expected "@type" and "value"'],
    [
      "more than the value",
      { "@type": "x/google.protobuf.Duration", value: "1s", a: 1 },
      'expected "@type" and "value"',
    ],
    [
      "a wrong value",
      { "@type": "x/google.protobuf.Duration", value: "1" },
      '["google.protobuf.Duration"]: expected seconds',
    ],
    ["a list", [], "google.protobuf.Any: expected an object, got array"],
  ])("refuses %s", (_, json, text) => {
    expect(() => Any.fromJSON(json)).toThrow(text);
    expect(() => Any.fromJSON(json)).toThrow(refusal);
  });

  it("refuses to write what it does not know, or what is no such message", () => {
    expect(() => Any.toJSON({ typeUrl: "x/no.Such", value: Buffer.of() })).toThrow('the type "no.Such" is not known');
    expect(() => Any.toJSON({ typeUrl: "x/google.protobuf.Duration", value: Buffer.from([8]) })).toThrow(internal);
    expect(() => Any.toJSON({ typeUrl: "", value: Buffer.from([8]) })).toThrow('a type URL has a "/"');
  });

  it("refuses 102 of itself inside each other", () => {
    let any = Any.create();
    for (let level = 0; level < 101; level++) any = anyPack(Any, any);
    expect(() => Any.toJSON(any)).toThrow(/more than 100 messages inside each other/);
  });

  it("is unpacked by its type", () => {
    const any = anyPack(Node, { name: "n" });
    expect(anyUnpack(any, Node)?.name).toBe("n");
    expect(anyUnpack(any, Timestamp)).toBeUndefined();
    expect(anyUnpack(Any.create(), Node)).toBeUndefined();
    expect(() => anyUnpack({ ...any, value: Buffer.from([10]) }, Node)).toThrow(internal);
  });
});
