import type { OptionChecks } from "@servertech/core";
import { type Closure, ClosureRun } from "./closure-run.ts";
import { ThreadRun } from "./cpu/thread-run.ts";
import { AHEAD_MICROS } from "./cpu/function-pace.ts";
import { type Task, taskReference } from "./define-tasks.ts";
import { CancelledError, SchedulerClosedError, TaskNotCloneableError } from "./errors.ts";
import type { RunHost } from "./run-host.ts";
import type { RunOptions } from "./run-options.ts";
import type { TaskContext } from "./task-context.ts";
import type { TaskRun } from "./task-run.ts";
import { decodeError } from "./thread/error-record.ts";
import type { ItemOutcome } from "./thread/protocol.ts";
import { callTask } from "./thread/task-sets.ts";
import { type AnyOptions, ClosureWork, type Lanes, type ThreadWork, checkWork } from "./work.ts";

/** Options of `map`: those of `run`, for each item on the `io` lane and for each chunk of items on a thread. */
export interface MapOptions extends Omit<RunOptions, "retry"> {
  /** Items that go to a thread together. At least 1. `'auto'`: as many as take about 500 µs. @default 'auto' */
  chunk?: number | "auto" | undefined;
  /** `true`: the result has the outcome of each item, as of `Promise.allSettled`. @default false */
  settle?: boolean | undefined;
}

/** A closure that `map` calls for each list of arguments; gets the context after them. */
export type MapClosure<Args extends readonly unknown[], R> = (...args: WithContext<Args>) => R;

// Conditional, so that the arguments are inferred from the lists alone: the closure need not take its context.
type WithContext<Args extends readonly unknown[]> = Args extends readonly [...infer List]
  ? [...List, TaskContext]
  : never;

type Lists = readonly (readonly unknown[])[];

/** Chunks of an unknown pace: enough to learn it. */
const FIRST_CHUNK = 8;
const LARGEST_CHUNK = 4_096;
/** Chunks on their way, for each thread. */
const CHUNKS_A_THREAD = 2;

/** Runs the target once for each list of arguments. */
export function mapAll(
  host: RunHost,
  lanes: Lanes,
  target: Task | MapClosure<never, unknown>,
  argLists: Lists,
  options: AnyOptions & MapOptions = {},
): Promise<unknown[]> {
  const { check, work } = checkWork(target as Closure, options, ["chunk", "settle"], ["retry", "args", "transfer"]);
  checkLists(check, argLists);
  const { chunk = "auto", settle = false } = options;
  if (chunk !== "auto") check.integer("chunk", chunk, { min: 1 });
  check.boolean("settle", settle);
  check.done(undefined);
  if (host.closed) throw new SchedulerClosedError();
  const mapping = { argLists, settle, signal: options.signal };
  if (work.lane === "cpu")
    return new Mapping({ ...mapping, atOnce: lanes.cpu.max * CHUNKS_A_THREAD }).run(chunked(work, chunk));
  const { name } = work;
  const task = taskReference(target);
  const call = (index: number): Closure => {
    const args = argLists[index] as readonly unknown[];
    if (task !== undefined) return (context) => callTask(task.functions, task.name, args, () => context);
    return (context) => (target as (...all: unknown[]) => unknown)(...args, context);
  };
  return new Mapping({ ...mapping, atOnce: lanes.io.concurrency }).run((index, owner) => ({
    items: 1,
    run: new ClosureRun(host, lanes.io, new ClosureWork(call(index), work.options, name), {
      resolve: (value) => owner.settled([{ status: "fulfilled", value }]),
      reject: owner.failed,
    }),
  }));

  function chunked(on: ThreadWork, size: number | "auto"): StartPart {
    const pace = lanes.cpu.sets.of(on.task).pace(on.name);
    return (index, owner) => {
      const most = size === "auto" ? autoChunk(pace.measured) : size;
      const args = argLists.slice(index, index + most);
      const resolve = (value: unknown) => owner.settled((value as ItemOutcome[]).map((one) => outcome(one, on.name)));
      return {
        items: args.length,
        run: new ThreadRun(host, lanes.cpu, { ...on, args }, { resolve, reject: owner.failed }, undefined, {
          items: args.length,
        }),
      };
    };
  }
}

function checkLists(check: OptionChecks, argLists: Lists): void {
  check.array("argLists", argLists);
  if (!Array.isArray(argLists)) return;
  const wrong = argLists.findIndex((list) => !Array.isArray(list));
  if (wrong !== -1) check.problem(`argLists[${wrong}]`, "must be an array of arguments", argLists[wrong]);
}

function autoChunk(micros: number | undefined): number {
  if (micros === undefined) return FIRST_CHUNK;
  return Math.max(1, Math.min(LARGEST_CHUNK, Math.floor(AHEAD_MICROS / Math.max(micros, 0.01))));
}

function outcome([ok, value, uncloneable]: ItemOutcome, task: string): PromiseSettledResult<unknown> {
  if (ok) return { status: "fulfilled", value };
  const error = decodeError(value);
  return {
    status: "rejected",
    reason: uncloneable === true ? new TaskNotCloneableError("result", task, error) : error,
  };
}

/** Whom a part of a map reports to. */
interface PartOwner {
  readonly settled: (outcomes: PromiseSettledResult<unknown>[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Makes the run for the items from `index` on, and says how many it takes. */
type StartPart = (index: number, owner: PartOwner) => { readonly items: number; readonly run: TaskRun };

/** One call of `map`: so many parts at once, until all items have an outcome or one has failed. */
class Mapping {
  readonly #settle: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #count: number;
  readonly #atOnce: number;
  readonly #outcomes: PromiseSettledResult<unknown>[] = [];
  readonly #runs = new Set<TaskRun>();
  #next = 0;
  #left: number;
  #resolve!: (results: unknown[]) => void;
  #reject!: (error: unknown) => void;
  #over = false;
  #feeding = false;

  constructor(options: {
    readonly argLists: Lists;
    readonly settle: boolean;
    readonly signal: AbortSignal | undefined;
    readonly atOnce: number;
  }) {
    this.#settle = options.settle;
    this.#signal = options.signal;
    this.#count = this.#left = options.argLists.length;
    this.#atOnce = options.atOnce;
  }

  run(start: StartPart): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#count === 0) resolve([]);
      else this.#feed(start);
    });
  }

  #feed(start: StartPart): void {
    // A function that returns at once is settled inside `submit`: the loop goes on instead of nesting.
    if (this.#feeding) return;
    this.#feeding = true;
    while (!this.#over && this.#next < this.#count && this.#runs.size < this.#atOnce) {
      const from = this.#next;
      const part = start(from, {
        settled: (outcomes) => this.#settled(part.run, from, outcomes, start),
        failed: (reason) =>
          this.#settled(
            part.run,
            from,
            Array.from({ length: part.items }, () => ({ status: "rejected", reason })),
            start,
          ),
      });
      this.#next += part.items;
      this.#runs.add(part.run);
      part.run.submit();
    }
    this.#feeding = false;
  }

  #settled(run: TaskRun, from: number, outcomes: PromiseSettledResult<unknown>[], start: StartPart): void {
    this.#runs.delete(run);
    if (this.#over) return;
    const all = this.#settle && this.#signal?.aborted !== true;
    const failed = all ? undefined : outcomes.find((one) => one.status === "rejected");
    if (failed !== undefined) {
      this.#fail(failed.reason);
      return;
    }
    for (const [index, one] of outcomes.entries()) this.#outcomes[from + index] = one;
    this.#left -= outcomes.length;
    if (this.#left > 0) this.#feed(start);
    else {
      this.#over = true;
      this.#resolve(this.#settle ? this.#outcomes : this.#outcomes.map((one) => (one as { value?: unknown }).value));
    }
  }

  /** What has not started is dropped; what runs goes on, and nobody hears of it. */
  #fail(reason: unknown): void {
    this.#over = true;
    this.#reject(reason);
    for (const run of this.#runs) if (run.state !== "running") run.stop(new CancelledError("another item failed"));
  }
}
