import { type RecordableHistogram, createHistogram } from "node:perf_hooks";

/** How a duration was spread since the scheduler was made, in milliseconds. */
export interface DurationSummary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Durations of runs. */
export interface HistogramStats {
  /** From submission to the first start. */
  readonly wait: DurationSummary;
  /** From the first start to the result, all attempts included. */
  readonly run: DurationSummary;
  /** Of timed runs: from the instant to the moment in which it was noticed. */
  readonly lateness: DurationSummary;
}

/** Collects the durations of runs, to three digits. */
export class Histograms {
  readonly #wait: RecordableHistogram = createHistogram();
  readonly #run: RecordableHistogram = createHistogram();
  readonly #lateness: RecordableHistogram = createHistogram();

  waited(ms: number): void {
    record(this.#wait, ms);
  }

  ran(ms: number): void {
    record(this.#run, ms);
  }

  late(ms: number): void {
    record(this.#lateness, ms);
  }

  summary(): HistogramStats {
    return Object.freeze({ wait: summed(this.#wait), run: summed(this.#run), lateness: summed(this.#lateness) });
  }
}

// A histogram of Node.js takes integers of at least 1: microseconds, of which one more or less does not matter.
function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.min(Number.MAX_SAFE_INTEGER, Math.round(ms * 1_000))));
}

function summed(histogram: RecordableHistogram): DurationSummary {
  const { count } = histogram;
  const ms = (micros: number) => (count === 0 ? 0 : micros / 1_000);
  return Object.freeze({
    count,
    meanMs: ms(histogram.mean),
    p50Ms: ms(histogram.percentile(50)),
    p90Ms: ms(histogram.percentile(90)),
    p99Ms: ms(histogram.percentile(99)),
    maxMs: ms(histogram.max),
  });
}
