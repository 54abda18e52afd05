/** A case's result for the terminal. */
import type { CaseResult, ResultRow } from "./case-result.ts";
import { boundText, cellName, figure } from "./figures.ts";

/** Tables of the figures, then goals and limits, each with the word "met" or "MISSED". */
export function textReport(result: CaseResult): string {
  const rows = result.results.map(rowTexts);
  const header = [
    "parameters",
    "contender",
    result.results[0]?.unit ?? "",
    "min–max",
    "p50 µs",
    "p99 µs",
    "CPU µs/op",
    "MiB",
    "",
  ];
  const skipped = (result.skipped ?? []).map(({ params, name, reason }) => [
    cellName(params),
    name,
    `skipped: ${reason}`,
  ]);
  const judged = [
    ...result.ratios.map(({ params, of, metric, against, value, met, ...bound }) => [
      cellName(params),
      `${of ? `${of} ` : ""}${metric} against ${against}`,
      `${figure(value)}×`,
      boundText(bound),
      verdict(met),
    ]),
    ...result.limits.map(({ params, of, metric, value, met, ...bound }) => [
      cellName(params),
      `${of ? `${of} ` : ""}${metric}`,
      figure(value),
      boundText(bound),
      verdict(met),
    ]),
  ];
  return [`${result.case}: ${result.question}`, table([header, ...rows]), table(skipped), table(judged)]
    .filter(Boolean)
    .join("\n");
}

function rowTexts(row: ResultRow): string[] {
  const own = Object.entries(row.metrics ?? {}).map(([metric, value]) => `${metric} ${figure(value)}`);
  return [
    cellName(row.params),
    row.version === "" ? row.name : `${row.name} ${row.version}`,
    figure(row.median),
    `${figure(row.min)}–${figure(row.max)}`,
    optional(row.p50Us),
    optional(row.p99Us),
    optional(row.cpuUsPerOp),
    optional(row.rssMiB),
    own.join(", "),
  ];
}

function verdict(met: boolean): string {
  return met ? "met" : "MISSED";
}

/** Columns of equal width; those that are empty everywhere below the first line vanish. */
function table(lines: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) => {
    const cells = lines.map((line) => line[column] ?? "");
    const body = cells.length > 1 ? cells.slice(1) : cells;
    return body.every((cell) => cell === "") ? -1 : Math.max(...cells.map((cell) => cell.length));
  });
  return lines
    .map((line) =>
      `  ${widths.flatMap((width, column) => (width < 0 ? [] : (line[column] ?? "").padEnd(width))).join("  ")}`.trimEnd(),
    )
    .join("\n");
}

function optional(value: number | undefined): string {
  return value === undefined ? "" : figure(value);
}
