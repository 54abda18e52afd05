import type { AsyncResource } from "node:async_hooks";
import type { FailureInfo } from "./failure-reporter.ts";
import type { RunHost } from "./run-host.ts";
import type { Timing } from "./task-context.ts";
import type { RunOwner, TaskRun } from "./task-run.ts";
import type { Work } from "./work.ts";

/** Timed work that is not due, as its scheduler sees it. */
export interface Scheduled {
  /** The scheduler closes: it will not be due any more. */
  end(): void;
}

/** What timed work needs of its scheduler. */
export interface TimedHost extends RunHost {
  newRun(work: Work, owner: RunOwner, timed: { readonly timing: Timing; readonly scope: AsyncResource }): TaskRun;
  scheduled(item: Scheduled): void;
  unscheduled(item: Scheduled): void;
  report(error: unknown, info: FailureInfo, warned: { warned: boolean }): void;
}
