import { describe, expect, it } from "vitest";
import { FieldReader, bytesField, textField, varintBytes, varintField, writeVarint } from "../../src/wire/fields.ts";

function varintsOf(hex: string): { values: number[]; failed: boolean } {
  const bytes = Buffer.from(hex, "hex");
  const reader = new FieldReader().open(bytes, 0, bytes.length);
  const values: number[] = [];
  while (reader.next()) values.push(reader.varint());
  return { values, failed: reader.failed };
}

describe("varints", () => {
  it("come back as they were written", () => {
    for (const value of [
      1,
      127,
      128,
      16_383,
      16_384,
      2 ** 28 - 1,
      2 ** 28,
      2 ** 31,
      2 ** 32,
      2 ** 40 + 3,
      2 ** 53 - 1,
    ]) {
      const field = varintField(1, value);
      expect(varintsOf(field.toString("hex"))).toEqual({ values: [value], failed: false });
      expect(varintBytes(value)).toBe(writeVarint(Buffer.alloc(10), 0, value));
    }
  });

  it("that are negative as int64 read as -1", () => {
    expect(varintsOf("08ffffffffffffffffff01")).toEqual({ values: [-1], failed: false });
    expect(varintsOf("0880808080808080808001")).toEqual({ values: [-1], failed: false });
  });

  it.each(["08ffffffffffffffffff02", "08ffffffffffffffffffff01", "08ff", "08"])(
    "that are too long or cut off fail: %s",
    (hex) => {
      expect(varintsOf(hex).failed).toBe(true);
    },
  );
});

describe("fields", () => {
  it.each(["0a05616263", "0affffffff0f", "0b", "0f00", "00", "0900", "0d00", "12ffffffffffffffffff01"])(
    "malformed fail: %s",
    (hex) => {
      const bytes = Buffer.from(hex, "hex");
      const reader = new FieldReader().open(bytes, 0, bytes.length);
      while (reader.next()) {
        if (reader.field === 1 && hex.startsWith("0a")) reader.text();
        else reader.skip();
      }
      expect(reader.failed).toBe(true);
    },
  );

  it("of all kinds are skipped", () => {
    const bytes = Buffer.concat([
      Buffer.from("090102030405060708", "hex"),
      Buffer.from("0d01020304", "hex"),
      bytesField(9, Buffer.alloc(300)),
      varintField(7, 2 ** 50),
      textField(2, "end"),
    ]);
    const reader = new FieldReader().open(bytes, 0, bytes.length);
    let last = "";
    while (reader.next()) {
      if (reader.field === 2) last = reader.text();
      else reader.skip();
    }
    expect([last, reader.failed]).toEqual(["end", false]);
  });
});
