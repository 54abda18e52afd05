import type { TracingChannel } from "node:diagnostics_channel";
import { isTraced, operationChannel } from "@servertech/core";
import type { Timing } from "./task-context.ts";

/**
 * What subscribers of the tracing channel `servertech:task-scheduler:task` get: `start` when work is submitted or a
 * timed run is due, `end` at once after that, `error` when it fails, `asyncStart` and `asyncEnd` when it is over. Never
 * holds arguments or results.
 */
export interface TaskTrace {
  readonly lane: "io" | "cpu";
  /** The task's or the function's name. */
  readonly task: string;
  /** 0 to 15. */
  readonly priority: number;
  /** Timed work: the instant it was due, in milliseconds since 1970. */
  readonly scheduledAt: number | undefined;
  /** Attempts made; final in `asyncStart`. */
  attempts: number;
  /** Time from submission to the start of the first attempt, in milliseconds; undefined before it. */
  waitMs: number | undefined;
  /** Why it failed. */
  error?: unknown;
}

const channel: TracingChannel<unknown, TaskTrace> = operationChannel<TaskTrace>("task-scheduler", "task");

/** One run as the channel sees it. */
export class TraceSpan {
  readonly #trace: TaskTrace;
  readonly #submittedAt = performance.now();

  private constructor(trace: TaskTrace) {
    this.#trace = trace;
    channel.start.publish(trace);
    channel.end.publish(trace);
  }

  /** Undefined when nobody listens: then nothing is allocated and no clock is read. */
  static open(
    run: { readonly lane: "io" | "cpu"; readonly name: string; readonly priority: number },
    timing: Timing | undefined,
  ): TraceSpan | undefined {
    if (!isTraced(channel)) return undefined;
    const { lane, name, priority } = run;
    const scheduledAt = timing?.scheduledAt;
    return new TraceSpan({ lane, task: name, priority, scheduledAt, attempts: 0, waitMs: undefined });
  }

  started(attempt: number): void {
    this.#trace.attempts = attempt;
    this.#trace.waitMs ??= performance.now() - this.#submittedAt;
  }

  settled(ok: boolean, value: unknown): void {
    if (!ok) {
      this.#trace.error = value;
      channel.error.publish(this.#trace);
    }
    channel.asyncStart.publish(this.#trace);
    channel.asyncEnd.publish(this.#trace);
  }
}
