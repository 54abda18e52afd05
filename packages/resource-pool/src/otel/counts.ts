import type { BatchObservableCallback, Meter, Observable } from "@opentelemetry/api";
import type { PoolStats } from "../stats.ts";
import { NAMES, POOL_NAME, STATE } from "./names.ts";

/** Observes the counts of a pool at each collection. @returns what ends it. */
export function observeCounts(meter: Meter, pool: { stats(): PoolStats }, name: string): () => void {
  const attributes = { [POOL_NAME]: name };
  const gauge = (metric: string, unit: string): Observable => meter.createObservableUpDownCounter(metric, { unit });
  const count = gauge(NAMES.count, "{connection}");
  const limit = gauge(NAMES.limit, "{connection}");
  const idleMax = gauge(NAMES.idleMax, "{connection}");
  const idleMin = gauge(NAMES.idleMin, "{connection}");
  const pending = gauge(NAMES.pendingRequests, "{request}");
  const observe: BatchObservableCallback = (result) => {
    const { idle, inUse, waiting, max, min } = pool.stats();
    result.observe(count, idle, { ...attributes, [STATE]: "idle" });
    result.observe(count, inUse, { ...attributes, [STATE]: "used" });
    result.observe(limit, max, attributes);
    result.observe(idleMax, max, attributes);
    result.observe(idleMin, min, attributes);
    result.observe(pending, waiting, attributes);
  };
  const observed = [count, limit, idleMax, idleMin, pending];
  meter.addBatchObservableCallback(observe, observed);
  return () => meter.removeBatchObservableCallback(observe, observed);
}
