/**
 * `@servertech/resource-pool/otel`: what pools of connections that are built on this package record with OpenTelemetry, by the names of
 * its semantic conventions 1.45.0: https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
 */
export { instrumentPool } from "./instrument-pool.ts";

export type { MeasuredPool, PoolInstrumentOptions, PoolKind } from "./instrument-pool.ts";
export type { AcquireContext, PoolContext } from "./scope.ts";
export type { SpannedOperation } from "./spans.ts";
