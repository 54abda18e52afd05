import { describe, expect, it } from "vitest";
import type { CaseResult, ResultRow } from "../src/case-result.ts";
import { speedChart } from "../src/speed-chart.ts";

const row = (name: string, params: ResultRow["params"], unit: string, median: number): ResultRow => ({
  name,
  version: "1.0.0",
  params,
  unit,
  median,
  min: median,
  max: median,
  rounds: 5,
});

const result = (id: string, results: readonly ResultRow[]): CaseResult => ({
  case: id,
  question: "?",
  node: "v20.20.2",
  cpu: "cpu",
  cores: 2,
  date: "2026-01-01T00:00:00Z",
  command: "npm run bench",
  results,
  ratios: [],
  limits: [],
});

describe("speedChart", () => {
  it("shows rates and times as how many times faster", () => {
    const at = { inFlight: 64, bytes: 100 };
    const chart = speedChart([
      result("rpc/unary", [row("ours", at, "calls/s", 600), row("@grpc/grpc-js", at, "calls/s", 10)]),
      result("async-logger/calls", [
        row("ours", { kind: "string" }, "ns/call", 20),
        row("pino (default)", { kind: "string" }, "ns/call", 90),
      ]),
    ]);
    expect(chart).toContain('>60× <tspan class="quiet">@grpc/grpc-js</tspan>');
    expect(chart).toContain('>4.5× <tspan class="quiet">pino (default)</tspan>');
    expect(chart).toMatch(/^<svg [^>]*viewBox="0 0 760 \d+"/);
  });

  it("leaves out what was not measured", () => {
    expect(speedChart([])).toBeUndefined();
    expect(speedChart([result("rpc/stream", [row("ours", {}, "messages/s", 5)])])).toBeUndefined();
  });
});
