/** One measured round of one contender. */
import { BenchmarkError } from "./benchmark-error.ts";
import type { LatencyHistogram } from "./latency-histogram.ts";
import type { Measured } from "./subject.ts";
import { unitOf } from "./unit.ts";

/** All figures of a round by their metric: the case's unit, those of {@link COMMON_METRICS}, and the case's own. */
export type RoundRecord = Readonly<Record<string, number>>;

/** The metrics that every case may have, in the order of the tables. */
export const COMMON_METRICS = ["p50Us", "p99Us", "cpuUsPerOp", "loopUsPerOp", "rssMiB"] as const;

/** What the harness itself read around a round. */
export interface Readings {
  readonly elapsedMs: number;
  /** Of the contender's process and its servers together, in microseconds. */
  readonly cpuUs: number;
  /** How long the event loop of the contender's process was active, in microseconds. */
  readonly loopUs: number;
  /** `undefined` where contenders share a process. */
  readonly rssMiB?: number | undefined;
  /** `undefined` without servers of its own. */
  readonly serverRssMiB?: number | undefined;
}

/** @throws {@link BenchmarkError} when the round counted no operation or has no figure. */
export function roundRecord(unit: string, measured: Measured, readings: Readings): RoundRecord {
  const { operations, elapsedMs = readings.elapsedMs, latencies, metrics } = measured;
  if (!(operations >= 1)) throw new BenchmarkError(`a round must do at least one operation, got ${operations}`);
  const value = measured.value ?? unitOf(unit)?.(operations, elapsedMs);
  if (value === undefined) throw new BenchmarkError(`the unit "${unit}" needs a value from each round`);
  const record: Record<string, number> = { [unit]: value };
  if (latencies !== undefined) Object.assign(record, latencyMetrics(latencies));
  record["cpuUsPerOp"] = readings.cpuUs / operations;
  record["loopUsPerOp"] = readings.loopUs / operations;
  if (readings.rssMiB !== undefined) record["rssMiB"] = readings.rssMiB;
  if (readings.serverRssMiB !== undefined) record["serverRssMiB"] = readings.serverRssMiB;
  Object.assign(record, metrics);
  for (const [metric, figure] of Object.entries(record)) {
    if (!Number.isFinite(figure)) throw new BenchmarkError(`${metric}: must be a number, got ${figure}`);
  }
  return record;
}

/** The figures that latencies give. */
export function latencyMetrics(latencies: LatencyHistogram): { p50Us: number; p99Us: number } {
  return { p50Us: latencies.quantile(0.5), p99Us: latencies.quantile(0.99) };
}
