import { deadlineIn, onAbort, optionChecks } from "@servertech/core";
import { DbPoolError } from "./errors.ts";
import { ISOLATION_LEVELS, type IsolationLevel, MAX_TIMER_MS } from "./options.ts";

/** Options of one transaction. */
export interface TransactionOptions {
  /** @default the session's */
  isolation?: IsolationLevel | undefined;
  /** Refuses writes. @default false */
  readOnly?: boolean | undefined;
  /** Further attempts after a deadlock or a lock that was not to be had. From 0 to 100. @default 3 */
  retries?: number | undefined;
  /**
   * Longest time of the whole, its waits and retries included, in milliseconds. At least 1. A COMMIT that was sent is
   * waited for all the same. @default no limit but those of the single waits and statements
   */
  timeoutMs?: number | undefined;
  /** Ends it: rolled back, rejected with the signal's reason. A COMMIT that was sent is waited for all the same. */
  signal?: AbortSignal | undefined;
}

export interface ResolvedTransactionOptions {
  readonly isolation: IsolationLevel | undefined;
  readonly readOnly: boolean;
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws OptionError with every problem. */
export function checkTransactionOptions(options: TransactionOptions): ResolvedTransactionOptions {
  const check = optionChecks(options, ["isolation", "readOnly", "retries", "timeoutMs", "signal"]);
  const { isolation, readOnly = false, retries = 3, timeoutMs, signal } = options;
  if (isolation !== undefined) check.oneOf("isolation", isolation, ISOLATION_LEVELS);
  check.boolean("readOnly", readOnly);
  check.integer("retries", retries, { max: 100 });
  if (timeoutMs !== undefined) check.duration("timeoutMs", timeoutMs, { min: 1, max: MAX_TIMER_MS });
  if (signal !== undefined) check.object("signal", signal, ["addEventListener"]);
  return check.done({ isolation, readOnly, retries, timeoutMs, signal });
}

/** A signal that aborts with the caller's, or when time is up. */
export function limited(timeoutMs: number, signal: AbortSignal | undefined): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stopListening = onAbort(signal, (reason) => controller.abort(reason));
  const deadline = deadlineIn(timeoutMs, () =>
    controller.abort(new DbPoolError("QUERY_TIMEOUT", `the transaction took longer than ${timeoutMs} ms`)),
  );
  const end = (): void => {
    deadline.cancel();
    stopListening();
  };
  return { signal: controller.signal, end };
}
