import { describe, expect, it } from "vitest";
import { fullNames, machineSearchList, parseSearchList } from "../../src/resolvers/search-list.ts";

describe("parseSearchList", () => {
  it("reads what Kubernetes writes", () => {
    const text =
      "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.0.0.10\noptions ndots:5\n";
    expect(parseSearchList(text)).toEqual({
      domains: ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"],
      ndots: 5,
    });
  });

  it.each([
    ["", [], 1],
    ["# search a\n; search b\nnameserver 1.1.1.1", [], 1],
    ["search a b\ndomain c d", ["c"], 1],
    ["domain c\n\tsearch  a\tb ", ["a", "b"], 1],
    ["search . a.", ["a."], 1],
    ["options rotate ndots:0", [], 0],
    ["options ndots:99", [], 15],
    ["options ndots:x ndots", [], 1],
  ])("of %j", (text, domains, ndots) => {
    expect(parseSearchList(text)).toEqual({ domains, ndots });
  });
});

describe("fullNames", () => {
  const list = { domains: ["x.example", "y.example."], ndots: 2 };

  it.each([
    ["chat", ["chat.x.example", "chat.y.example", "chat"]],
    ["chat.shop", ["chat.shop.x.example", "chat.shop.y.example", "chat.shop"]],
    ["a.b.c", ["a.b.c", "a.b.c.x.example", "a.b.c.y.example"]],
    ["chat.", ["chat"]],
  ])("of %s", (name, names) => {
    expect(fullNames(name, list)).toEqual(names);
  });
});

it("has a list for this machine", async () => {
  expect(await machineSearchList()).toEqual({ domains: expect.any(Array), ndots: expect.any(Number) });
});
