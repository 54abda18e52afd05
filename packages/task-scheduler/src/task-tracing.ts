import type { TracingChannel } from "node:diagnostics_channel";
import { isTraced, operationChannel } from "@servertech/core";
import type { Timing } from "./task-context.ts";
import type { Clock } from "./timers/clock.ts";

/**
 * What subscribers of the tracing channel `servertech:task-scheduler:task` get: `start` when work is submitted or a
 * timed run is due, `end` at once after that, `error` when it fails, `asyncStart` and `asyncEnd` when it is over. Never
 * holds arguments or results.
 */
export interface TaskTrace {
  /** The scheduler. */
  readonly scheduler: object;
  readonly lane: "io" | "cpu";
  /** The task's or the function's name. */
  readonly task: string;
  /** 0 to 15. */
  readonly priority: number;
  /** Timed work: the instant it was due, in milliseconds since 1970. */
  readonly scheduledAt: number | undefined;
  /** Timed work: how much later that was noticed, in milliseconds. */
  readonly latenessMs: number | undefined;
  /** Attempts made; final in `asyncStart`. */
  attempts: number;
  /** Time from submission to the start of the first attempt, in milliseconds; undefined before it. */
  waitMs: number | undefined;
  /** Why it failed. */
  error?: unknown;
}

/** `servertech:task-scheduler:task`. */
export const taskChannel: TracingChannel<unknown, TaskTrace> = operationChannel<TaskTrace>("task-scheduler", "task");

/** One run as the channel sees it. */
export class TraceSpan {
  readonly #trace: TaskTrace;
  readonly #submittedAt = performance.now();

  private constructor(trace: TaskTrace) {
    this.#trace = trace;
    taskChannel.start.publish(trace);
    taskChannel.end.publish(trace);
  }

  /** Undefined when nobody listens: then nothing is allocated and no clock is read. */
  static open(
    run: { readonly lane: "io" | "cpu"; readonly name: string; readonly priority: number },
    timing: Timing | undefined,
    host: { readonly clock: Clock },
  ): TraceSpan | undefined {
    if (!isTraced(taskChannel)) return undefined;
    const { lane, name, priority } = run;
    const scheduledAt = timing?.scheduledAt;
    const latenessMs = scheduledAt === undefined ? undefined : Math.max(0, host.clock.wall() - scheduledAt);
    return new TraceSpan({
      scheduler: host,
      lane,
      task: name,
      priority,
      scheduledAt,
      latenessMs,
      attempts: 0,
      waitMs: undefined,
    });
  }

  started(attempt: number): void {
    this.#trace.attempts = attempt;
    this.#trace.waitMs ??= performance.now() - this.#submittedAt;
  }

  settled(ok: boolean, value: unknown): void {
    if (!ok) {
      this.#trace.error = value;
      taskChannel.error.publish(this.#trace);
    }
    taskChannel.asyncStart.publish(this.#trace);
    taskChannel.asyncEnd.publish(this.#trace);
  }
}
