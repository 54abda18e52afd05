/** Fields with `[jstype = JS_STRING]`. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadProto } from "../../src/load-proto.ts";
import type { Properties } from "../../src/codec/field-info.ts";
import type { MessageType } from "../../src/codec/message-type.ts";
import { Talk, Texts } from "../fixtures/gen/texts.ts";

const FILE = fileURLToPath(new URL("../fixtures/proto/texts.proto", import.meta.url));

const lowest = String(-(2n ** 63n));
const highest = String(2n ** 63n - 1n);
const highestUnsigned = String(2n ** 64n - 1n);

const far = Texts.create({
  anInt64: lowest,
  aUint64: highestUnsigned,
  aSint64: lowest,
  aFixed64: highestUnsigned,
  aSfixed64: highest,
  list: [lowest, "0", "1", highest],
  maybe: "0",
  pick: { case: "asText", value: "-1" },
});

const dynamicTexts = async () => {
  const services = await loadProto(FILE);
  return services["test.texts.Talk"]?.methods.echo?.request as MessageType<Properties>;
};

describe("64-bit integers as texts", () => {
  it("come back as they were, to both ends of their ranges", () => {
    expect(Texts.decode(Texts.encode(far))).toEqual(far);
    expect(Texts.fromJSON(JSON.parse(JSON.stringify(Texts.toJSON(far))))).toEqual(far);
    const other = Texts.create({ pick: { case: "asBigint", value: -1n } });
    expect(Texts.decode(Texts.encode(other))).toEqual(other);
    expect(Buffer.from(Texts.encode(other)).toString("hex")).toBe("48ffffffffffffffffff01");
  });

  it('have "0" as their default, which is not written', () => {
    expect(Texts.create()).toMatchObject({ anInt64: "0", aFixed64: "0", list: [], maybe: undefined });
    expect(Texts.encode({ anInt64: "0", aUint64: "0", aSint64: "0", aFixed64: "0", aSfixed64: "0" })).toHaveLength(0);
    expect(Texts.toJSON(Texts.create())).toEqual({});
    expect(Texts.toJSON(Texts.create({ maybe: "0" }))).toEqual({ maybe: "0" });
  });

  it("are texts in JSON, and read from numbers too", () => {
    expect(Texts.toJSON(far)).toMatchObject({ anInt64: lowest, asText: "-1", list: [lowest, "0", "1", highest] });
    expect(Texts.fromJSON({ anInt64: -5, list: ["7", 8], a_uint64: "1e3" })).toMatchObject({
      anInt64: "-5",
      list: ["7", "8"],
      aUint64: "1000",
    });
  });

  it.each([
    [{ anInt64: 5 }, "test.texts.Texts.an_int64: expected a decimal integer, got number"],
    [{ anInt64: 5n }, "an_int64: expected a decimal integer, got bigint"],
    [{ anInt64: "" }, "an_int64: expected a decimal integer"],
    [{ anInt64: "0x10" }, "an_int64: expected a decimal integer"],
    [{ anInt64: " 1" }, "an_int64: expected a decimal integer"],
    [{ anInt64: "1.5" }, "an_int64: expected a decimal integer"],
    [{ anInt64: "1".repeat(1_000_000) }, "an_int64: expected a decimal integer"],
    [{ anInt64: String(2n ** 63n) }, "an_int64: expected int64"],
    [{ aUint64: "-1" }, "a_uint64: expected uint64"],
    [{ aSint64: String(-(2n ** 63n) - 1n) }, "a_sint64: expected sint64"],
    [{ aFixed64: String(2n ** 64n) }, "a_fixed64: expected fixed64"],
    [{ aSfixed64: String(2n ** 63n) }, "a_sfixed64: expected sfixed64"],
    [{ list: ["1", "one"] }, "list: expected a decimal integer"],
    [{ pick: { case: "asText", value: 1n } }, "as_text: expected a decimal integer"],
  ])("are refused, by name, out of their range or form: %#", async (message, text) => {
    expect(() => Texts.encode(message as never)).toThrow(text);
    const dynamic = await dynamicTexts();
    expect(() => dynamic.encode(message)).toThrow(text);
  });

  it("have no JSON form out of their range or form", () => {
    expect(() => Texts.toJSON({ ...far, anInt64: "x" })).toThrow("an_int64: expected int64 as a decimal text");
    expect(() => Texts.toJSON({ ...far, aUint64: "-1" })).toThrow("a_uint64: expected uint64 as a decimal text");
    expect(() => Texts.fromJSON({ anInt64: highestUnsigned })).toThrow("an_int64: expected int64");
  });

  it("are the same in dynamic services", async () => {
    const dynamic = await dynamicTexts();
    const bytes = Texts.encode(far);
    expect(Buffer.from(dynamic.encode(far as unknown as Properties)).equals(bytes)).toBe(true);
    expect(dynamic.decode(bytes)).toEqual(far);
    expect(dynamic.create()).toEqual(Texts.create());
    expect(dynamic.toJSON(dynamic.decode(bytes))).toEqual(Texts.toJSON(far));
    expect(Talk.methods.echo.request).toBe(Texts);
  });
});
