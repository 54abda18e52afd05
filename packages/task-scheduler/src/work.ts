import { type OptionChecks, optionChecks } from "@servertech/core";
import { type Task, type TaskReference, taskReference } from "./define-tasks.ts";
import type { Closure } from "./io-lane.ts";
import { PLAIN_RUN, RUN_OPTIONS, type ResolvedRunOptions, type RunOptions, checkRunOptions } from "./run-options.ts";

/** What a verb is to run: a closure here, or a task on a thread. */
export type Work =
  | { readonly closure: Closure; readonly options: ResolvedRunOptions }
  | {
      readonly closure: undefined;
      readonly task: TaskReference;
      readonly args: readonly unknown[];
      readonly options: ResolvedRunOptions;
    };

type AnyOptions = RunOptions & { readonly args?: readonly unknown[] | undefined };

/** @throws OptionError with every problem. */
export function resolveWork(target: Closure | Task, options: AnyOptions | undefined): Work {
  if (typeof target === "function" && options === undefined && taskReference(target) === undefined)
    return { closure: target, options: PLAIN_RUN };
  const check = checkWork(target, options, []);
  return check.check.done(check.work);
}

/** Checks a target and the options that all verbs have in common; the caller checks its own and ends the check. */
export function checkWork(
  target: Closure | Task,
  options: AnyOptions | undefined,
  further: readonly string[],
): { readonly check: OptionChecks; readonly work: Work } {
  const task = typeof target === "function" ? taskReference(target) : undefined;
  // Unlike a task, a closure takes its values from where it was written.
  const known = task === undefined ? RUN_OPTIONS : [...RUN_OPTIONS, "args"];
  const check = optionChecks(options, [...known, ...further]);
  check.func("target", target);
  const resolved = checkRunOptions(check, options ?? {});
  if (task === undefined) return { check, work: { closure: target, options: resolved } };
  const args = check.array("args", options?.args ?? []);
  return { check, work: { closure: undefined, task, args, options: resolved } };
}

/** How the work is called in errors and traces. */
export function workName(work: Work): string {
  return work.closure === undefined ? work.task.name : work.closure.name || "(anonymous function)";
}
