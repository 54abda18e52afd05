import { type OptionChecks, optionChecks } from "@servertech/core";
import { NotPortableError } from "../errors.ts";
import { checkCron } from "../periodic/instants.ts";
import { type PeriodicOptions, checkPeriodicOptions } from "../periodic/periodic-options.ts";
import type { PeriodicHandle } from "../periodic/series.ts";
import type { RetryOptions } from "../run-options.ts";
import type { TaskHandle } from "../task-handle.ts";
import type { Priority } from "../run-options.ts";
import type { AnyJobDefinition } from "./define-job.ts";
import { type JobOptions, checkJobCall } from "./job-call.ts";
import type { JobSeries, QueueEngine, QueueHost, QueueLane } from "./queue-engine.ts";

/** Options of a call of a job: what every machine of the queue can honour. */
export interface JobRunOptions<Input> {
  /** The job's input. */
  args: readonly [Input];
  /** `'io'` runs the job here, without the queue. @default 'queue' */
  lane?: "io" | "queue" | undefined;
  /** Identity of the job: a second call of the same id is the same job. No number, no colon. @default a new one */
  jobId?: string | undefined;
  /** @default 'normal' */
  priority?: Priority | undefined;
  /** Longest time of one attempt, in milliseconds. At least 1. @default none */
  timeoutMs?: number | undefined;
  /** @default none: a failure is final */
  retry?: Omit<RetryOptions, "when" | "maxMs"> | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((value: unknown) => void) | undefined;
}

/** Options of a series of a job. */
export interface JobSeriesOptions<Input> extends Omit<JobRunOptions<Input>, "jobId" | "signal" | "onProgress"> {
  /** Has to be said: the queue knows no other. */
  overlap: "parallel";
  /** Identity of the series in the queue: a second one of the same name takes its place. @default the job's name */
  name?: string | undefined;
  max?: PeriodicOptions["max"];
  until?: PeriodicOptions["until"];
}

/** Options of `cron` for jobs. */
export interface JobCronOptions<Input> extends JobSeriesOptions<Input> {
  /** The time zone of the pattern, an IANA name. @default 'UTC' */
  tz?: string | undefined;
}

type SeriesOptions = JobOptions &
  PeriodicOptions & {
    readonly name?: string | undefined;
    readonly tz?: string | undefined;
    readonly mode?: string | undefined;
  };

const SERIES_OPTIONS = ["overlap", "name", "max", "until"];
const NOT_PORTABLE = ["graceMs", "catchUpMax", "jitterMs"] as const;

/** The verbs of a scheduler for jobs. */
export class JobVerbs {
  readonly #engine: QueueEngine | undefined;
  readonly #host: QueueHost;
  #lane: QueueLane | undefined;

  constructor(engine: QueueEngine | undefined, host: QueueHost) {
    this.#engine = engine;
    this.#host = host;
    if (engine?.runsJobs === true) this.open();
  }

  /** @throws OptionError when there is no queue. */
  open(): QueueLane {
    if (this.#engine !== undefined) return (this.#lane ??= this.#engine.open(this.#host));
    const check = optionChecks(undefined, []);
    check.problem(
      "queue",
      'must be given to createScheduler, as by bullmq(): else a job runs with lane: "io" only',
      undefined,
    );
    return check.done(undefined as never);
  }

  submit(
    job: AnyJobDefinition,
    options: JobOptions | undefined,
    delayMs: number,
    verb: "run" | "delay" | "at",
  ): TaskHandle<never> {
    const { check, call } = checkJobCall(job, options);
    if (verb === "delay") check.duration("delayMs", delayMs);
    check.done(undefined);
    // The caller's overload says what the job returns.
    return this.open().submit(call, Math.max(0, delayMs), verb) as TaskHandle<never>;
  }

  every(job: AnyJobDefinition, intervalMs: number, options: SeriesOptions): PeriodicHandle {
    const { check, call } = checkJobCall(job, options, [...SERIES_OPTIONS, ...NOT_PORTABLE, "misfire", "mode"]);
    check.duration("intervalMs", intervalMs, { min: 1 });
    if (options.mode !== undefined && options.mode !== "fixed-rate") throw new NotPortableError("mode", "the option");
    const series = checkSeries(check, job, options, { everyMs: intervalMs });
    return this.open().schedule(call, check.done(series));
  }

  cron(job: AnyJobDefinition, pattern: string, options: SeriesOptions): PeriodicHandle {
    const { check, call } = checkJobCall(job, options, [...SERIES_OPTIONS, ...NOT_PORTABLE, "misfire", "tz"]);
    const { tz = "UTC" } = options;
    checkCron(check, pattern, tz);
    const series = checkSeries(check, job, options, { pattern, tz });
    return this.open().schedule(call, check.done(series));
  }

  dropAll(error: Error): void {
    this.#lane?.dropAll(error);
  }

  async close(force: AbortSignal): Promise<void> {
    await this.#lane?.close(force);
  }
}

function checkSeries(
  check: OptionChecks,
  job: AnyJobDefinition,
  options: SeriesOptions,
  rhythm: JobSeries["rhythm"],
): JobSeries {
  const { max, until, misfire, overlap } = checkPeriodicOptions(check, options);
  if (options.name !== undefined)
    check.string("name", options.name, { maxLength: 200, pattern: /^[^:]+$/, is: "without colons" });
  for (const name of NOT_PORTABLE) if (options[name] !== undefined) throw new NotPortableError(name, "the option");
  if (misfire !== "once") throw new NotPortableError("misfire", `the value "${misfire}" of the option`);
  if (overlap !== "parallel") throw new NotPortableError("overlap", `the value "${overlap}" of the option`);
  for (const name of ["signal", "onProgress", "jobId"] as const)
    if (options[name] !== undefined) throw new NotPortableError(name, "in a series the option");
  return { name: options.name ?? job.name, rhythm, max, until };
}
