import { describe, expect, it } from "vitest";
import type { CaseResult } from "../src/case-result.ts";
import { markdownReport } from "../src/markdown-report.ts";
import { textReport } from "../src/text-report.ts";

const result: CaseResult = {
  case: "rpc/unary",
  question: "What does a call cost?",
  node: "v20.20.2",
  cpu: "A CPU",
  cores: 2,
  date: "2030-01-02T03:04:05.000Z",
  command: "npm run bench -- rpc unary",
  results: [
    {
      name: "ours",
      version: "0.1.0",
      params: { inFlight: 64 },
      unit: "calls/s",
      median: 123_456,
      min: 100_000,
      max: 130_000,
      p50Us: 500,
      p99Us: 900.5,
      cpuUsPerOp: 12.345,
      metrics: { lost: 0 },
      rounds: 5,
    },
    {
      name: "a|b",
      version: "",
      params: { inFlight: 64 },
      unit: "calls/s",
      median: 12_345,
      min: 9,
      max: 20_000,
      rounds: 5,
    },
  ],
  ratios: [
    { params: { inFlight: 64 }, against: "a|b", metric: "calls/s", value: 10.01, bound: ">=", goal: 10, met: true },
    { params: {}, against: "a|b", metric: "p99Us", value: 2, bound: "<=", goal: 1, met: false },
  ],
  limits: [{ params: {}, metric: "lost", value: 1, bound: "<=", goal: 0, met: false }],
  skipped: [{ name: "native", params: {}, reason: "runs with --native-peers only" }],
};

describe("markdownReport", () => {
  const report = markdownReport([result]);

  it.each([
    "Goals and limits: 1 met, 2 missed.",
    "## rpc/unary\n\nWhat does a call cost?",
    "| parameters | contender | calls/s |  | min – max | p50 µs | p99 µs | CPU µs/op | more |",
    `| inFlight 64 | ours 0.1.0 | 123,000 | ${"█".repeat(20)} | 100,000 – 130,000 | 500 | 901 | 12.3 | lost 0 |`,
    "| inFlight 64 | a\\|b | 12,300 | ██ | 9 – 20,000 |  |  |  |  |",
    "| inFlight 64 | calls/s | a\\|b | 10× | ≥ 10 | met |",
    "|  | p99Us | a\\|b | 2× | ≤ 1 | **missed** |",
    "|  | lost | 1 | ≤ 0 | **missed** |",
    "Skipped: native: runs with --native-peers only.",
    "`npm run bench -- rpc unary` · Node v20.20.2 · A CPU, 2 cores · 2030-01-02",
  ])("has %j", (text) => {
    expect(report).toContain(text);
  });
});

describe("textReport", () => {
  it("says which goals are met and which are missed, in columns", () => {
    const lines = textReport(result).split("\n");
    expect(lines[0]).toBe("rpc/unary: What does a call cost?");
    expect(lines.filter((line) => line.endsWith(" MISSED"))).toHaveLength(2);
    expect(lines.filter((line) => line.endsWith(" met"))).toHaveLength(1);
    expect(lines.find((line) => line.includes("skipped"))).toContain("native");
  });
});
