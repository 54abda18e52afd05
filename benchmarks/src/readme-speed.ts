/** The figures in a package's README, written by each run between two comments. */
import type { CaseResult } from "./case-result.ts";
import { cellName, figure } from "./figures.ts";

const BEGIN = "<!-- figures: written by npm run bench -->";
const END = "<!-- /figures -->";

/** `readme` with the figures of `results` between its comments; as it is when it has none. */
export function withFigures(readme: string, results: readonly CaseResult[]): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) return readme;
  const body = results.map(caseFigures).join("\n\n");
  return `${readme.slice(0, begin)}${BEGIN}\n\n${body}\n\n${readme.slice(end)}`;
}

function caseFigures({ question, results, command, node, cores }: CaseResult): string {
  const hasParams = results.some(({ params }) => Object.keys(params).length > 0);
  const header = [...(hasParams ? ["parameters"] : []), "", results[0]?.unit ?? "", "CPU µs/op"];
  const rows = results.map(({ params, name, version, median, cpuUsPerOp }) => [
    ...(hasParams ? [cellName(params)] : []),
    [name, version].filter(Boolean).join(" "),
    figure(median),
    cpuUsPerOp === undefined ? "" : figure(cpuUsPerOp),
  ]);
  return `${question} (\`${command}\`, Node ${node}, ${cores} cores)\n\n${aligned([header, ...rows])}`;
}

/** A Markdown table whose columns are as wide as their widest cell. */
function aligned([header = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = header.map((_, i) => Math.max(3, ...[header, ...rows].map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
