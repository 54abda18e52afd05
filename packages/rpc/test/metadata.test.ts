import { describe, expect, it } from "vitest";
import { type MutableMetadata, NO_METADATA, metadataList } from "../src/metadata.ts";

describe("metadata", () => {
  const list = metadataList({ Token: "a", many: ["1", "2"] });

  it("gives one pair per value, in order, with keys in lower case", () => {
    const pairs = [
      ["token", "a"],
      ["many", "1"],
      ["many", "2"],
    ];
    expect([...list]).toEqual(pairs);
    expect([...list.entries()]).toEqual(pairs);
    expect([list.get("TOKEN"), list.getAll("many"), list.has("none")]).toEqual(["a", ["1", "2"], false]);
  });

  it("is JSON as a caller would write it, whatever the keys", () => {
    expect(JSON.stringify(list)).toBe('{"token":"a","many":["1","2"]}');
    const odd = metadataList(JSON.parse('{"__proto__":"x"}') as Record<string, string>);
    expect(JSON.stringify(odd)).toBe('{"__proto__":"x"}');
  });

  it("of those that have none is one for all, and refuses to be changed", () => {
    const none = NO_METADATA as MutableMetadata;
    expect(() => none.set("user", "alice")).toThrow(/"user": what was received is not changed/);
    expect(() => none.append("user", "alice")).toThrow(/not changed/);
    expect(none.delete("user").toJSON()).toEqual({});
    expect([...NO_METADATA]).toEqual([]);
  });

  it("is replaced by set, and grows by append", () => {
    const own = metadataList({ a: ["1", "2"] });
    expect(own.set("A", "3").append("a", "4").toJSON()).toEqual({ a: ["3", "4"] });
    expect(own.delete("a").toJSON()).toEqual({});
  });
});
