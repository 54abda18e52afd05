import { describe, expect, it } from "vitest";
import { parseArguments } from "../src/arguments.ts";

describe("parseArguments", () => {
  it("reads names and options in any order", () => {
    expect(parseArguments(["--smoke", "rpc", "--json", "x.json", "unary", "--native-peers"])).toEqual({
      group: "rpc",
      name: "unary",
      smoke: true,
      nativePeers: true,
      json: "x.json",
      report: false,
    });
  });

  it("runs everything without arguments", () => {
    expect(parseArguments([])).toEqual({
      group: undefined,
      name: undefined,
      smoke: false,
      nativePeers: false,
      json: undefined,
      report: false,
    });
  });

  it.each([
    [["--fast"], "--fast"],
    [["a", "b", "c"], '"c" is one name too many'],
    [["--json"], "--json"],
  ])("refuses %j and shows the usage", (argv, message) => {
    expect(() => parseArguments(argv)).toThrow(message);
    expect(() => parseArguments(argv)).toThrow("Usage: npm run bench");
  });
});
