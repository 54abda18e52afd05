import type { Logger } from "@servertech/core";
import type { PeriodicHandle } from "../periodic/series.ts";
import type { TaskHandle } from "../task-handle.ts";
import type { Json } from "./define-job.ts";

/** A call of a job, checked and as JSON. */
export interface JobCall {
  readonly name: string;
  readonly input: Json;
  /** 0 to 15. */
  readonly priority: number;
  /** Identity: a second call of the same id is the same job. */
  readonly jobId: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly retry: { readonly retries: number; readonly baseMs: number; readonly jitter: number } | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((value: unknown) => void) | undefined;
}

/** A series of a job. */
export interface JobSeries {
  /** Identity in the queue. */
  readonly name: string;
  readonly rhythm: { readonly everyMs: number } | { readonly pattern: string; readonly tz: string };
  readonly max: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** What an engine needs of its scheduler. */
export interface QueueHost {
  readonly logger: Logger;
  /** Whether new work is refused. */
  isClosed(): boolean;
  /** A call was accepted; its result is waited for. */
  opened(): void;
  settled(ok: boolean): void;
  callbackFailed(error: unknown, callback: string, task: string): void;
  report(
    error: unknown,
    info: { readonly verb: "every" | "cron"; readonly task: string; readonly scheduledAt: number },
  ): void;
}

/** The `queue` lane of a scheduler. */
export interface QueueLane {
  /** @param delayMs from now, or 0. */
  submit(call: JobCall, delayMs: number, verb: "run" | "delay" | "at"): TaskHandle<unknown>;
  schedule(call: JobCall, series: JobSeries): PeriodicHandle;
  /** Rejects what waits for results with `error`. */
  dropAll(error: Error): void;
  close(force: AbortSignal): Promise<void>;
}

/** What the option `queue` of a scheduler takes; `bullmq()` of `/bullmq` makes one. */
export interface QueueEngine {
  /** What the engine can do that not every one can. */
  readonly capabilities: ReadonlySet<string>;
  /** Whether this process runs jobs: then it connects at once, else with the first call. */
  readonly runsJobs: boolean;
  open(host: QueueHost): QueueLane;
}
