import { describe, expect, it } from "vitest";
import { BenchmarkError, type CaseDefinition, compare, type Params } from "../src/index.ts";

const nothing = { batch: () => {} };
const valid: CaseDefinition<Params> = {
  question: "Is it?",
  unit: "calls/s",
  contenders: [
    { name: "ours", setup: () => nothing },
    { name: "theirs", setup: () => nothing },
  ],
};

describe("compare", () => {
  it("fills in one cell without parameters and the length of the run", () => {
    expect(compare(valid)).toMatchObject({ params: [{}], isolate: false, rounds: 5, roundMs: 1_000, warmUpMs: 500 });
  });

  it.each<[string, Partial<CaseDefinition<Params>>, string]>([
    ["an empty question", { question: " " }, "question: must not be empty"],
    ["an empty unit", { unit: "" }, "unit: must not be empty"],
    ["no contender", { contenders: [] }, "contenders: must not be empty"],
    ["no cell", { params: [] }, "params: must not be empty"],
    ["no round", { rounds: 0 }, "rounds: must be an integer of at least 1, got 0"],
    ["half a millisecond", { roundMs: 0.5 }, "roundMs: must be an integer of at least 1, got 0.5"],
    ["a negative warm-up", { warmUpMs: -1 }, "warmUpMs: must be an integer of at least 0, got -1"],
    [
      "a name given twice",
      { contenders: [...valid.contenders, ...valid.contenders] },
      'contenders: "ours" is there twice',
    ],
    ["a goal against a stranger", { goals: [{ against: "other", bound: ">=", goal: 1 }] }, '"other" is no contender'],
    [
      "a limit for a stranger",
      { limits: [{ of: "x", metric: "rssMiB", bound: "<=", goal: 1 }] },
      '"x" is no contender',
    ],
  ])("refuses %s", (_name, change, message) => {
    const call = () => compare({ ...valid, ...change });
    expect(call).toThrow(BenchmarkError);
    expect(call).toThrow(message);
  });
});
