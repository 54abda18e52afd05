import type { ErrorReport } from "./error-report.ts";

/** A call that failed, with its details read by the types of its schema: exit code 1. */
export class CallFailed extends Error {
  override readonly name: string = "CallFailed";
  readonly report: ErrorReport;

  constructor(report: ErrorReport, cause: unknown) {
    super(report.message, { cause });
    this.report = report;
  }
}
