/** What a measurement has found, for people and for programs. */
import type { LoadResult } from "./load.ts";

const QUANTILES = [
  ["p50", 0.5],
  ["p90", 0.9],
  ["p99", 0.99],
] as const;

const BAR_WIDTH = 40;

export interface BenchSubject {
  readonly method: string;
  readonly target: string;
  readonly concurrency: number;
}

export function benchJson(subject: BenchSubject, result: LoadResult): object {
  const { elapsedMs, ok, errors, latency, cpuMs } = result;
  const failed = failedOf(result);
  return {
    ...subject,
    elapsedMs: rounded(elapsedMs),
    calls: ok + failed,
    ok,
    failed,
    errors: Object.fromEntries(errors),
    requestsPerSecond: rounded(perSecond(result)),
    latencyMs:
      ok === 0
        ? null
        : {
            min: rounded(latency.minMs),
            mean: rounded(latency.meanMs),
            ...Object.fromEntries(QUANTILES.map(([name, share]) => [name, rounded(latency.quantileMs(share))])),
            max: rounded(latency.maxMs),
          },
    cpuMs: { user: rounded(cpuMs.user), system: rounded(cpuMs.system) },
    histogram: latency
      .ranges()
      .map(({ fromMs, toMs, count }) => ({ fromMs: rounded(fromMs), toMs: rounded(toMs), count })),
  };
}

export function benchText(subject: BenchSubject, result: LoadResult): string {
  const { elapsedMs, ok, errors, latency, cpuMs } = result;
  const failed = failedOf(result);
  const cpu = cpuMs.user + cpuMs.system;
  const lines = [
    `${subject.method} on ${subject.target}, ${subject.concurrency} at a time, ${(elapsedMs / 1_000).toFixed(1)} s`,
    "",
    `calls      ${ok + failed}, ${ok} answered, ${failed} failed`,
    `req/s      ${perSecond(result).toFixed(1)}`,
  ];
  for (const [name, count] of errors) lines.push(`failed     ${count} ${name}`);
  if (ok > 0) {
    const quantiles = QUANTILES.map(([name, share]) => `${name} ${milliseconds(latency.quantileMs(share))}`);
    lines.push(`latency    ${[...quantiles, `max ${milliseconds(latency.maxMs)}`].join(", ")}`);
  }
  const share = elapsedMs === 0 ? 0 : (100 * cpu) / elapsedMs;
  const each = ok + failed === 0 ? "" : `, ${((1_000 * cpu) / (ok + failed)).toFixed(1)} µs a call`;
  lines.push(`CPU        ${(cpu / 1_000).toFixed(2)} s of this process (${share.toFixed(0)} %)${each}`);
  if (ok > 0) lines.push("", ...histogramLines(result));
  return `${lines.join("\n")}\n`;
}

function histogramLines({ latency }: LoadResult): string[] {
  const ranges = latency.ranges();
  const most = Math.max(...ranges.map(({ count }) => count));
  const labels = ranges.map(({ toMs }) => `≤ ${milliseconds(toMs)}`);
  const width = Math.max(...labels.map(({ length }) => length));
  const digits = String(most).length;
  return ranges.map(({ count }, index) => {
    const bar = "█".repeat(Math.ceil((BAR_WIDTH * count) / most));
    return `${(labels[index] ?? "").padStart(width)}  ${String(count).padStart(digits)}  ${bar}`.trimEnd();
  });
}

function failedOf({ errors }: LoadResult): number {
  return [...errors.values()].reduce((sum, count) => sum + count, 0);
}

/** Of calls that were answered. */
function perSecond({ ok, elapsedMs }: LoadResult): number {
  return elapsedMs === 0 ? 0 : (1_000 * ok) / elapsedMs;
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(3) : ms < 100 ? ms.toFixed(2) : ms.toFixed(1)} ms`;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
