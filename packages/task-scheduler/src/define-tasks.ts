import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { optionChecks } from "@servertech/core";
import { TasksInEntryError } from "./errors.ts";
import { LazyContext, type TaskContext } from "./task-context.ts";
import { TASK_SETS, type TaskFunction, type TaskFunctions, callTask } from "./thread/task-sets.ts";

/** Shared by all installed copies of this package, so that one copy runs the tasks that another defined. */
const TASK: unique symbol = Symbol.for("servertech.task-scheduler.task");

/** Which function a {@link Task} stands for. */
export interface TaskReference {
  /** Identity of the set: the file's URL, with the set's name if it has one. */
  readonly set: string;
  /** The file that a thread imports. */
  readonly url: string;
  readonly name: string;
  /** All functions of the set, as this thread has them. */
  readonly functions: TaskFunctions;
}

/**
 * A function that a scheduler runs on a worker thread: `scheduler.run(task, { args })`. Called directly it runs here.
 */
export interface Task<Args extends unknown[] = unknown[], R = unknown> {
  (...args: Args): R;
  readonly [TASK]: TaskReference;
}

/** The arguments a caller gives: those of the function without the {@link TaskContext} at its end. */
export type TaskArgs<F extends TaskFunction> =
  Parameters<F> extends [...infer Args, TaskContext] ? Args : Parameters<F>;

/** The tasks that {@link defineTasks} makes of the functions `T`. */
export type Tasks<T extends TaskFunctions> = { readonly [K in keyof T]: Task<TaskArgs<T[K]>, ReturnType<T[K]>> };

/**
 * Makes tasks of functions. To be called at the top level of a module of its own, which every thread imports: top-level
 * await and imports are fine, side effects happen once a thread. A bundler needs that module as an entry of its own.
 *
 * A function that has one required parameter more than the caller gives arguments gets the {@link TaskContext} there.
 *
 * @param meta the module's `import.meta`.
 * @param name tells several sets of one module apart.
 * @throws TasksInEntryError in the program's entry file; OptionError on anything but functions.
 */
export function defineTasks<const T extends TaskFunctions>(
  meta: { readonly url: string },
  functions: T,
  name?: string,
): Tasks<T> {
  const { url } = checked(meta, functions, name);
  const set = name === undefined ? url : `${url}#${name}`;
  const threadSets = (globalThis as { [TASK_SETS]?: Map<string, TaskFunctions> })[TASK_SETS];
  if (threadSets !== undefined) threadSets.set(set, functions);
  else if (url === entryUrl()) throw new TasksInEntryError(url);
  const tasks: Record<string, Task> = {};
  for (const key of Object.keys(functions)) tasks[key] = newTask({ set, url, name: key, functions });
  return tasks as Tasks<T>;
}

/** What `target` stands for if it is a task, of whichever installed copy of this package. */
export function taskReference(target: object): TaskReference | undefined {
  return (target as { readonly [TASK]?: TaskReference })[TASK];
}

function newTask(reference: TaskReference): Task {
  const task = (...args: unknown[]): unknown =>
    callTask(reference.functions, reference.name, args, () => new LazyContext(1, undefined));
  return Object.assign(task, { [TASK]: Object.freeze(reference) });
}

function checked<M extends { readonly url: string }>(meta: M, functions: TaskFunctions, name: string | undefined): M {
  const check = optionChecks(undefined, []);
  const url: unknown = (meta as M | undefined)?.url;
  if (typeof url !== "string" || !url.startsWith("file:"))
    check.problem("meta", "must be the import.meta of a file", url);
  check.object("functions", functions);
  for (const [key, value] of Object.entries(functions ?? {})) check.func(`functions.${key}`, value);
  if (name !== undefined) check.string("name", name);
  return check.done(meta);
}

let entry: string | undefined;

/** The URL of the program's, or this thread's, entry file; empty when there is none. */
function entryUrl(): string {
  return (entry ??= findEntry(process.argv[1]));
}

function findEntry(path: string | undefined): string {
  if (path === undefined) return "";
  try {
    return pathToFileURL(realpathSync(createRequire(import.meta.url).resolve(path))).href;
  } catch {
    // Not a file: `node --eval`, a REPL, or a thread made of text.
    return "";
  }
}
