import type { JobsOptions, Queue, QueueEvents } from "bullmq";
import type { PeriodicHandle } from "../periodic/series.ts";
import type { JobSeries, QueueHost } from "../queue/queue-engine.ts";
import { type Envelope, failureOf } from "./envelope.ts";

/** A series that lives in Redis: it goes on when this process ends, and `cancel` ends it for all. */
export class QueuedSeries implements PeriodicHandle {
  readonly #host: QueueHost;
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #series: JobSeries;
  readonly #template: { readonly name: string; readonly data: Envelope; readonly opts: JobsOptions };
  #state: PeriodicHandle["state"] = "active";
  #next: number | undefined;
  #runs = 0;
  #failed = 0;
  /** Changes go to Redis one after the other. */
  #last: Promise<unknown>;

  constructor(
    host: QueueHost,
    queue: Queue,
    events: QueueEvents,
    series: JobSeries,
    template: { readonly name: string; readonly data: Envelope; readonly opts: JobsOptions },
  ) {
    this.#host = host;
    this.#queue = queue;
    this.#events = events;
    this.#series = series;
    this.#template = template;
    events.on("active", this.#onActive);
    events.on("failed", this.#onFailed);
    this.#last = this.#upsert();
  }

  get state(): PeriodicHandle["state"] {
    return this.#state;
  }

  /** As this process knows it: after the first run another one may have moved on. */
  get next(): number | undefined {
    return this.#state === "active" ? this.#next : undefined;
  }

  get runs(): number {
    return this.#runs;
  }

  /** BullMQ does not tell. */
  get skipped(): number {
    return 0;
  }

  get failed(): number {
    return this.#failed;
  }

  cancel(): boolean {
    if (this.#state === "ended") return false;
    this.#state = "ended";
    this.#events.off("active", this.#onActive);
    this.#events.off("failed", this.#onFailed);
    this.#change(() => this.#queue.removeJobScheduler(this.#series.name));
    return true;
  }

  pause(): void {
    if (this.#state !== "active") return;
    this.#state = "paused";
    this.#change(() => this.#queue.removeJobScheduler(this.#series.name));
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "active";
    this.#change(() => this.#upsert());
  }

  #change(change: () => Promise<unknown>): void {
    this.#last = this.#last.then(change).catch((error: unknown) => this.#report(error));
  }

  #report(error: unknown): void {
    const verb = "everyMs" in this.#series.rhythm ? "every" : "cron";
    this.#host.report(error, { verb, task: this.#template.name, scheduledAt: this.#next ?? Date.now() });
  }

  async #upsert(): Promise<void> {
    const { name, rhythm, max, until } = this.#series;
    const repeat = {
      ...("everyMs" in rhythm
        ? { every: rhythm.everyMs, startDate: Date.now() + rhythm.everyMs }
        : { pattern: rhythm.pattern, tz: rhythm.tz }),
      ...(max === Infinity ? {} : { limit: max }),
      ...(until === Infinity ? {} : { endDate: until }),
    };
    try {
      await this.#events.waitUntilReady();
      const job = await this.#queue.upsertJobScheduler(name, repeat, this.#template);
      this.#next = job === undefined ? undefined : job.timestamp + job.delay;
    } catch (error) {
      this.#report(error);
    }
  }

  #isOurs(jobId: string): boolean {
    return jobId.startsWith(`repeat:${this.#series.name}:`);
  }

  readonly #onActive = ({ jobId }: { jobId: string }): void => {
    if (!this.#isOurs(jobId)) return;
    this.#runs += 1;
    const { max, rhythm } = this.#series;
    if (this.#runs >= max) this.#state = "ended";
    else if ("everyMs" in rhythm && this.#next !== undefined) this.#next += rhythm.everyMs;
  };

  readonly #onFailed = ({ jobId, failedReason }: { jobId: string; failedReason: string }): void => {
    if (!this.#isOurs(jobId)) return;
    this.#failed += 1;
    this.#report(failureOf(failedReason));
  };
}
