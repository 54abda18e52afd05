import { beforeEach, describe, expect, it } from "vitest";
import type { Endpoint } from "../../src/resolver.ts";
import { KeptList } from "../../src/resolvers/kept-list.ts";
import { LogKeeper } from "./watching.ts";

const failure = new Error("no answer");
let logger: LogKeeper;
let list: KeptList;

beforeEach(() => {
  logger = new LogKeeper();
  list = new KeptList(logger, { fields: { target: "x" }, failing: "failing", good: "good" });
});

function endpoints(...ports: number[]): readonly Endpoint[] {
  return ports.map((port) => ({ id: `${port}`, host: "h", port }));
}

describe("next", () => {
  it("gives a list that differs from the last, an empty one too", () => {
    expect(list.next(endpoints(1))).toEqual(endpoints(1));
    expect(list.next(endpoints(1))).toBeUndefined();
    expect(list.next(endpoints(1, 2))).toEqual(endpoints(1, 2));
    expect(list.next([])).toEqual([]);
    expect(logger.lines).toEqual([]);
  });

  it("throws the error when there was no list, each time", () => {
    expect(() => list.next(failure)).toThrow(failure);
    expect(() => list.next(failure)).toThrow(failure);
    expect(logger.lines).toEqual([]);
  });

  it("keeps the list over errors, and logs their beginning and their end", () => {
    list.next(endpoints(1));
    for (const result of [failure, failure, endpoints(1), endpoints(1), failure])
      expect(list.next(result)).toBeUndefined();
    expect(logger.lines).toEqual(["warn failing", "info good", "warn failing"]);
    expect(list.next(endpoints(2))).toEqual(endpoints(2));
    expect(logger.lines.at(-1)).toBe("info good");
  });
});
