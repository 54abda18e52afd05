import { describe, expect, it } from "vitest";
import { Slabs } from "../src/sink/slabs.ts";

describe("Slabs", () => {
  it.each(["", "ascii", "é漢😀", "漢".repeat(100), "x".repeat(100)])("encode as UTF-8: %s", (text) => {
    const { bytes } = new Slabs(100).encode(text);
    expect(bytes).toEqual(Buffer.from(text));
  });

  it("use again what was given back, and only that", () => {
    const slabs = new Slabs(100);
    const first = slabs.encode("first");
    const second = slabs.encode("second");
    expect(String(first.bytes)).toBe("first");
    slabs.giveBack(first.slab);
    expect(slabs.encode("third").slab).toBe(first.slab);
    expect(String(second.bytes)).toBe("second");
  });

  it("leave texts that are too long, and what is too much, to the garbage collector", () => {
    const slabs = new Slabs(600_000);
    expect(slabs.encode("x".repeat(600_001)).slab).toBeUndefined();
    const [one, two] = [slabs.encode("1"), slabs.encode("2")];
    slabs.giveBack(one.slab);
    slabs.giveBack(two.slab);
    expect(slabs.encode("3").slab).toBe(one.slab);
    expect(slabs.encode("4").slab).not.toBe(two.slab);
  });
});
