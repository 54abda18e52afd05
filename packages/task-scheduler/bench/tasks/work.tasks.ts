/** The work of the benchmarks, once as tasks of ours and once as the default export that piscina calls. */
import { defineTasks } from "@servertech/task-scheduler";

export const work = defineTasks(import.meta, {
  /** Nearly nothing: what is measured is the way there and back. */
  add(a: number, b: number): number {
    return a + b;
  },
});

export default function add({ a, b }: { a: number; b: number }): number {
  return a + b;
}
