import { describe, expect, it } from "vitest";
import { addressParts, addressText, readMoved, readSlots } from "../src/slot-map.ts";

describe("readSlots", () => {
  it("reads ranges and masters; a node that does not know its address is where it was asked", () => {
    const reply = [
      [0, 99, ["10.0.0.1", 7_000, "id", []], ["10.0.0.9", 7_001, "id"]],
      [100, 100, [null, 7_002]],
      [101, 102, ["?", 7_003]],
      [103, 16_383, ["::1", 7_004]],
    ];
    expect(readSlots(reply, "asked")).toEqual([
      { from: 0, to: 99, address: "10.0.0.1:7000" },
      { from: 100, to: 100, address: "asked:7002" },
      { from: 101, to: 102, address: "asked:7003" },
      { from: 103, to: 16_383, address: "[::1]:7004" },
    ]);
  });
});

describe("readMoved", () => {
  it.each([
    ["MOVED 866 127.0.0.1:7002", { ask: false, slot: 866, address: "127.0.0.1:7002" }],
    ["ASK 866 host.name:7002", { ask: true, slot: 866, address: "host.name:7002" }],
    ["MOVED 1 ::1:7002", { ask: false, slot: 1, address: "[::1]:7002" }],
    ["MOVED", undefined],
    ["ERR MOVED 866 127.0.0.1:7002", undefined],
    ["CROSSSLOT Keys in request don't hash to the same slot", undefined],
  ])("%s", (message, expected) => expect(readMoved(message)).toEqual(expected));
});

describe("addressParts", () => {
  it.each([
    ["host", 1],
    ["127.0.0.1", 65_535],
    ["::1", 6_379],
  ])("is the inverse of addressText: %s %i", (host, port) => {
    expect(addressParts(addressText(host, port))).toEqual({ host, port });
  });
});
