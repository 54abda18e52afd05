import { type OptionChecks, backoffMs } from "@servertech/core";
import type { RpcError } from "../../rpc-error.ts";
import { RetryInfo } from "../../gen/google/rpc/error_details.ts";
import { Status } from "../../status.ts";
import type { RetryBudgetLimits } from "./retry-budget.ts";

/** When a call is made again. */
export interface RetryOptions {
  /** Attempts in all. 1 to 10. @default 3 */
  maxAttempts?: number | undefined;
  /** Statuses after which an idempotent call is made again. @default [UNAVAILABLE] */
  statuses?: readonly number[] | undefined;
  /** Longest pause before the second attempt, in milliseconds; it doubles, and is drawn at random from 0 on. 1 to 60,000. @default 20 */
  initialBackoffMs?: number | undefined;
  /** Longest pause of all, in milliseconds. `initialBackoffMs` to 600,000. @default 1_000 */
  maxBackoffMs?: number | undefined;
  /** No more retries than this; see `RetryBudgetOptions`. */
  budget?: RetryBudgetOptions | undefined;
}

/** Within any ten seconds. */
export interface RetryBudgetOptions {
  /** Retries for each call. 0 to 1. @default 0.1 */
  ratio?: number | undefined;
  /** Retries beyond that, a second. 0 to 10,000. @default 5 */
  minPerSecond?: number | undefined;
}

export interface ResolvedRetry {
  readonly maxAttempts: number;
  readonly statuses: ReadonlySet<number>;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly budget: RetryBudgetLimits;
}

const NAMES = ["maxAttempts", "statuses", "initialBackoffMs", "maxBackoffMs", "budget"] as const;

export function checkRetry(check: OptionChecks, retry: RetryOptions | false = {}): ResolvedRetry | false {
  if (retry === false) return false;
  const group = check.group("retry", retry, NAMES);
  const { maxAttempts = 3, statuses = [Status.Unavailable], initialBackoffMs = 20, budget = {} } = retry ?? {};
  const { maxBackoffMs = Math.max(1_000, initialBackoffMs) } = retry ?? {};
  group.integer("maxAttempts", maxAttempts, { min: 1, max: 10 });
  if (!Array.isArray(statuses)) group.problem("statuses", "must be a list of statuses", statuses);
  else
    for (const [index, each] of statuses.entries())
      group.integer(`statuses[${index}]`, each as number, { min: 1, max: 16 });
  group.duration("initialBackoffMs", initialBackoffMs, { min: 1, max: 60_000 });
  group.duration("maxBackoffMs", maxBackoffMs, { min: initialBackoffMs, max: 600_000 });
  const inner = group.group("budget", budget, ["ratio", "minPerSecond"]);
  const { ratio = 0.1, minPerSecond = 5 } = budget ?? {};
  inner.number("ratio", ratio, { max: 1 });
  inner.number("minPerSecond", minPerSecond, { max: 10_000 });
  return {
    maxAttempts,
    statuses: new Set(Array.isArray(statuses) ? statuses : []),
    initialBackoffMs,
    maxBackoffMs,
    budget: { ratio, minPerSecond },
  };
}

/** What a retry depends on. */
export interface AttemptFacts {
  readonly idempotent: boolean;
  /** Attempts so far. */
  readonly attempts: number;
  /** Nothing of it was delivered, and nothing that was streamed is lost. */
  readonly repeatable: boolean;
}

/**
 * Whether a call that failed with `error` is made again, and after how many milliseconds.
 *
 * @param take asks the budget; it is asked last.
 * @returns undefined = not.
 */
export function retryAfterMs(
  policy: ResolvedRetry,
  { idempotent, attempts, repeatable }: AttemptFacts,
  error: RpcError,
  take: () => boolean,
  random: () => number = Math.random,
): number | undefined {
  if (!idempotent || !repeatable || attempts >= policy.maxAttempts || !policy.statuses.has(error.status))
    return undefined;
  const told = error.detail<RetryInfo>(RetryInfo)?.retryDelay;
  const delayMs = told === undefined ? undefined : Number(told.seconds) * 1_000 + told.nanos / 1e6;
  // A server that says "not at all" has a negative delay.
  if (delayMs !== undefined && delayMs < 0) return undefined;
  if (!take()) return undefined;
  const { initialBackoffMs: minMs, maxBackoffMs: maxMs } = policy;
  return delayMs ?? backoffMs(attempts - 1, { minMs, maxMs, jitter: 1 }, random);
}
