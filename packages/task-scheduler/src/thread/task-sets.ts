import type { TaskContext } from "../task-context.ts";

/**
 * The global of a pool's thread under which task files register their functions: a map from the set's identity. It is
 * absent everywhere else. A symbol of the registry, as the thread's code and the task file may use two copies of this
 * package.
 */
export const TASK_SETS: unique symbol = Symbol.for("servertech.task-scheduler.task-sets");

// Method parameters are compared both ways: `never` accepts functions of any parameters.
export type TaskFunction = (...args: never[]) => unknown;
export type TaskFunctions = Readonly<Record<string, TaskFunction>>;

/** Calls a task, with its context where the function has a required parameter more than there are arguments. */
export function callTask(
  functions: TaskFunctions,
  name: string,
  args: readonly unknown[],
  makeContext: () => TaskContext,
): unknown {
  const task = functions[name] as (...args: unknown[]) => unknown;
  if (task.length <= args.length) return task.apply(functions, [...args]);
  const all = [...args];
  all[task.length - 1] = makeContext();
  return task.apply(functions, all);
}
