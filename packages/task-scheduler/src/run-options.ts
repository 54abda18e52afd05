import type { OptionChecks } from "@servertech/core";

/** `'low'` is 4, `'normal'` 8, `'high'` 12; or an integer from 0 to 15. Larger starts first. */
export type Priority = "low" | "normal" | "high" | number;

/** When and how often a failed attempt is made again. */
export interface RetryOptions {
  /** Attempts after the first. From 0; `Infinity` is legal. */
  retries: number;
  /** Delay after the first failed attempt, in milliseconds, doubled after each further one. From 0. */
  baseMs: number;
  /** Longest delay, in milliseconds. From 0. @default Infinity */
  maxMs?: number | undefined;
  /** The part of the delay drawn at random, 0 to 1. @default 0 */
  jitter?: number | undefined;
  /**
   * Whether to try again after `error` of attempt number `attempt`. What it throws ends the task.
   *
   * @default not after timeouts, `TASK_NOT_CLONEABLE` and `TASK_UNKNOWN`; after all else
   */
  when?: ((error: unknown, attempt: number) => boolean) | undefined;
}

/** Options of one piece of work. */
export interface RunOptions {
  /** @default 'normal' */
  priority?: Priority | undefined;
  /** Longest time of one attempt, counted from its start, in milliseconds. At least 1. @default none */
  timeoutMs?: number | undefined;
  /** Longest wait for a slot before an attempt, in milliseconds. At least 1. @default none */
  queueTimeoutMs?: number | undefined;
  /** @default none: a failure is final */
  retry?: RetryOptions | undefined;
  /** Its abort ends the work, whether it waits, backs off or runs; the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
}

export const RUN_OPTIONS: readonly string[] = ["priority", "timeoutMs", "queueTimeoutMs", "retry", "signal"];

/** Checked options, with everything filled in that has a default. */
export interface ResolvedRunOptions {
  readonly priority: number;
  readonly timeoutMs: number | undefined;
  readonly queueTimeoutMs: number | undefined;
  readonly retry: ResolvedRetry | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface ResolvedRetry {
  readonly retries: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly jitter: number;
  readonly when: ((error: unknown, attempt: number) => boolean) | undefined;
}

const PRIORITIES = { low: 4, normal: 8, high: 12 };

/** The options of work that was given none. */
export const PLAIN_RUN: ResolvedRunOptions = {
  priority: PRIORITIES.normal,
  timeoutMs: undefined,
  queueTimeoutMs: undefined,
  retry: undefined,
  signal: undefined,
};

/** Checks what all verbs have in common; the caller ends the check. */
export function checkRunOptions(check: OptionChecks, options: RunOptions): ResolvedRunOptions {
  const { timeoutMs, queueTimeoutMs, retry, signal } = options;
  if (timeoutMs !== undefined) check.duration("timeoutMs", timeoutMs, { min: 1 });
  if (queueTimeoutMs !== undefined) check.duration("queueTimeoutMs", queueTimeoutMs, { min: 1 });
  if (signal !== undefined) check.object("signal", signal, ["addEventListener", "removeEventListener"]);
  return {
    priority: checkPriority(check, options.priority),
    timeoutMs,
    queueTimeoutMs,
    retry: retry === undefined ? undefined : checkRetry(check, retry),
    signal,
  };
}

function checkPriority(check: OptionChecks, priority: Priority = "normal"): number {
  const level = typeof priority === "string" && Object.hasOwn(PRIORITIES, priority) ? PRIORITIES[priority] : priority;
  if (typeof level === "number" && Number.isInteger(level) && level >= 0 && level <= 15) return level;
  check.problem("priority", 'must be "low", "normal", "high" or an integer from 0 to 15', priority);
  return 0;
}

function checkRetry(check: OptionChecks, retry: RetryOptions): ResolvedRetry {
  const group = check.group("retry", retry, ["retries", "baseMs", "maxMs", "jitter", "when"]);
  const { retries, baseMs, maxMs = Infinity, jitter = 0, when } = retry ?? {};
  group.integer("retries", retries, { infinity: true });
  group.duration("baseMs", baseMs);
  group.duration("maxMs", maxMs, { infinity: true });
  group.number("jitter", jitter, { max: 1 });
  if (when !== undefined) group.func("when", when);
  return { retries, baseMs, maxMs, jitter, when };
}
