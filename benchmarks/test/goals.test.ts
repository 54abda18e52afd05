import { describe, expect, it } from "vitest";
import { type Cell, judgeGoals, judgeLimits } from "../src/goals.ts";
import { BenchmarkError, type CaseDefinition, compare, type Params } from "../src/index.ts";

const one = { c: 1 };
const many = { c: 64 };

function caseWith(parts: Partial<CaseDefinition<Params>>) {
  const setup = () => ({ batch: () => {} });
  const contenders = ["ours", "a", "b"].map((name) => ({ name, setup }));
  return compare({ question: "Is it?", unit: "calls/s", params: [one, many], contenders, ...parts });
}

function cell(name: string, params: Params, ...values: number[]): Cell {
  return { name, params, rounds: values.map((value) => ({ "calls/s": value, p99Us: 1_000 / value })) };
}

const cells = [
  cell("ours", one, 10, 12, 11),
  cell("a", one, 5, 6, 5.5),
  cell("b", one, 1, 1, 1),
  cell("ours", many, 80, 80, 80),
  cell("a", many, 10, 10, 10),
  cell("b", many, 20, 20, 20),
];

describe("judgeGoals", () => {
  it("judges each set of parameters in the case's unit", () => {
    const ratios = judgeGoals(caseWith({ goals: [{ against: "a", bound: ">=", goal: 3 }] }), cells);
    expect(ratios).toEqual([
      { params: one, against: "a", metric: "calls/s", value: 2, bound: ">=", goal: 3, met: false },
      { params: many, against: "a", metric: "calls/s", value: 8, bound: ">=", goal: 3, met: true },
    ]);
  });

  it("takes the parameters that agree with where", () => {
    const ratios = judgeGoals(caseWith({ goals: [{ against: "a", where: { c: 64 }, bound: ">=", goal: 8 }] }), cells);
    expect(ratios).toMatchObject([{ params: many, value: 8, met: true }]);
  });

  it("takes the best of several peers anew for each set, by the direction of the bound", () => {
    const against = ["a", "b"];
    const faster = judgeGoals(caseWith({ goals: [{ against, bound: ">=", goal: 1 }] }), cells);
    expect(faster.map((ratio) => ratio.against)).toEqual(["a", "b"]);
    const quicker = judgeGoals(caseWith({ goals: [{ against, metric: "p99Us", bound: "<=", goal: 0.5 }] }), cells);
    expect(quicker).toMatchObject([
      { against: "a", value: 0.5, met: true },
      { against: "b", value: 0.25, met: true },
    ]);
  });

  it("gives one ratio for all sets together, the median", () => {
    const goals = [{ against: "a", over: "median", bound: ">=", goal: 5 }] as const;
    expect(judgeGoals(caseWith({ goals }), cells)).toEqual([
      { params: {}, against: "a", metric: "calls/s", value: 5, bound: ">=", goal: 5, met: true },
    ]);
  });

  it("can judge another contender than the first", () => {
    const goals = [{ of: "b", against: "a", where: { c: 64 }, bound: ">=", goal: 2 }] as const;
    expect(judgeGoals(caseWith({ goals }), cells)).toMatchObject([{ of: "b", value: 2, met: true }]);
  });

  it("gives nothing for a peer that did not run", () => {
    const withoutPeer = cells.filter(({ name }) => name !== "a");
    expect(judgeGoals(caseWith({ goals: [{ against: "a", bound: ">=", goal: 1 }] }), withoutPeer)).toEqual([]);
  });

  it("meets nothing by a ratio to zero", () => {
    const zero = [cell("ours", one, 5), cell("a", one, 0)];
    const ratios = judgeGoals(caseWith({ params: [one], goals: [{ against: "a", bound: ">=", goal: 1 }] }), zero);
    expect(ratios).toMatchObject([{ value: Number.POSITIVE_INFINITY, met: false }]);
  });

  it("refuses a metric that was not measured, and names those that were", () => {
    const judge = () =>
      judgeGoals(caseWith({ goals: [{ against: "a", metric: "lost", bound: "<=", goal: 0 }] }), cells);
    expect(judge).toThrow(BenchmarkError);
    expect(judge).toThrow('no metric "lost" (calls/s, p99Us)');
  });
});

describe("judgeLimits", () => {
  it("takes the worst round", () => {
    const limits = [
      { metric: "calls/s", where: { c: 1 }, bound: ">=", goal: 10.5 },
      { metric: "p99Us", where: { c: 1 }, bound: "<=", goal: 100 },
    ] as const;
    expect(judgeLimits(caseWith({ limits }), cells)).toEqual([
      { params: one, metric: "calls/s", value: 10, bound: ">=", goal: 10.5, met: false },
      { params: one, metric: "p99Us", value: 100, bound: "<=", goal: 100, met: true },
    ]);
  });
});
