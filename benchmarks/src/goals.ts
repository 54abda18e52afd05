/** Whether a case's goals and limits are met. */
import { BenchmarkError } from "./benchmark-error.ts";
import type { BenchmarkCase, Goal, Params } from "./compare.ts";
import type { RoundRecord } from "./round-record.ts";
import { median, medianRatio } from "./statistics.ts";

/** All rounds of one contender with one set of parameters. */
export interface Cell {
  readonly name: string;
  readonly params: Params;
  readonly rounds: readonly RoundRecord[];
}

export interface Ratio {
  readonly params: Params;
  /** Whose ratio it is; absent for the first contender. */
  readonly of?: string;
  readonly against: string;
  readonly metric: string;
  readonly value: number;
  readonly bound: ">=" | "<=";
  readonly goal: number;
  readonly met: boolean;
}

export type LimitResult = Omit<Ratio, "against">;

/**
 * The ratios of every goal for which both sides ran: a goal against a skipped peer gives none.
 *
 * @throws {@link BenchmarkError} when a goal names a metric that was not measured.
 */
export function judgeGoals(definition: BenchmarkCase, cells: readonly Cell[]): Ratio[] {
  return definition.goals.flatMap((goal) => {
    const judged = setsOf(definition, goal.where).flatMap((params) => judgeOne(definition, goal, params, cells) ?? []);
    return goal.over === "median" ? together(goal, judged) : judged;
  });
}

function judgeOne(definition: BenchmarkCase, goal: Goal, params: Params, cells: readonly Cell[]): Ratio | undefined {
  const { metric = definition.unit, bound, goal: wanted } = goal;
  const name = goal.of ?? firstOf(definition);
  const ours = cells.find((cell) => cell.name === name && cell.params === params);
  const names = [goal.against].flat();
  const peers = cells.filter((cell) => names.includes(cell.name) && cell.params === params);
  if (ours === undefined || peers.length === 0) return undefined;
  const peer = best(peers, metric, bound);
  const value = medianRatio(figures(ours, metric), figures(peer, metric));
  return {
    params,
    ...ofField(goal),
    against: peer.name,
    metric,
    value,
    bound,
    goal: wanted,
    met: holds(value, bound, wanted),
  };
}

/** The hardest to beat: where we want a high ratio the one with the highest figure. */
function best(peers: readonly Cell[], metric: string, bound: ">=" | "<="): Cell {
  const ordered = peers.toSorted((a, b) => median(figures(a, metric)) - median(figures(b, metric)));
  const chosen = bound === ">=" ? ordered.at(-1) : ordered[0];
  if (chosen === undefined) throw new BenchmarkError("no peer to choose from");
  return chosen;
}

function together(goal: Goal, ratios: readonly Ratio[]): Ratio[] {
  const [first] = ratios;
  if (first === undefined) return [];
  const value = median(ratios.map((ratio) => ratio.value));
  const against = [...new Set(ratios.map((ratio) => ratio.against))].join(", ");
  return [
    {
      ...first,
      params: goal.where ? definedParams(goal.where) : {},
      against,
      value,
      met: holds(value, goal.bound, goal.goal),
    },
  ];
}

/**
 * The limits of every set of parameters that ran.
 *
 * @throws {@link BenchmarkError} when a limit names a metric that was not measured.
 */
export function judgeLimits(definition: BenchmarkCase, cells: readonly Cell[]): LimitResult[] {
  return definition.limits.flatMap((limit) =>
    setsOf(definition, limit.where).flatMap((params) => {
      const { metric, bound, goal } = limit;
      const name = limit.of ?? firstOf(definition);
      const cell = cells.find((one) => one.name === name && one.params === params);
      if (cell === undefined) return [];
      const values = figures(cell, metric);
      const value = bound === "<=" ? Math.max(...values) : Math.min(...values);
      return { params, ...ofField(limit), metric, value, bound, goal, met: holds(value, bound, goal) };
    }),
  );
}

function ofField({ of }: { readonly of?: string | undefined }): { of?: string } {
  return of === undefined ? {} : { of };
}

function firstOf({ contenders }: BenchmarkCase): string {
  return contenders[0]?.name ?? "";
}

function setsOf({ params }: BenchmarkCase, where: Partial<Params> = {}): readonly Params[] {
  return params.filter((set) => Object.entries(definedParams(where)).every(([name, value]) => set[name] === value));
}

function definedParams(where: Partial<Params>): Params {
  return Object.fromEntries(
    Object.entries(where).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function figures(cell: Cell, metric: string): number[] {
  return cell.rounds.map((round) => {
    const figure = round[metric];
    if (figure === undefined)
      throw new BenchmarkError(`${cell.name} has no metric "${metric}" (${Object.keys(round).join(", ")})`);
    return figure;
  });
}

/** A ratio to a figure of 0 shows nothing, so it meets nothing. */
function holds(value: number, bound: ">=" | "<=", goal: number): boolean {
  if (!Number.isFinite(value)) return false;
  return bound === ">=" ? value >= goal : value <= goal;
}
