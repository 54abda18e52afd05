import { type OptionChecks, optionChecks } from "@servertech/core";
import { NotPortableError } from "../errors.ts";
import { type RunOptions, checkRunOptions } from "../run-options.ts";
import type { AnyOptions } from "../work.ts";
import type { AnyJobDefinition, Json } from "./define-job.ts";
import type { JobCall } from "./queue-engine.ts";

/** Options that another machine cannot honour. */
const NOT_PORTABLE = ["key", "after", "queueTimeoutMs", "deadlineMs", "transfer"] as const;
const KNOWN = ["args", "lane", "jobId", "priority", "timeoutMs", "retry", "signal", "onProgress", ...NOT_PORTABLE];

export type JobOptions = AnyOptions & RunOptions & { readonly jobId?: string | undefined };

/**
 * Checks a call of a job; the caller checks its own options and ends the check.
 *
 * @throws NotPortableError
 */
export function checkJobCall(
  job: AnyJobDefinition,
  options: JobOptions = {},
  further: readonly string[] = [],
): { readonly check: OptionChecks; readonly call: JobCall } {
  const check = optionChecks(options, [...KNOWN, ...further]);
  const { priority, timeoutMs, retry, signal, onProgress } = checkRunOptions(check, options);
  const args = check.array("args", options.args ?? [], { min: 1, max: 1 });
  if (options.jobId !== undefined) checkJobId(check, options.jobId);
  for (const name of NOT_PORTABLE) if (options[name] !== undefined) throw new NotPortableError(name, "the option");
  if (retry?.when !== undefined) throw new NotPortableError("retry.when", "the option");
  if (retry !== undefined && retry.maxMs !== Infinity) throw new NotPortableError("retry.maxMs", "the option");
  const call = {
    name: job.name,
    input: encoded(job, args[0]),
    priority,
    jobId: options.jobId,
    timeoutMs,
    retry,
    signal,
    onProgress,
  };
  return { check, call };
}

function checkJobId(check: OptionChecks, jobId: string): void {
  // BullMQ keeps colons and whole numbers for itself.
  check.string("jobId", jobId, { maxLength: 500, pattern: /^(?!\d+$)[^:]+$/, is: "no number and without colons" });
}

function encoded({ codec, name }: AnyJobDefinition, input: unknown): Json {
  const value: unknown = codec === undefined ? input : codec.encode(input);
  assertPortable(value, name, "input");
  return value;
}

/** JSON drops or changes silently what it does not know: that is refused. */
function assertPortable(value: unknown, job: string, path: string): asserts value is Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) assertPortable(item, job, `${path}[${index}]`);
    return;
  }
  if (typeof value === "object" && isPlain(value)) {
    for (const [key, item] of Object.entries(value))
      if (item !== undefined) assertPortable(item, job, `${path}.${key}`);
    return;
  }
  throw new NotPortableError(path, `what job ${job} is given at`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
