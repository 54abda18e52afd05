import { type OptionChecks, optionChecks } from "@servertech/core";
import type { Closure } from "./closure-run.ts";
import { type Task, type TaskReference, taskReference } from "./define-tasks.ts";
import {
  PLAIN_RUN,
  RUN_OPTIONS,
  type ResolvedRunOptions,
  type RunOptions,
  checkRunOptions,
  plainRunOptions,
} from "./run-options.ts";
import type { CpuLane } from "./cpu/cpu-lane.ts";
import type { Transferable } from "./cpu/thread-link.ts";
import type { IoLane } from "./io-lane.ts";
import { NotPortableError } from "./errors.ts";
import { type AnyJobDefinition, type Job, jobDefinition } from "./queue/define-job.ts";
import { callTask } from "./thread/task-sets.ts";

/** Where work runs: the event loop of the caller, a thread of the scheduler's pool, or any process of a queue. */
export type Lane = "io" | "cpu" | "queue";

/** A call of a function here. */
export class ClosureWork {
  readonly lane = "io";
  readonly closure: Closure;
  readonly options: ResolvedRunOptions;
  readonly #name: string | undefined;

  constructor(closure: Closure, options: ResolvedRunOptions, name?: string) {
    this.closure = closure;
    this.options = options;
    this.#name = name;
  }

  /** How it is called in errors and traces. Few runs are asked for it, and to ask a function costs. */
  get name(): string {
    return this.#name ?? (this.closure.name || "(anonymous function)");
  }
}

/** A call of a task on a thread. */
export interface ThreadWork {
  readonly lane: "cpu";
  readonly name: string;
  readonly task: TaskReference;
  readonly args: readonly unknown[];
  readonly transfer: readonly Transferable[] | undefined;
  readonly options: ResolvedRunOptions;
}

/** What a verb is to run. */
export type Work = ClosureWork | ThreadWork;

/** Where runs go. */
export interface Lanes {
  readonly io: IoLane;
  readonly cpu: CpuLane;
}

/** What users give to verbs. */
export type Target = Closure | Task | Job;

/** The options of all verbs as the implementation sees them. */
export type AnyOptions = RunOptions & {
  readonly args?: readonly unknown[] | undefined;
  readonly transfer?: readonly Transferable[] | undefined;
  readonly lane?: Lane | undefined;
};

const TASK_OPTIONS = [...RUN_OPTIONS, "lane", "args", "transfer"];
const CLOSURE_OPTIONS = [...RUN_OPTIONS, "lane"];

/** @throws OptionError with every problem. */
export function resolveWork(target: Target, options: AnyOptions | undefined): Work {
  if (typeof target === "function" && taskReference(target) === undefined) {
    const plain = options === undefined ? PLAIN_RUN : plainRunOptions(options);
    if (plain !== undefined) return new ClosureWork(target, plain);
  }
  const { check, work } = checkWork(target, options, []);
  return check.done(work);
}

/** Checks a target and the options that all verbs have in common; the caller checks its own and ends the check. */
export function checkWork(
  asked: Target,
  options: AnyOptions | undefined,
  further: readonly string[],
  without: readonly string[] = [],
): { readonly check: OptionChecks; readonly work: Work } {
  const job = typeof asked === "object" && asked !== null ? jobDefinition(asked) : undefined;
  if (job !== undefined) return checkJobHere(job, options, further, without);
  // Anything else is refused by the check of "target".
  const target = asked as Closure | Task;
  const task = typeof target === "function" ? taskReference(target) : undefined;
  // Unlike a task, a closure takes its values from where it was written.
  const known = [...(task === undefined ? CLOSURE_OPTIONS : TASK_OPTIONS), ...further];
  const check = optionChecks(
    options,
    known.filter((name) => !without.includes(name)),
  );
  check.func("target", target);
  const { lane = task === undefined ? "io" : "cpu" } = options ?? {};
  if (task !== undefined) check.oneOf("lane", lane, ["io", "cpu"]);
  else if (lane !== "io") check.problem("lane", 'must be "io": other lanes run tasks of defineTasks', lane);
  const resolved = checkRunOptions(check, options ?? {});
  if (task === undefined) return { check, work: new ClosureWork(target, resolved) };
  const args = check.array("args", options?.args ?? []);
  const transfer = options?.transfer;
  if (transfer !== undefined) check.array("transfer", transfer);
  const { name, functions } = task;
  if (lane === "cpu") return { check, work: { lane, name, task, args, transfer, options: resolved } };
  const closure: Closure = (context) => callTask(functions, name, args, () => context);
  return { check, work: new ClosureWork(closure, resolved, name) };
}

/** A job that runs here. */
function checkJobHere(
  job: AnyJobDefinition,
  options: AnyOptions | undefined,
  further: readonly string[],
  without: readonly string[],
): { readonly check: OptionChecks; readonly work: Work } {
  if (options?.lane !== "io") throw new NotPortableError("map and stream", "what the verbs do:");
  const known = [...CLOSURE_OPTIONS, "args", "jobId", ...further].filter((name) => !without.includes(name));
  const check = optionChecks(options, known);
  const resolved = checkRunOptions(check, options);
  const args = check.array("args", options.args ?? [], { min: 1, max: 1 });
  const closure: Closure = (context) => job.run(job.input(args[0]), context);
  return { check, work: new ClosureWork(closure, resolved, job.name) };
}
