import { PoolError } from "./errors.ts";
import type { PoolStats } from "./stats.ts";

export function closedError(name: string, stats: PoolStats): PoolError {
  return new PoolError("POOL_CLOSED", `pool ${name}: closed`, { stats });
}

export function queueFullError(name: string, stats: PoolStats): PoolError {
  const what = `${stats.waiting} callers wait already, maxWaiting is reached`;
  return new PoolError("POOL_QUEUE_FULL", `pool ${name}: ${what}`, { stats });
}

/** Tells a server that cannot be reached, then `cause` says why, from a pool that is exhausted. */
export function timeoutError(
  name: string,
  stats: PoolStats,
  timeoutMs: number,
  opening: { readonly failures: number; readonly lastError: unknown },
): PoolError {
  const start = `pool ${name}: no resource within ${timeoutMs} ms`;
  const { failures, lastError } = opening;
  if (failures > 0) {
    const detail = lastError instanceof Error ? `, last with: ${lastError.message}` : "";
    const message = `${start}: opening failed ${failures} times in a row${detail}`;
    return new PoolError("POOL_ACQUIRE_TIMEOUT", message, { cause: lastError, stats });
  }
  const { inUse, connecting, max, waiting } = stats;
  const what = stats.suspended
    ? "the pool is suspended"
    : connecting > 0
      ? `${connecting} are still being opened, ${inUse} in use`
      : `exhausted, ${inUse} of at most ${max} in use, ${waiting} more callers wait`;
  return new PoolError("POOL_ACQUIRE_TIMEOUT", `${start}: ${what}`, { stats });
}

/** For those who ask while nothing is alive and opening goes on failing. */
export function downError(name: string, stats: PoolStats, failures: number, last: PoolError): PoolError {
  const message = `pool ${name}: down, opening failed ${failures} times in a row, last with: ${last.message}`;
  return new PoolError(last.code, message, { cause: last, stats });
}
