import { type Logger, safeLogger, silentLogger } from "@servertech/core";

/** Which timed work failed. */
export interface FailureInfo {
  readonly verb: "delay" | "at" | "every" | "cron";
  /** The task's or the function's name. */
  readonly task: string;
  /** The instant it was due, in milliseconds since 1970. */
  readonly scheduledAt: number;
}

/** Gets the failures of timed work that nobody else sees. What it throws goes to the logger. */
export type OnError = (error: unknown, info: FailureInfo) => void;

/** Brings the failures of timed work to somebody: to `onError`, else to the logger, else to a process warning. */
export class FailureReporter {
  readonly #onError: OnError | undefined;
  readonly #logger: Logger;

  constructor(onError: OnError | undefined, logger: Logger | undefined) {
    this.#onError = onError;
    this.#logger = safeLogger(logger);
  }

  /** @param warned who was warned of before, so that a series does not fill the screen. */
  report(error: unknown, info: FailureInfo, warned: { warned: boolean }): void {
    if (this.#onError === undefined) this.#log(error, info, warned);
    else
      try {
        this.#onError(error, info);
      } catch (thrown) {
        this.#log(error, info, warned);
        this.#log(thrown, info, warned);
      }
  }

  #log(error: unknown, info: FailureInfo, warned: { warned: boolean }): void {
    if (this.#logger !== silentLogger) this.#logger.error({ err: error, ...info }, "timed task failed");
    else if (!warned.warned) {
      warned.warned = true;
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.emitWarning(`${info.verb}: ${info.task} failed and nobody handles it`, {
        type: "SchedulerWarning",
        detail,
      });
    }
  }
}
