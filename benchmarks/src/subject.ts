/** What a contender gives the harness for one set of parameters. */
import type { LatencyHistogram } from "./latency-histogram.ts";
import type { LoadProcess, ServerProcess } from "./server-process.ts";

/** One measured turn. */
export interface Round {
  /** How long the turn should take, in milliseconds. */
  readonly durationMs: number;
  /** Whether this run only shows that the case works: fixed amounts of work are then cut to a few operations. */
  readonly smoke: boolean;
}

/** What a round measured. */
export interface Measured {
  /** How many operations were done. At least 1. */
  readonly operations: number;
  /** The time that counts. @default the whole time of the round */
  readonly elapsedMs?: number | undefined;
  /** The figure in the case's unit. @default computed for the units `x/s`, `ns/x`, `us/x` and `ms/x`; needed for all others */
  readonly value?: number | undefined;
  /** One entry for each operation; gives `p50Us` and `p99Us`. */
  readonly latencies?: LatencyHistogram | undefined;
  /** More figures, which goals and limits may name, such as `bytesPerChange` or `lost`. */
  readonly metrics?: Readonly<Record<string, number>> | undefined;
}

interface SubjectParts {
  /** Called after each round, outside of the measured time: throws when the work was not done right. */
  check?: (() => unknown) | undefined;
  /** Frees all that `setup` opened. Servers of `context.serverProcess` end by themselves after it. */
  close?: (() => unknown) | undefined;
}

export interface OperationSubject extends SubjectParts {
  /** One operation. `callers` loops call it side by side, each awaiting its own call before the next. */
  operation: (caller: number) => unknown;
  /** From 1. @default 1 */
  callers?: number | undefined;
  /** Whether each operation's latency is recorded, which costs about 0.1 µs each. @default true */
  latency?: boolean | undefined;
}

interface BatchSubject extends SubjectParts {
  /** Does `count` operations in a loop of its own; for operations below a few microseconds. The harness picks the count. */
  batch: (count: number) => unknown;
}

interface RoundSubject extends SubjectParts {
  /** Measures by itself: bursts, open loops, fixed amounts of work, memory. */
  round: (round: Round) => Measured | Promise<Measured>;
}

/** Exactly one of `operation`, `batch` and `round`. */
export type Subject = OperationSubject | BatchSubject | RoundSubject;

/** The harness, as `setup` sees it. */
export interface SetupContext {
  readonly smoke: boolean;
  /**
   * Starts a server script (see `serve`) in a process of its own and waits until it serves. Its CPU time is added to the
   * contender's, its memory is the metric `serverRssMiB`, and it ends after the subject's `close`.
   *
   * @param script a TypeScript or JavaScript file, usually `new URL("./servers/x.ts", import.meta.url)`.
   * @param argument handed to the script as JSON.
   * @param runtime an executable that runs it instead of this Node, such as Bun's.
   */
  serverProcess<A>(script: URL, argument?: unknown, runtime?: string): Promise<ServerProcess<A>>;
  /**
   * Starts a load script (see `serveLoad`) in a process of its own: a client under test that needs another runtime. The
   * contender's `round` is then `load.round`. Its CPU time and memory count as those of a server process.
   */
  loadProcess(script: URL, argument: unknown, runtime: string): Promise<LoadProcess>;
  /** Adds another process' CPU time: `read` gives its total so far, in microseconds. */
  countCpu(read: () => number | Promise<number>): void;
  /** The folder into which `--native-peers` installed this contender's package; resolve it from there. Throws for others. */
  nativePeer(): string;
}
