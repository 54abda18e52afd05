/** docs/benchmarks.md, made of the kept results. */
import type { CaseResult, ResultRow } from "./case-result.ts";
import { boundText, cellName, figure } from "./figures.ts";
import type { LimitResult, Ratio } from "./goals.ts";

const INTRODUCTION = `# Benchmarks

This page is written by \`npm run bench\` from \`benchmarks/results/*.json\`; do not edit it.

Each case runs its contenders in one run, taking turns, after a warm-up; a figure is the median of the rounds. CPU time is that
of a contender and of the server it talks to, where that server belongs to the case. A goal is a ratio between two contenders of
the same run: the median of the ratios of the single rounds. Goals that are not met are shown as **missed**.`;

const BAR_WIDTH = 20;

/** The whole page. `results` in the order in which they are to appear. */
export function markdownReport(results: readonly CaseResult[]): string {
  const judged = results.flatMap(({ ratios, limits }) => [...ratios, ...limits]);
  const met = judged.filter((one) => one.met).length;
  const summary = `Goals and limits: ${met} met, ${judged.length - met} missed.`;
  const chart = "![How many times faster than the usual choice](images/speed.svg)";
  return `${[INTRODUCTION, chart, summary, ...results.map(section)].join("\n\n")}\n`;
}

function section(result: CaseResult): string {
  const { node, cpu, cores, date, command } = result;
  const parts = [`## ${result.case}`, result.question, figuresTable(result)];
  if (result.ratios.length > 0) parts.push(goalsTable(result.ratios));
  if (result.limits.length > 0) parts.push(limitsTable(result.limits));
  for (const { name, params, reason } of result.skipped ?? []) {
    parts.push(`Skipped: ${[name, cellName(params)].filter(Boolean).join(", ")}: ${reason}.`);
  }
  parts.push(`\`${command}\` · Node ${node} · ${cpu}, ${cores} cores · ${date.slice(0, 10)}`);
  return parts.join("\n\n");
}

function figuresTable({ results }: CaseResult): string {
  const columns: readonly (readonly [string, (row: ResultRow) => string])[] = [
    ["parameters", (row) => cellName(row.params)],
    ["contender", (row) => [row.name, row.version].filter(Boolean).join(" ")],
    [results[0]?.unit ?? "", (row) => figure(row.median)],
    ["", (row) => bar(row, results)],
    ["min – max", (row) => `${figure(row.min)} – ${figure(row.max)}`],
    ["p50 µs", ({ p50Us }) => (p50Us === undefined ? "" : figure(p50Us))],
    ["p99 µs", ({ p99Us }) => (p99Us === undefined ? "" : figure(p99Us))],
    ["CPU µs/op", ({ cpuUsPerOp }) => (cpuUsPerOp === undefined ? "" : figure(cpuUsPerOp))],
    ["RSS MiB", ({ rssMiB }) => (rssMiB === undefined ? "" : figure(rssMiB))],
    [
      "more",
      ({ metrics = {} }) =>
        Object.entries(metrics)
          .map(([name, value]) => `${name} ${figure(value)}`)
          .join(", "),
    ],
  ];
  const used = columns.filter(([, cell]) => results.some((row) => cell(row) !== ""));
  return table(
    used.map(([header]) => header),
    results.map((row) => used.map(([, cell]) => cell(row))),
  );
}

/** The share of the highest figure with the same parameters. */
function bar(row: ResultRow, rows: readonly ResultRow[]): string {
  const key = JSON.stringify(row.params);
  const highest = Math.max(...rows.filter(({ params }) => JSON.stringify(params) === key).map(({ median }) => median));
  if (!(highest > 0)) return "";
  return "█".repeat(Math.max(1, Math.round((row.median / highest) * BAR_WIDTH)));
}

function goalsTable(ratios: readonly Ratio[]): string {
  const lines = ratios.map((ratio) => [
    cellName(ratio.params),
    [ratio.of, ratio.metric].filter(Boolean).join(" "),
    ratio.against,
    `${figure(ratio.value)}×`,
    boundText(ratio),
    verdict(ratio.met),
  ]);
  return table(["parameters", "metric", "against", "ratio", "goal", ""], lines);
}

function limitsTable(limits: readonly LimitResult[]): string {
  const lines = limits.map((limit) => [
    cellName(limit.params),
    [limit.of, limit.metric].filter(Boolean).join(" "),
    figure(limit.value),
    boundText(limit),
    verdict(limit.met),
  ]);
  return table(["parameters", "metric", "worst round", "limit", ""], lines);
}

function verdict(met: boolean): string {
  return met ? "met" : "**missed**";
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
