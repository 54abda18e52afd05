import { abortable, deadlineIn, onAbort } from "@servertech/core";
import { type ConnectionOptions, type Job, UnrecoverableError, Worker, type WorkerOptions } from "bullmq";
import { TaskTimeoutError } from "../errors.ts";
import type { AnyJobDefinition, Json } from "../queue/define-job.ts";
import type { QueueHost } from "../queue/queue-engine.ts";
import type { TaskContext } from "../task-context.ts";
import type { BullmqWorkerOptions } from "./bullmq.ts";
import { type Envelope, timeoutReason } from "./envelope.ts";
import { nextOfPattern } from "./repeat-strategy.ts";

/** Runs the jobs of a queue in this process. */
export class JobWorker {
  readonly #worker: Worker;
  readonly #jobs: ReadonlyMap<string | undefined, AnyJobDefinition | undefined>;
  readonly #host: QueueHost;

  constructor(
    host: QueueHost,
    queue: string,
    base: { readonly connection: ConnectionOptions; readonly prefix: string },
    options: BullmqWorkerOptions,
    jobs: ReadonlyMap<string | undefined, AnyJobDefinition | undefined>,
  ) {
    const { concurrency = 1, rate, lockDurationMs = 30_000, stalledIntervalMs = 30_000 } = options;
    const worker: WorkerOptions = {
      ...base,
      concurrency,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      settings: { repeatStrategy: nextOfPattern },
      ...(rate === undefined ? {} : { limiter: { max: rate.limit, duration: rate.intervalMs } }),
    };
    this.#host = host;
    this.#jobs = jobs;
    // Its third parameter makes BullMQ give a signal.
    this.#worker = new Worker(queue, (job: Job<Envelope>, _token, signal) => this.#run(job, signal), worker);
    this.#worker.on("error", (error) => host.logger.error({ err: error, queue }, "the queue's worker has an error"));
  }

  async #run(job: Job<Envelope>, signal: AbortSignal | undefined): Promise<unknown> {
    const definition = this.#jobs.get(job.name);
    if (definition === undefined) throw new UnrecoverableError(`no job ${job.name} is known to this process`);
    const controller = new AbortController();
    const endInterest = onAbort(signal, (reason) => controller.abort(reason));
    const { input, timeoutMs } = job.data;
    const limit =
      timeoutMs === undefined
        ? undefined
        : deadlineIn(timeoutMs, () => controller.abort(new TaskTimeoutError("run", timeoutMs, job.name)));
    try {
      const result = Promise.resolve(definition.run(parsed(definition, input), this.#context(job, controller.signal)));
      return await abortable(result, controller.signal);
    } catch (error) {
      if (error instanceof TaskTimeoutError && error === controller.signal.reason)
        throw new UnrecoverableError(timeoutReason(error.limitMs, job.name));
      // Nobody wants it any more: it is not tried again.
      if (signal?.aborted === true) throw new UnrecoverableError("the job was cancelled");
      throw error;
    } finally {
      limit?.cancel();
      endInterest();
    }
  }

  #context(job: Job<Envelope>, signal: AbortSignal): TaskContext {
    const isTimed = job.delay > 0 || job.repeatJobKey !== undefined;
    return {
      signal,
      attempt: job.attemptsMade + 1,
      scheduledAt: isTimed ? job.timestamp + job.delay : undefined,
      missed: undefined,
      progress: (value) => {
        // BullMQ takes JSON.
        job.updateProgress(value as object).catch((error: unknown) => {
          this.#host.logger.warn({ err: error, job: job.name }, "the progress of a job could not be told");
        });
      },
    };
  }

  cancel(id: string): void {
    this.#worker.cancelJob(id, "cancelled");
  }

  /** Lets the jobs in hand end until `force` aborts; what is left then runs again elsewhere. */
  async close(force: AbortSignal): Promise<void> {
    if (!force.aborted) {
      const forced = new Promise<void>((resolve) => onAbort(force, () => resolve()));
      await Promise.race([this.#worker.close(), forced]);
    }
    if (!force.aborted) return;
    this.#worker.cancelAllJobs("the scheduler closed");
    await this.#worker.close(true);
  }
}

function parsed(job: AnyJobDefinition, value: Json): unknown {
  return job.input(job.codec === undefined ? value : job.codec.decode(value));
}
