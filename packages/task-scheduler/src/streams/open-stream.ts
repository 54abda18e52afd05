import { type Closure, ClosureRun } from "../closure-run.ts";
import { ThreadRun } from "../cpu/thread-run.ts";
import type { Task } from "../define-tasks.ts";
import { CancelledError, SchedulerClosedError } from "../errors.ts";
import type { RunHost } from "../run-host.ts";
import type { RunOptions } from "../run-options.ts";
import type { TaskContext } from "../task-context.ts";
import type { TaskRun } from "../task-run.ts";
import { type AnyOptions, ClosureWork, type Lanes, type ThreadWork, checkWork } from "../work.ts";
import { ItemStream } from "./item-stream.ts";

/** Options of `stream`: those of `run` but `retry`, as items were seen already. */
export interface StreamOptions extends Omit<RunOptions, "retry"> {
  /** Items that the generator may be ahead of the reader. At least 1; `Infinity` is legal. @default 16 */
  highWaterMark?: number | undefined;
}

/** What a generator makes items of. */
export type Items<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Runs a generator; its items come in order, at most `highWaterMark` unread.
 *
 * @throws OptionError, SchedulerClosedError
 */
export function openStream(
  host: RunHost,
  lanes: Lanes,
  target: Task | Closure,
  options: AnyOptions & StreamOptions = {},
): ItemStream<unknown> {
  const { check, work } = checkWork(target, options, ["highWaterMark"], ["retry"]);
  const highWaterMark = check.integer("highWaterMark", options.highWaterMark ?? 16, { min: 1, infinity: true });
  check.done(undefined);
  if (host.closed) throw new SchedulerClosedError();
  return work.lane === "cpu"
    ? streamOnThread(host, lanes, work, highWaterMark)
    : streamHere(host, lanes, work, highWaterMark);
}

function ownerOf(stream: ItemStream<unknown>): { resolve(): void; reject(error: unknown): void } {
  return { resolve: () => stream.end(), reject: (error) => stream.fail(error) };
}

/** Ends a stream that nobody reads any more. */
function finish(run: TaskRun, running: () => void): void {
  if (run.state === "running") running();
  else run.stop(new CancelledError("nobody reads the stream"));
}

function streamOnThread(host: RunHost, lanes: Lanes, work: ThreadWork, highWaterMark: number): ItemStream<unknown> {
  const stream: ItemStream<unknown> = new ItemStream(
    { consumed: (items) => run.credit(items), finish: () => finish(run, () => run.finish()) },
    highWaterMark,
  );
  const kind = { stream: { highWaterMark, onItem: (item: unknown) => stream.push(item) } };
  const run: ThreadRun = new ThreadRun(host, lanes.cpu, work, ownerOf(stream), undefined, kind);
  run.submit();
  return stream;
}

function streamHere(host: RunHost, lanes: Lanes, work: ClosureWork, highWaterMark: number): ItemStream<unknown> {
  let wake: (() => void) | undefined;
  let finished = false;
  const source = {
    consumed: () => wake?.(),
    finish: () =>
      finish(run, () => {
        finished = true;
        wake?.();
      }),
  };
  const stream = new ItemStream<unknown>(source, highWaterMark);
  const pump = async (context: TaskContext): Promise<void> => {
    const { signal } = context;
    signal.addEventListener("abort", () => wake?.());
    const isOver = () => finished || signal.aborted;
    // Leaving the loop runs the generator's `finally`.
    for await (const item of work.closure(context) as AsyncIterable<unknown>) {
      stream.push(item);
      while (stream.unread >= highWaterMark && !isOver()) await new Promise<void>((resolve) => (wake = resolve));
      if (isOver()) break;
    }
  };
  const run: ClosureRun = new ClosureRun(
    host,
    lanes.io,
    new ClosureWork(pump, work.options, work.name),
    ownerOf(stream),
  );
  run.submit();
  return stream;
}
