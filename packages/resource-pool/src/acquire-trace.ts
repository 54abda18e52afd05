import { PoolError } from "./errors.ts";

/** Where a lease was asked for. Its stack is text only once it is read, which costs the most. */
export interface AcquireTrace {
  readonly stack?: string;
}

/** In place of the trace of a loan that is not watched. */
export const UNWATCHED: AcquireTrace = Object.freeze({});

/** Undefined where no stacks are taken: `leakDetectionMs` is 0. */
export function traceAcquire(watched: boolean, leakDetectionMs: number): AcquireTrace | undefined {
  if (!watched) return UNWATCHED;
  if (leakDetectionMs === 0) return undefined;
  const trace: AcquireTrace = {};
  Error.captureStackTrace(trace, traceAcquire);
  return trace;
}

/** The report of a lease that was not given back, with the stack of its acquire as its own. */
export function leakError(name: string, what: string, trace: AcquireTrace | undefined): PoolError {
  const error = new PoolError("POOL_LEASE_LEAKED", `pool ${name}: ${what}`);
  const frames = trace?.stack?.slice(trace.stack.indexOf("\n"));
  error.stack = `PoolError: ${error.message}${frames ?? ""}`;
  return error;
}
