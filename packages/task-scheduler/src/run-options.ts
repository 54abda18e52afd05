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
   * @default not after timeouts, `TASK_NOT_CLONEABLE`, `TASK_UNKNOWN` and wrong options; after all else
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
  /**
   * Longest time from submission to the result, with all waiting, attempts and back-off, in milliseconds. At least 1.
   *
   * @default none
   */
  deadlineMs?: number | undefined;
  /**
   * Work of one key runs one at a time, in order of submission, whatever its priorities; a back-off gives the key free.
   * Each lane has its own keys. @default none
   */
  key?: string | number | undefined;
  /** Promises or handles that must fulfil first; one that rejects fails the work. @default none */
  after?: readonly (PromiseLike<unknown> | { readonly done: PromiseLike<unknown> })[] | undefined;
  /** @default none: a failure is final */
  retry?: RetryOptions | undefined;
  /** Its abort ends the work, whether it waits, backs off or runs; the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Gets what the work gives to `context.progress`, in order, with the caller's `AsyncLocalStorage`. @default none */
  onProgress?: ((value: unknown) => void) | undefined;
}

export const RUN_OPTIONS: readonly string[] = [
  "priority",
  "timeoutMs",
  "queueTimeoutMs",
  "deadlineMs",
  "key",
  "after",
  "retry",
  "signal",
  "onProgress",
];

/** Checked options, with everything filled in that has a default. */
export interface ResolvedRunOptions {
  readonly priority: number;
  readonly timeoutMs: number | undefined;
  readonly queueTimeoutMs: number | undefined;
  readonly deadlineMs: number | undefined;
  readonly key: string | number | undefined;
  readonly after: RunOptions["after"];
  readonly onProgress: RunOptions["onProgress"];
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
  deadlineMs: undefined,
  key: undefined,
  after: undefined,
  onProgress: undefined,
  retry: undefined,
  signal: undefined,
};

/**
 * The options of a closure where all that is given is plain and right, as in most calls; undefined where a check has to say
 * what is wrong, or there is more to look at. The full check costs more than the rest of a call.
 */
export function plainRunOptions(options: RunOptions): ResolvedRunOptions | undefined {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return undefined;
  let { priority }: { priority: number } = PLAIN_RUN;
  for (const name in options) {
    const value: unknown = options[name as keyof RunOptions];
    if (name === "priority") {
      const level = typeof value === "string" && Object.hasOwn(PRIORITIES, value) ? PRIORITIES[value as "low"] : value;
      if (!Number.isInteger(level) || (level as number) < 0 || (level as number) > 15) return undefined;
      priority = level as number;
    } else if (name === "key") {
      if (typeof value !== "string" && !Number.isFinite(value)) return undefined;
    } else if (name === "signal") {
      if (!(value instanceof AbortSignal)) return undefined;
    } else if (name !== "timeoutMs" && name !== "queueTimeoutMs" && name !== "deadlineMs") return undefined;
    else if (!Number.isSafeInteger(value) || (value as number) < 1) return undefined;
  }
  const { timeoutMs, queueTimeoutMs, deadlineMs, key, signal } = options;
  return {
    priority,
    timeoutMs,
    queueTimeoutMs,
    deadlineMs,
    key,
    after: undefined,
    onProgress: undefined,
    retry: undefined,
    signal,
  };
}

/** Checks what all verbs have in common; the caller ends the check. */
export function checkRunOptions(check: OptionChecks, options: RunOptions): ResolvedRunOptions {
  const { timeoutMs, queueTimeoutMs, deadlineMs, key, after, retry, signal, onProgress } = options;
  if (timeoutMs !== undefined) check.duration("timeoutMs", timeoutMs, { min: 1 });
  if (queueTimeoutMs !== undefined) check.duration("queueTimeoutMs", queueTimeoutMs, { min: 1 });
  if (deadlineMs !== undefined) check.duration("deadlineMs", deadlineMs, { min: 1 });
  if (key !== undefined && typeof key !== "string" && !Number.isFinite(key))
    check.problem("key", "must be a string or a finite number", key);
  if (after !== undefined) checkAfter(check, after);
  if (onProgress !== undefined) check.func("onProgress", onProgress);
  if (signal !== undefined) check.object("signal", signal, ["addEventListener", "removeEventListener"]);
  return {
    priority: checkPriority(check, options.priority),
    timeoutMs,
    queueTimeoutMs,
    deadlineMs,
    key,
    after,
    onProgress,
    retry: retry === undefined ? undefined : checkRetry(check, retry),
    signal,
  };
}

function checkAfter(check: OptionChecks, after: NonNullable<RunOptions["after"]>): void {
  check.array("after", after);
  if (!Array.isArray(after)) return;
  for (const [index, one] of after.entries())
    if (!isThenable(one) && !isThenable((one as { done?: unknown } | null | undefined)?.done))
      check.problem(`after[${index}]`, "must be a promise or a handle", one);
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
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
