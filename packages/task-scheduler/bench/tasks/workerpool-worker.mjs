/** The work of the benchmarks as workerpool wants it: a worker file of its own. */
import workerpool from "workerpool";

workerpool.worker({
  run(a, b, micros) {
    if (micros === undefined) return a + b;
    const end = performance.now() + micros / 1_000;
    while (performance.now() < end);
    return micros;
  },
});
