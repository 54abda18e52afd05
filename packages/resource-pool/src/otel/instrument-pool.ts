import type { TracingChannel } from "node:diagnostics_channel";
import { type Meter, type Tracer, metrics } from "@opentelemetry/api";
import { optionChecks } from "@servertech/core";
import type { PoolStats } from "../stats.ts";
import { observeCounts } from "./counts.ts";
import { recordLoans } from "./loans.ts";
import { NAMES, POOL_NAME } from "./names.ts";
import { type AcquireContext, type PoolContext, Scope } from "./scope.ts";
import { type SpannedOperation, recordSpans } from "./spans.ts";

/** What is needed of a pool to observe it. */
export interface MeasuredPool {
  readonly name: string;
  stats(): PoolStats;
}

/** What is recorded of pools, and where to. */
export interface PoolInstrumentOptions<Pool extends MeasuredPool> {
  /** @default the global meter of the package */
  meter?: Meter | undefined;
  /** @default no spans */
  tracer?: Tracer | undefined;
  /** The pool to observe. @default the waits and loans of all pools of its kind in the process, without counts */
  target?: Pool | undefined;
  /** `db.client.connection.pool.name`. @default the pool's `name` */
  poolName?: string | undefined;
}

/** What a package tells of its pools. */
export interface PoolKind<Pool extends MeasuredPool> {
  /** The package: its global meter has this name. */
  readonly packageName: string;
  /** Waits for a connection of one's own. */
  readonly acquires: TracingChannel<unknown, AcquireContext>;
  /** What becomes a span. */
  readonly spanned: readonly SpannedOperation<PoolContext>[];
  /** Calls `opened` with the time that each connection took to open, in milliseconds. Returns what ends that. */
  watchOpenings(pool: Pool, opened: (durationMs: number) => void): () => void;
}

/**
 * Begins to record, until the result is disposed.
 *
 * @throws OptionError on wrong options.
 */
export function instrumentPool<Pool extends MeasuredPool>(
  options: PoolInstrumentOptions<Pool>,
  kind: PoolKind<Pool>,
): Disposable {
  const check = optionChecks(options, ["meter", "tracer", "target", "poolName"]);
  const { tracer, target, poolName } = options;
  if (options.meter !== undefined) check.object("meter", options.meter, ["createHistogram"]);
  if (tracer !== undefined) check.object("tracer", tracer, ["startSpan"]);
  if (target !== undefined) check.object("target", target, ["stats", "on"]);
  if (poolName !== undefined) check.string("poolName", poolName, { maxLength: 200 });
  check.done(undefined);
  const meter = options.meter ?? metrics.getMeter(kind.packageName);
  const scope = new Scope(target, poolName);
  const stops = [recordLoans(meter, kind.acquires, scope)];
  if (tracer !== undefined) for (const operation of kind.spanned) stops.push(recordSpans(tracer, operation, scope));
  if (target !== undefined) {
    const name = poolName ?? target.name;
    const createTime = meter.createHistogram(NAMES.createTime, { unit: "s" });
    const opened = (durationMs: number): void => createTime.record(durationMs / 1_000, { [POOL_NAME]: name });
    stops.push(observeCounts(meter, target, name), kind.watchOpenings(target, opened));
  }
  return {
    [Symbol.dispose]() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}
