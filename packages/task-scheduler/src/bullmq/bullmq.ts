import { optionChecks } from "@servertech/core";
import type { ConnectionOptions } from "bullmq";
import { type Job, jobDefinition } from "../queue/define-job.ts";
import type { QueueEngine } from "../queue/queue-engine.ts";
import type { RateOptions } from "../rate-limit.ts";
import { BullmqLane } from "./bullmq-lane.ts";

/** How this process runs jobs of the queue. */
export interface BullmqWorkerOptions {
  /** Jobs at once. At least 1. @default 1 */
  concurrency?: number | undefined;
  /** Starts per time, of all processes together; `burst` is not known there. @default none */
  rate?: Pick<RateOptions, "limit" | "intervalMs"> | undefined;
  /** Time after which a job of a silent process counts as lost, in milliseconds. At least 100. @default 30_000 */
  lockDurationMs?: number | undefined;
  /** How often lost jobs are looked for, in milliseconds. At least 100. @default 30_000 */
  stalledIntervalMs?: number | undefined;
}

/** The queue, and whether this process works on it. */
export interface BullmqOptions {
  /** How to reach Redis: what BullMQ takes, with `ioredis` installed. */
  connection: ConnectionOptions;
  /** The queue's name: no colon. 1 to 200 characters. */
  queue: string;
  /** All jobs that are submitted or run here. */
  jobs: readonly Job[];
  /** Runs jobs in this process. @default none: only submits them */
  worker?: BullmqWorkerOptions | undefined;
  /** In front of all keys in Redis. @default 'bull' */
  prefix?: string | undefined;
}

/**
 * The `queue` lane on BullMQ: `createScheduler({ queue: bullmq({ … }) })`. Delivery is at least once.
 *
 * @throws OptionError
 */
export function bullmq(options: BullmqOptions): QueueEngine {
  const check = optionChecks(options, ["connection", "queue", "jobs", "worker", "prefix"]);
  const { connection, queue, jobs, worker, prefix = "bull" } = options ?? {};
  check.object("connection", connection);
  check.string("queue", queue, { maxLength: 200, pattern: /^[^:]+$/, is: "without colons" });
  check.string("prefix", prefix, { maxLength: 200 });
  check.array("jobs", jobs, { min: 1 });
  const definitions = new Map(
    (Array.isArray(jobs) ? jobs : []).map((job: Job, index) => {
      const definition = typeof job === "object" && job !== null ? jobDefinition(job) : undefined;
      if (definition === undefined) check.problem(`jobs[${index}]`, "must be a job of defineJob", job);
      return [definition?.name, definition];
    }),
  );
  if (worker !== undefined) {
    const group = check.group("worker", worker, ["concurrency", "rate", "lockDurationMs", "stalledIntervalMs"]);
    if (worker.concurrency !== undefined) group.integer("concurrency", worker.concurrency, { min: 1 });
    if (worker.lockDurationMs !== undefined) group.duration("lockDurationMs", worker.lockDurationMs, { min: 100 });
    if (worker.stalledIntervalMs !== undefined)
      group.duration("stalledIntervalMs", worker.stalledIntervalMs, { min: 100 });
    if (worker.rate !== undefined) {
      const rate = group.group("rate", worker.rate, ["limit", "intervalMs"]);
      rate.integer("limit", worker.rate.limit, { min: 1 });
      rate.duration("intervalMs", worker.rate.intervalMs, { min: 1 });
    }
  }
  return check.done({
    capabilities: new Set(["delay", "every", "cron", "priority", "retry", "progress", "cancel"]),
    runsJobs: worker !== undefined,
    open: (host) => new BullmqLane(host, { connection, queue, prefix, worker, jobs: definitions }),
  });
}
