import { BenchmarkError } from "./benchmark-error.ts";
import type { SetupContext, Subject } from "./subject.ts";
import { unitOf } from "./unit.ts";

export type ParamValue = string | number | boolean;
/** One cell of a case, for example `{ inFlight: 64, bytes: 100 }`. */
export type Params = Readonly<Record<string, ParamValue>>;

/** One of those compared. */
export interface Contender<P extends Params = Params> {
  /** How the results call it; unique in the case. */
  readonly name: string;
  /** The npm package whose version is noted. @default `name` */
  readonly package?: string | undefined;
  /** `name@version` of a package that only `--native-peers` installs; without that option the rows say "skipped". */
  readonly native?: string | undefined;
  /** A reason not to run with these parameters, such as a missing compiler; shown in the results. */
  skip?(params: P): string | undefined | Promise<string | undefined>;
  setup(params: P, context: SetupContext): Subject | Promise<Subject>;
}

/** A bound on the ratio of ours to a peer, both of the same run. The value is the median of the ratios of the single rounds. */
export interface Goal<P extends Params = Params> {
  /** A contender's name, or several: the best of them in this metric is taken, for each set of parameters. */
  readonly against: string | readonly string[];
  /** Whose ratio it is. @default the first contender */
  readonly of?: string | undefined;
  /** The case's unit, `cpuUsPerOp`, `loopUsPerOp`, `p50Us`, `p99Us`, `rssMiB`, `serverRssMiB` or one of the case's own. @default the case's unit */
  readonly metric?: string | undefined;
  /** The parameters it is judged at: all sets that agree with these. @default every set */
  readonly where?: Partial<P> | undefined;
  /** `each`: one ratio for each set; `median`: one for all sets together. @default "each" */
  readonly over?: "each" | "median" | undefined;
  readonly bound: ">=" | "<=";
  readonly goal: number;
}

/** A bound on a figure itself. The value is that of the worst round. */
export interface Limit<P extends Params = Params> {
  /** Whose figure it is. @default the first contender */
  readonly of?: string | undefined;
  readonly metric: string;
  /** @default every set of parameters */
  readonly where?: Partial<P> | undefined;
  readonly bound: ">=" | "<=";
  readonly goal: number;
}

export interface CaseDefinition<P extends Params> {
  /** What a reader wants to know, in a sentence. */
  readonly question: string;
  /** The unit of the main figure: `calls/s` counts operations, `ns/call` times them; any other needs `value` from `round`. */
  readonly unit: string;
  /** The cells. The first is the one that a smoke run takes. @default one cell without parameters */
  readonly params?: readonly P[] | undefined;
  /** Whether each contender runs in a process of its own. Then its memory is measured too. @default false */
  readonly isolate?: boolean | undefined;
  /** At least 1. @default 5 */
  readonly rounds?: number | undefined;
  /** The length of a round, in milliseconds. At least 1. @default 1_000 */
  readonly roundMs?: number | undefined;
  /** The length of the warm-up, in milliseconds. 0: none. @default 500 */
  readonly warmUpMs?: number | undefined;
  /** Ours first. */
  readonly contenders: readonly Contender<NoInfer<P>>[];
  readonly goals?: readonly Goal<NoInfer<P>>[] | undefined;
  readonly limits?: readonly Limit<NoInfer<P>>[] | undefined;
}

/** A checked case with its defaults filled in. */
export interface BenchmarkCase {
  readonly question: string;
  readonly unit: string;
  readonly params: readonly Params[];
  readonly isolate: boolean;
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
  readonly limits: readonly Limit[];
}

/**
 * Describes one benchmark: a question, and who is compared. A case file exports it by default.
 *
 * @throws {@link BenchmarkError} when names are given twice or not at all, or a number is out of its range.
 */
export function compare<P extends Params = Params>(definition: CaseDefinition<P>): BenchmarkCase {
  const { question, unit, isolate = false, rounds = 5, roundMs = 1_000, warmUpMs = 500 } = definition;
  const { contenders, goals = [], limits = [], params = [{}] } = definition;
  if (question.trim() === "") throw new BenchmarkError("question: must not be empty");
  if (contenders.length === 0) throw new BenchmarkError("contenders: must not be empty");
  if (params.length === 0) throw new BenchmarkError("params: must not be empty");
  requireInteger("rounds", rounds, 1);
  requireInteger("roundMs", roundMs, 1);
  requireInteger("warmUpMs", warmUpMs, 0);
  unitOf(unit);
  const names = contenders.map(({ name }) => name);
  for (const name of names) {
    if (names.indexOf(name) !== names.lastIndexOf(name))
      throw new BenchmarkError(`contenders: "${name}" is there twice`);
  }
  for (const { against, of } of goals) requireKnown(names, [against, of ?? []].flat());
  for (const { of } of limits) requireKnown(names, [of ?? []].flat());
  // A case meets only its own parameters, so the harness may treat all cases alike.
  const cells = params as readonly Params[];
  return {
    question,
    unit,
    params: cells,
    isolate,
    rounds,
    roundMs,
    warmUpMs,
    contenders,
    goals,
    limits,
  };
}

function requireInteger(name: string, value: number, min: number): void {
  if (!Number.isInteger(value) || value < min) {
    throw new BenchmarkError(`${name}: must be an integer of at least ${min}, got ${value}`);
  }
}

function requireKnown(names: readonly string[], used: readonly string[]): void {
  for (const name of used) {
    if (!names.includes(name)) throw new BenchmarkError(`"${name}" is no contender of this case (${names.join(", ")})`);
  }
}
