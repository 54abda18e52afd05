import { OptionError } from "@servertech/core";
import { describe, expect, it } from "vitest";
import { parseEndpointList } from "../../src/resolvers/endpoint-list.ts";

describe("parseEndpointList", () => {
  it("reads all that an endpoint has; the id is the address unless it is named", () => {
    const metadata = JSON.parse(`{ "__proto__": "x", "rack": "7" }`) as Record<string, string>;
    const given = [
      { host: "a.example", port: 65_535 },
      { host: "::1", port: 1 },
      { path: "/run/x.sock" },
      { id: "x", host: "10.0.0.1", port: 9_000, weight: 0.5, zone: "z", metadata },
    ];
    expect(parseEndpointList(JSON.stringify(given))).toEqual([
      { id: "a.example:65535", host: "a.example", port: 65_535 },
      { id: "[::1]:1", host: "::1", port: 1 },
      { id: "/run/x.sock", host: "", port: 0, path: "/run/x.sock" },
      given[3],
    ]);
  });

  it.each([
    ["{}", "the file"],
    ["null", "the file"],
    ["[null]", "[0]"],
    ["[5]", "[0]"],
    [`["a:1"]`, "[0]"],
    [`[{"port":1}]`, "[0].host"],
    [`[{"host":"","port":1}]`, "[0].host"],
    [`[{"host":"[::1]","port":1}]`, "[0].host"],
    [`[{"host":"a:b","port":1}]`, "[0].host"],
    [`[{"host":"a b","port":1}]`, "[0].host"],
    [`[{"host":["::1"],"port":1}]`, "[0].host"],
    [`[{"host":"a"}]`, "[0].port"],
    [`[{"host":"a","port":0}]`, "[0].port"],
    [`[{"host":"a","port":65536}]`, "[0].port"],
    [`[{"host":"a","port":"1"}]`, "[0].port"],
    [`[{"host":"a","port":1.5}]`, "[0].port"],
    [`[{"path":""}]`, "[0].path"],
    [`[{"path":7}]`, "[0].path"],
    [`[{"path":"/x","host":"a"}]`, "[0].host"],
    [`[{"path":"/x","port":1}]`, "[0].port"],
    [`[{"host":"a","port":1,"id":""}]`, "[0].id"],
    [`[{"host":"a","port":1,"weight":0}]`, "[0].weight"],
    [`[{"host":"a","port":1,"weight":1e999}]`, "[0].weight"],
    [`[{"host":"a","port":1,"weight":"1"}]`, "[0].weight"],
    [`[{"host":"a","port":1,"zone":1}]`, "[0].zone"],
    [`[{"host":"a","port":1,"metadata":[]}]`, "[0].metadata"],
    [`[{"host":"a","port":1,"metadata":{"x":1}}]`, "[0].metadata.x"],
    [`[{"host":"a","port":1,"wieght":2}]`, "[0].wieght"],
    [`[{"host":"a","port":1},{"host":"a","port":1}]`, "[1].id"],
  ])("refuses %s", (text, option) => {
    expect(problems(text)).toContain(option);
  });

  it("names every problem", () => {
    expect(problems(`[{"host":1,"port":0},{"host":"a","port":1,"zone":2}]`)).toEqual([
      "[0].host",
      "[0].port",
      "[1].zone",
    ]);
  });

  it("refuses what is no JSON", () => {
    expect(() => parseEndpointList("[")).toThrow(SyntaxError);
  });
});

function problems(text: string): string[] {
  try {
    parseEndpointList(text);
  } catch (error) {
    if (error instanceof OptionError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}
