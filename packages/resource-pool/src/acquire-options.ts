import { optionChecks } from "@servertech/core";
import { MAX_TIMER_MS } from "./options.ts";

/** Options of one loan. */
export interface AcquireOptions {
  /** Ends the wait; `acquire` rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Longest wait, in milliseconds. At least 1. @default the pool's `acquireTimeoutMs` */
  timeoutMs?: number | undefined;
  /** Of those who wait, higher ones are served first, equal ones in the order they asked. Any whole number. @default 0 */
  priority?: number | undefined;
  /** Whether the loan is told as a leak when it lasts too long, or until a closing pool ends it. @default true */
  leakDetection?: boolean | undefined;
}

/** Options of `warmUp`. */
export interface WarmUpOptions {
  /** Ends the wait; `warmup` rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Longest wait, in milliseconds. At least 1. @default the pool's `acquireTimeoutMs` */
  timeoutMs?: number | undefined;
}

/** @throws OptionError with every problem. */
export function checkAcquire({ timeoutMs, priority }: AcquireOptions): void {
  // On the way of every call: nothing is made where there is nothing to check.
  if (timeoutMs === undefined && priority === undefined) return;
  const check = optionChecks({}, []);
  if (timeoutMs !== undefined) check.duration("timeoutMs", timeoutMs, { min: 1, max: MAX_TIMER_MS });
  if (priority !== undefined) check.integer("priority", priority, { min: Number.MIN_SAFE_INTEGER });
  check.done(undefined);
}

/** @throws OptionError with every problem. */
export function checkWarmUp(count: number, max: number, timeoutMs: number): void {
  const check = optionChecks({}, []);
  check.integer("count", count, { max });
  check.done(check.duration("timeoutMs", timeoutMs, { min: 1, max: MAX_TIMER_MS }));
}
