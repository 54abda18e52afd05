import { type OptionChecks, optionChecks } from "@servertech/core";
import type { Closure } from "./closure-run.ts";
import { type Task, type TaskReference, taskReference } from "./define-tasks.ts";
import { PLAIN_RUN, RUN_OPTIONS, type ResolvedRunOptions, type RunOptions, checkRunOptions } from "./run-options.ts";
import { callTask } from "./thread/task-sets.ts";

/** Where work runs: `'io'` is the event loop of the caller, `'cpu'` a thread of the scheduler's pool. */
export type Lane = "io" | "cpu";

/** A call of a function here. */
export interface ClosureWork {
  readonly lane: "io";
  /** How it is called in errors and traces. */
  readonly name: string;
  readonly closure: Closure;
  readonly options: ResolvedRunOptions;
}

/** A call of a task on a thread. */
export interface ThreadWork {
  readonly lane: "cpu";
  readonly name: string;
  readonly task: TaskReference;
  readonly args: readonly unknown[];
  readonly options: ResolvedRunOptions;
}

/** What a verb is to run. */
export type Work = ClosureWork | ThreadWork;

/** The options of all verbs as the implementation sees them. */
export type AnyOptions = RunOptions & {
  readonly args?: readonly unknown[] | undefined;
  readonly lane?: Lane | undefined;
};

const TASK_OPTIONS = [...RUN_OPTIONS, "lane", "args"];
const CLOSURE_OPTIONS = [...RUN_OPTIONS, "lane"];

/** @throws OptionError with every problem. */
export function resolveWork(target: Closure | Task, options: AnyOptions | undefined): Work {
  if (typeof target === "function" && options === undefined && taskReference(target) === undefined)
    return { lane: "io", name: functionName(target), closure: target, options: PLAIN_RUN };
  const { check, work } = checkWork(target, options, []);
  return check.done(work);
}

/** Checks a target and the options that all verbs have in common; the caller checks its own and ends the check. */
export function checkWork(
  target: Closure | Task,
  options: AnyOptions | undefined,
  further: readonly string[],
): { readonly check: OptionChecks; readonly work: Work } {
  const task = typeof target === "function" ? taskReference(target) : undefined;
  // Unlike a task, a closure takes its values from where it was written.
  const check = optionChecks(options, [...(task === undefined ? CLOSURE_OPTIONS : TASK_OPTIONS), ...further]);
  check.func("target", target);
  const { lane = task === undefined ? "io" : "cpu" } = options ?? {};
  if (task !== undefined) check.oneOf("lane", lane, ["io", "cpu"]);
  else if (lane !== "io") check.problem("lane", 'must be "io": other lanes run tasks of defineTasks', lane);
  const resolved = checkRunOptions(check, options ?? {});
  if (task === undefined)
    return { check, work: { lane: "io", name: functionName(target), closure: target, options: resolved } };
  const args = check.array("args", options?.args ?? []);
  const { name, functions } = task;
  if (lane === "cpu") return { check, work: { lane, name, task, args, options: resolved } };
  const closure: Closure = (context) => callTask(functions, name, args, context);
  return { check, work: { lane: "io", name, closure, options: resolved } };
}

function functionName(target: unknown): string {
  return (typeof target === "function" && target.name) || "(anonymous function)";
}
