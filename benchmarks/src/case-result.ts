/** What a case leaves behind, as `benchmarks/results/*.json` holds it. */
import { availableParallelism, cpus } from "node:os";
import type { BenchmarkCase, Params } from "./compare.ts";
import { type Cell, judgeGoals, judgeLimits, type LimitResult, type Ratio } from "./goals.ts";
import { packageVersion } from "./package-version.ts";
import { COMMON_METRICS } from "./round-record.ts";
import type { CaseRun, Skipped } from "./run-case.ts";
import { median, rounded } from "./statistics.ts";

/** One contender with one set of parameters. What was not measured is left out. */
export interface ResultRow {
  readonly name: string;
  /** Empty for a baseline that is no package. */
  readonly version: string;
  readonly params: Params;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The medians of the single rounds' figures, as are all below. */
  readonly p50Us?: number;
  readonly p99Us?: number;
  /** Of the contender and its servers together. */
  readonly cpuUsPerOp?: number;
  /** Only of contenders with a process of their own. */
  readonly rssMiB?: number;
  /** The case's own figures. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly rounds: number;
}

export interface CaseResult {
  /** `<package>/<case>`. */
  readonly case: string;
  readonly question: string;
  /** Node's version, as `v20.20.2`. */
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  /** ISO 8601. */
  readonly date: string;
  /** What repeats it. */
  readonly command: string;
  readonly results: readonly ResultRow[];
  readonly ratios: readonly Ratio[];
  readonly limits: readonly LimitResult[];
  /** Contenders that did not run here, and why. Absent when all ran. */
  readonly skipped?: readonly Skipped[];
}

export interface CaseIdentity {
  /** `<package>/<case>`. */
  readonly id: string;
  /** The URL of the case file. */
  readonly file: string;
  readonly command: string;
}

/** @throws {@link BenchmarkError} when a goal or a limit names a metric that was not measured. */
export function caseResult(identity: CaseIdentity, definition: BenchmarkCase, run: CaseRun): CaseResult {
  const { id, file, command } = identity;
  return {
    case: id,
    question: definition.question,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    date: new Date().toISOString(),
    command,
    results: run.cells.map((cell) => row(definition, cell, file)),
    ratios: judgeGoals(definition, run.cells).map(roundedValue),
    limits: judgeLimits(definition, run.cells).map(roundedValue),
    ...(run.skipped.length > 0 ? { skipped: run.skipped } : {}),
  };
}

function row({ unit, contenders }: BenchmarkCase, { name, params, rounds }: Cell, file: string): ResultRow {
  const contender = contenders.find((one) => one.name === name);
  const values = rounds.map((round) => round[unit] ?? Number.NaN);
  const common: Record<string, number> = {};
  const own: Record<string, number> = {};
  for (const metric of Object.keys(rounds[0] ?? {}).filter((key) => key !== unit)) {
    const figure = rounded(median(rounds.map((round) => round[metric] ?? Number.NaN)));
    const target = (COMMON_METRICS as readonly string[]).includes(metric) ? common : own;
    target[metric] = figure;
  }
  const version = contender?.native?.split("@").at(-1) ?? packageVersion(contender?.package ?? name, file);
  return {
    name,
    version,
    params,
    unit,
    median: rounded(median(values)),
    min: rounded(Math.min(...values)),
    max: rounded(Math.max(...values)),
    ...common,
    ...(Object.keys(own).length > 0 ? { metrics: own } : {}),
    rounds: rounds.length,
  };
}

function roundedValue<T extends { readonly value: number }>(judged: T): T {
  return { ...judged, value: rounded(judged.value) };
}
