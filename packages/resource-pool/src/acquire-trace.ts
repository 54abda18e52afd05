import { PoolError } from "./errors.ts";

/** Where a lease was asked for. Its stack is text only once it is read, which costs the most. */
export interface AcquireTrace {
  readonly stack?: string;
}

export function traceAcquire(): AcquireTrace {
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
