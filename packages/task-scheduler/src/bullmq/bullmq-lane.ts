import { randomUUID } from "node:crypto";
import { onAbort } from "@servertech/core";
import { type ConnectionOptions, type JobsOptions, Queue, QueueEvents, QueueEventsProducer } from "bullmq";
import { CancelledError, SchedulerClosedError } from "../errors.ts";
import type { PeriodicHandle } from "../periodic/series.ts";
import type { AnyJobDefinition } from "../queue/define-job.ts";
import type { JobCall, JobSeries, QueueHost, QueueLane } from "../queue/queue-engine.ts";
import type { TaskHandle } from "../task-handle.ts";
import type { BullmqWorkerOptions } from "./bullmq.ts";
import { CANCEL_EVENT, type Envelope, failureOf, priorityOf } from "./envelope.ts";
import { JobWorker } from "./job-worker.ts";
import { QueuedSeries } from "./queued-series.ts";
import { nextOfPattern } from "./repeat-strategy.ts";
import { SubmittedJob } from "./submitted-job.ts";

export interface BullmqLaneOptions {
  readonly connection: ConnectionOptions;
  readonly queue: string;
  readonly prefix: string;
  readonly worker: BullmqWorkerOptions | undefined;
  readonly jobs: ReadonlyMap<string | undefined, AnyJobDefinition | undefined>;
}

/** Submits jobs to a BullMQ queue, waits for their results, and runs them if it has a worker. */
export class BullmqLane implements QueueLane {
  readonly #host: QueueHost;
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #cancels: QueueEventsProducer;
  readonly #worker: JobWorker | undefined;
  /** Those that wait for a result, by the job's id. */
  readonly #waiting = new Map<string, Set<SubmittedJob>>();

  constructor(host: QueueHost, { connection, queue, prefix, worker, jobs }: BullmqLaneOptions) {
    const base = { connection, prefix };
    this.#host = host;
    const settings = { repeatStrategy: nextOfPattern };
    this.#queue = new Queue(queue, { ...base, settings });
    this.#events = new QueueEvents(queue, base);
    this.#cancels = new QueueEventsProducer(queue, base);
    this.#worker = worker === undefined ? undefined : new JobWorker(host, queue, base, worker, jobs);
    const log = (error: Error) => host.logger.error({ err: error, queue }, "the queue has an error");
    this.#queue.on("error", log);
    this.#events.on("error", log);
    this.#cancels.on("error", log);
    this.#events.on("completed", ({ jobId, returnvalue }) => this.#each(jobId, (job) => job.succeed(returnvalue)));
    this.#events.on("failed", ({ jobId, failedReason }) =>
      this.#each(jobId, (job) => job.fail(failureOf(failedReason))),
    );
    this.#events.on("active", ({ jobId }) => this.#each(jobId, (job) => job.started()));
    this.#events.on("progress", ({ jobId, data }) => this.#each(jobId, (job) => job.progressed(data)));
    const cancelled = ({ id }: { id: string }) => this.#worker?.cancel(id);
    // Custom events are not in the types of the listener's names.
    (this.#events as unknown as { on(name: string, listener: (event: { id: string }) => void): void }).on(
      CANCEL_EVENT,
      cancelled,
    );
  }

  #each(jobId: string, tell: (job: SubmittedJob) => void): void {
    for (const job of this.#waiting.get(jobId) ?? []) tell(job);
  }

  submit(call: JobCall, delayMs: number, verb: "run" | "delay" | "at"): TaskHandle<unknown> {
    const id = call.jobId ?? randomUUID();
    const job = new SubmittedJob(call, delayMs, {
      settled: (ok) => {
        this.#forget(id, job);
        if (verb === "run" || delayMs === 0) this.#host.settled(ok);
      },
      cancel: () => void this.#cancel(id),
      callbackFailed: (error) => this.#host.callbackFailed(error, "onProgress", call.name),
    });
    if (this.#host.isClosed()) {
      job.refuse(new SchedulerClosedError());
      return job;
    }
    if (call.signal?.aborted === true) {
      job.refuse(call.signal.reason);
      return job;
    }
    if (verb === "run" || delayMs === 0) this.#host.opened();
    const others = this.#waiting.get(id);
    if (others === undefined) this.#waiting.set(id, new Set([job]));
    else others.add(job);
    job.endInterest = onAbort(call.signal, (reason) => job.stop(reason));
    void this.#add(id, call, delayMs, job);
    return job;
  }

  async #add(id: string, call: JobCall, delayMs: number, job: SubmittedJob): Promise<void> {
    try {
      // The listener is there before the job: its end cannot be missed.
      await this.#events.waitUntilReady();
      const added = await this.#queue.add(call.name, envelopeOf(call), {
        ...jobOptions(call),
        jobId: id,
        delay: delayMs,
      });
      // A job of this id may have ended before.
      const state = call.jobId === undefined ? "unknown" : await added.getState();
      if (state !== "completed" && state !== "failed") return;
      const ended = await this.#queue.getJob(id);
      if (state === "completed") job.succeed(ended?.returnvalue);
      else job.fail(failureOf(ended?.failedReason ?? "the job failed"));
    } catch (error) {
      job.fail(error);
    }
  }

  #forget(id: string, job: SubmittedJob): void {
    const jobs = this.#waiting.get(id);
    jobs?.delete(job);
    if (jobs?.size === 0) this.#waiting.delete(id);
  }

  /** Takes a waiting job out, and tells the process that runs it. */
  async #cancel(id: string): Promise<void> {
    try {
      const job = await this.#queue.getJob(id);
      if (job === undefined) return;
      if (await job.isActive()) await this.#cancels.publishEvent({ eventName: CANCEL_EVENT, id });
      else await job.remove();
    } catch (error) {
      this.#host.logger.warn({ err: error, job: id }, "a job could not be cancelled");
    }
  }

  schedule(call: JobCall, series: JobSeries): PeriodicHandle {
    if (this.#host.isClosed()) throw new SchedulerClosedError();
    return new QueuedSeries(this.#host, this.#queue, this.#events, series, {
      name: call.name,
      data: envelopeOf(call),
      opts: jobOptions(call),
    });
  }

  dropAll(error: Error): void {
    for (const jobs of this.#waiting.values()) for (const job of jobs) job.drop(error);
  }

  async close(force: AbortSignal): Promise<void> {
    await this.#worker?.close(force);
    const cancelled = new CancelledError("the scheduler closed; the job stays in its queue");
    this.dropAll(cancelled);
    await Promise.allSettled([this.#queue.close(), this.#events.close(), this.#cancels.close()]);
  }
}

function envelopeOf({ input, timeoutMs }: JobCall): Envelope {
  return timeoutMs === undefined ? { input } : { input, timeoutMs };
}

function jobOptions({ priority, retry }: JobCall): JobsOptions {
  return {
    priority: priorityOf(priority),
    // Results must outlive the moment in which they are waited for.
    removeOnComplete: { age: 60, count: 1_000 },
    removeOnFail: { age: 86_400, count: 1_000 },
    ...(retry === undefined
      ? {}
      : {
          attempts: Math.min(Number.MAX_SAFE_INTEGER, retry.retries + 1),
          backoff: { type: "exponential", delay: retry.baseMs, jitter: retry.jitter },
        }),
  };
}
