/** The work of the benchmarks as poolifier wants it: a worker file of its own. */
import { ThreadWorker } from "poolifier";

export default new ThreadWorker(({ a, b, micros }) => {
  if (micros === undefined) return a + b;
  const end = performance.now() + micros / 1_000;
  while (performance.now() < end);
  return micros;
});
