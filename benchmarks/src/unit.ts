import { BenchmarkError } from "./benchmark-error.ts";

const NS_PER: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

/** How a figure in a unit comes from a number of operations and their time; `undefined` where it does not. */
export type FigureOf = ((operations: number, elapsedMs: number) => number) | undefined;

/**
 * Reads a unit: `x/s` is a rate; `ns/x`, `us/x`, `ms/x` and `s/x` are times of one operation; another one has no formula.
 *
 * @throws {@link BenchmarkError} for an empty one.
 */
export function unitOf(unit: string): FigureOf {
  if (unit.trim() === "") throw new BenchmarkError("unit: must not be empty");
  const parts = unit.split("/");
  const [first = "", second = ""] = parts;
  if (parts.length !== 2) return undefined;
  if (second === "s") return (operations, elapsedMs) => (operations * 1e3) / elapsedMs;
  const scale = NS_PER[first];
  if (scale === undefined) return undefined;
  return (operations, elapsedMs) => (elapsedMs * 1e6) / scale / operations;
}
