/** The chart of the README: how many times faster than the usual choice, as an SVG made of the kept results. */
import type { CaseResult, ResultRow } from "./case-result.ts";
import type { Params } from "./compare.ts";
import { figure } from "./figures.ts";

interface Headline {
  readonly label: string;
  readonly case: string;
  readonly params: Params;
  /** A contender's name; the first contender is ours. */
  readonly against: string;
}

const HEADLINES: readonly Headline[] = [
  {
    label: "RPC calls, 64 in flight",
    case: "rpc/unary",
    params: { inFlight: 64, bytes: 100 },
    against: "@grpc/grpc-js",
  },
  {
    label: "RPC calls, one in flight",
    case: "rpc/unary",
    params: { inFlight: 1, bytes: 100 },
    against: "@grpc/grpc-js",
  },
  { label: "RPC stream, messages", case: "rpc/stream", params: {}, against: "@grpc/grpc-js" },
  { label: "log calls, one text", case: "async-logger/calls", params: { kind: "string" }, against: "pino (default)" },
  {
    label: "log calls, five fields",
    case: "async-logger/calls",
    params: { kind: "fields" },
    against: "pino (default)",
  },
  {
    label: "tasks on threads, 64 callers",
    case: "task-scheduler/small-tasks",
    params: { micros: 0, callers: 64 },
    against: "piscina",
  },
  { label: "tasks on threads, as one map", case: "task-scheduler/map", params: { threads: 2 }, against: "piscina" },
  { label: "borrowing from a pool", case: "resource-pool/borrow", params: { callers: 1 }, against: "generic-pool" },
  { label: "Redis commands, 256 callers", case: "redis-pool/get-set", params: { callers: 256 }, against: "ioredis" },
  {
    label: "MySQL selects, 128 callers",
    case: "db-pool/query",
    params: { call: "query", callers: 128, pool: 10 },
    against: "mysql2/promise",
  },
];

interface Bar {
  readonly label: string;
  readonly against: string;
  readonly times: number;
}

/** Those headlines of which there is a result, in the order above. */
function barsOf(results: readonly CaseResult[]): Bar[] {
  return HEADLINES.flatMap(({ label, case: id, params, against }) => {
    const rows = results.find((result) => result.case === id)?.results.filter((row) => isAt(row, params)) ?? [];
    const [ours] = rows;
    const peer = rows.find(({ name }) => name === against);
    if (ours === undefined || peer === undefined) return [];
    const more = ours.unit.endsWith("/s");
    return { label, against, times: more ? ours.median / peer.median : peer.median / ours.median };
  });
}

function isAt(row: ResultRow, params: Params): boolean {
  return Object.entries(params).every(([name, value]) => row.params[name] === value);
}

const WIDTH = 760;
const LABEL_WIDTH = 230;
const BAR_LEFT = LABEL_WIDTH + 12;
const BAR_WIDTH = 300;
const ROW = 30;
const TOP = 34;

const STYLE = `text{font:14px system-ui,sans-serif;fill:#1f2328}.quiet{fill:#59636e}.bar{fill:#2f6feb}.line{stroke:#8c959f;stroke-dasharray:2 3}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.bar{fill:#4493f8}}`;

/** @returns undefined while there is nothing to show. */
export function speedChart(results: readonly CaseResult[]): string | undefined {
  const bars = barsOf(results);
  if (bars.length === 0) return undefined;
  const most = Math.max(10, ...bars.map(({ times }) => times));
  const lengthOf = (times: number) => (Math.log(Math.max(1, times)) / Math.log(most)) * BAR_WIDTH;
  const height = TOP + bars.length * ROW + 8;
  const grid = [1, 2, 5, 10, 20, 50, 100]
    .filter((times) => times <= most)
    .map((times) => {
      const x = round(BAR_LEFT + lengthOf(times));
      return `<line class="line" x1="${x}" y1="${TOP - 8}" x2="${x}" y2="${height - 8}"/><text class="quiet" x="${x}" y="18" text-anchor="middle">${times}×</text>`;
    });
  const rows = bars.map(({ label, against, times }, index) => {
    const y = TOP + index * ROW;
    const length = round(lengthOf(times));
    return `<text x="${LABEL_WIDTH}" y="${y + 15}" text-anchor="end">${escaped(label)}</text><rect class="bar" x="${BAR_LEFT}" y="${y}" width="${Math.max(2, length)}" height="20" rx="3"/><text x="${BAR_LEFT + length + 8}" y="${y + 15}">${figure(times)}× <tspan class="quiet">${escaped(against)}</tspan></text>`;
  });
  const title = `How many times faster than: ${bars.map((bar) => `${bar.label}, ${figure(bar.times)} times ${bar.against}`).join("; ")}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
${[...grid, ...rows].join("\n")}
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
