import { TaskTimeoutError } from "../errors.ts";
import type { Json } from "../queue/define-job.ts";

/** What a job of ours carries in Redis. */
export interface Envelope {
  readonly input: Json;
  readonly timeoutMs?: number;
}

/** The event by which the process that runs a job hears that nobody wants it any more. */
export const CANCEL_EVENT = "servertech:cancel";

const LOWEST = 2 ** 21 - 1;

/** BullMQ counts the other way round, and takes 0 for "before all". */
export function priorityOf(priority: number): number {
  return LOWEST - priority;
}

/** The text of a time limit in Redis, where errors are texts. */
export function timeoutReason(limitMs: number, task: string): string {
  return `TASK_TIMEOUT ${limitMs} ${task}`;
}

/** The error of a failed job. */
export function failureOf(reason: string): Error {
  const [, limitMs, task] = /^TASK_TIMEOUT (\d+) (.*)$/s.exec(reason) ?? [];
  return limitMs === undefined || task === undefined
    ? new Error(reason)
    : new TaskTimeoutError("run", Number(limitMs), task);
}
