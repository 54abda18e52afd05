/** The work of the benchmarks, once as tasks of ours and once as the default export that piscina calls. */
import { defineTasks } from "@servertech/task-scheduler";

export const work = defineTasks(import.meta, {
  /** Nearly nothing: what is measured is the way there and back. */
  add(a: number, b: number): number {
    return a + b;
  },
  spin,
});

/** Keeps a thread busy. */
function spin(micros: number): number {
  const end = performance.now() + micros / 1_000;
  while (performance.now() < end);
  return micros;
}

export default function run({ a, b, micros }: { a: number; b: number; micros?: number }): number {
  return micros === undefined ? a + b : spin(micros);
}
