import { describe, expect, it } from "vitest";
import { Choice, Lists, Maps, Node, Object$, Optionals, Scalars } from "../fixtures/gen/everything.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
/** Nodes inside each other: field 2, `depth` times. */
function nested(depth: number): Buffer {
  let bytes = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) {
    bytes = Buffer.concat([Buffer.from([0x12, ...varint(bytes.length)]), bytes]);
  }
  return bytes;
}

describe("decode refuses", () => {
  it.each([
    ["a length beyond the end, of a text", Node, "0a 05 61", /ends too early/],
    ["a length beyond the end, of a message", Node, "12 05 0a", /length beyond the end/],
    ["a length beyond the sub-message, though the bytes go on", Node, "12 02 0a 05 61 61 61 61 61", /ends too early/],
    ["a length of 4 GiB", Node, "0a ff ff ff ff 0f", /ends too early/],
    ["a packed list that is cut", Lists, "0a 02 96", /beyond the end/],
    ["a packed list whose last element goes beyond it", Lists, "0a 01 96 01", /ends too early/],
    ["a tag without a value", Scalars, "08", /ends too early/],
    ["a varint of 11 bytes", Scalars, "08 ff ff ff ff ff ff ff ff ff ff 01", /more than 10 bytes/],
    ["a varint that is cut", Scalars, "08 ff ff", /ends too early/],
    ["4 of 8 bytes", Scalars, "49 01 02 03 04", /ends too early/],
    ["a text that is not UTF-8", Scalars, "72 02 c3 28", /not UTF-8/],
    ["a long text that is not UTF-8", Scalars, `72 20 ${"61".repeat(31)} ff`, /not UTF-8/],
    ["a surrogate in UTF-8", Scalars, "72 03 ed a0 80", /not UTF-8/],
    ["a key that is not UTF-8", Maps, "0a 03 0a 01 ff", /not UTF-8/],
    ["field number 0", Node, "00 01", /field number 0/],
    ["a field number beyond 2^29 - 1", Node, "80 80 80 80 10 01", /field number/],
    ["wire type 6", Node, "0e", /wire type 6/],
    ["wire type 7", Node, "0f", /wire type 7/],
    ["the end of a group that did not begin", Node, "0c", /wire type 4/],
    ["a group that does not end", Node, "53 08 01", /ends too early/],
    ["a group that another one's end ends", Node, "53 5c", /wire type 4/],
    ["groups inside each other, 101 of them", Node, "53".repeat(101), /more than 100/],
    ["an integer that a number cannot hold", Optionals, "38 80 80 80 80 80 80 80 10", /2\^53/],
  ] as const)("%s", (_, type, bytes, reason) => {
    expect(() => type.decode(hex(bytes))).toThrow(reason);
    expect(() => type.decode(hex(bytes))).toThrow(expect.objectContaining({ name: "RpcError", code: "RPC_INTERNAL" }));
  });

  it("101 messages inside each other, and takes 100", () => {
    expect(() => Node.decode(nested(101))).toThrow(/more than 100 messages inside each other/);
    let depth = 0;
    for (let node = Node.decode(nested(100)); node.next !== undefined; node = node.next) depth += 1;
    expect(depth).toBe(100);
  });

  it("what is no bytes", () => {
    expect(() => Node.decode("text" as unknown as Uint8Array)).toThrow(/expected bytes/);
  });
});

describe("decode", () => {
  it("takes the largest varint, and cuts longer values to the field's size", () => {
    expect(Scalars.decode(hex("38 ff ff ff ff ff ff ff ff ff 01")).aUint64).toBe(2n ** 64n - 1n);
    expect(Scalars.decode(hex("08 ff ff ff ff ff ff ff ff ff 01")).anInt32).toBe(-1);
    expect(Scalars.decode(hex("10 81 80 80 80 10")).aUint32).toBe(1);
    expect(Scalars.decode(hex("68 80 80 80 80 10")).aBool).toBe(true);
    expect(Scalars.decode(hex("68 80 80 80 80 00")).aBool).toBe(false);
  });

  it("skips unknown fields of each wire type, groups too", () => {
    const unknown = "f8 3f 01 | f9 3f 0102030405060708 | fa 3f 02 6161 | fb 3f 08 01 53 54 fc 3f | fd 3f 01020304";
    expect(Node.decode(hex(`${unknown.replaceAll("|", "")} 0a 01 61`)).name).toBe("a");
    expect(Object$.decode(hex("08 01"))).toEqual({});
  });

  it("skips a known field of another wire type", () => {
    expect(Node.decode(hex("08 05 0a 01 61"))).toMatchObject({ name: "a" });
  });

  it("reads packed lists where they are unpacked, and the reverse, and both in one message", () => {
    expect(Lists.decode(hex("08 01 0a 02 02 03 08 04")).int32s).toEqual([1, 2, 3, 4]);
    expect(Lists.decode(hex("3a 08 01000000 02000000 3d 03000000")).unpacked).toEqual([1, 2, 3]);
  });

  it("lets the last one win, but merges sub-messages", () => {
    expect(Node.decode(hex("0a 01 61 0a 01 62")).name).toBe("b");
    const twice = Buffer.concat([
      Node.encode({ next: { name: "a", inner: { depth: 1 } } }),
      Node.encode({ next: { color: 1, inner: { buffer: { b: Buffer.from("x") } } } }),
    ]);
    expect(Node.decode(twice).next).toMatchObject({
      name: "a",
      color: 1,
      inner: { depth: 1, buffer: { b: Buffer.from("x") } },
    });
  });

  it("merges a oneof's message with itself, and replaces another case", () => {
    const parts = (...all: Parameters<typeof Choice.encode>[0][]) =>
      Buffer.concat(all.map((each) => Choice.encode(each)));
    const first = { pickedOne: { case: "asNode", value: { name: "a" } } } as const;
    const second = { pickedOne: { case: "asNode", value: { color: 1 } } } as const;
    const other = { pickedOne: { case: "asText", value: "" } } as const;
    expect(Choice.decode(parts(first, second)).pickedOne).toMatchObject({
      case: "asNode",
      value: { name: "a", color: 1 },
    });
    expect(Choice.decode(parts(first, other)).pickedOne).toEqual({ case: "asText", value: "" });
    expect(Choice.decode(parts(first, other, second)).pickedOne).toMatchObject({ value: { name: "", color: 1 } });
  });

  it("keeps keys such as __proto__ as keys", () => {
    const { texts } = Maps.decode(
      Maps.encode({ texts: JSON.parse('{"__proto__":"p","constructor":"c"}') as Record<string, string> }),
    );
    expect(Object.getPrototypeOf(texts)).toBeNull();
    expect(Object.entries(texts)).toEqual([
      ["__proto__", "p"],
      ["constructor", "c"],
    ]);
    expect(({} as { p?: string }).p).toBeUndefined();
  });

  it("gives defaults for what an entry of a map lacks", () => {
    expect(Maps.decode(hex("0a 00")).texts).toEqual({ "": "" });
    expect(Maps.decode(hex("12 00")).tags).toEqual({ "0": { key: "", weight: 0 } });
    expect(Maps.decode(hex("1a 00")).blobs).toEqual({ false: new Uint8Array(0) });
  });

  it("keeps numbers that an enum does not name", () => {
    const node = Node.decode(hex("20 07"));
    expect(node.color).toBe(7);
    expect(Buffer.from(Node.encode(node))).toEqual(hex("20 07"));
  });

  it("gives bytes as views of what it was given", () => {
    const bytes = hex("7a 02 01 02");
    const { aBytes } = Scalars.decode(bytes);
    bytes[2] = 9;
    expect([...aBytes]).toEqual([9, 2]);
  });

  it("tells a present default from an absent one only where the schema says optional", () => {
    expect(Optionals.decode(hex("08 00"))).toMatchObject({ number: 0, text: undefined });
    expect(Optionals.encode({ number: 0, asNumber: 0 })).toEqual(Buffer.from(hex("08 00")));
    expect(Scalars.encode({ anInt32: 0, aDouble: -0 }).length).toBe(9);
  });
});
