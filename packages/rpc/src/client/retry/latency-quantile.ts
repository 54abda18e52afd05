/** Buckets of a factor of 2^(1/4) from 0.05 ms on: 96 of them reach beyond ten minutes. */
const BUCKETS = 96;
const FIRST_MS = 0.05;
const STEPS_PER_DOUBLING = 4;
/** Samples after which the older ones count half. */
const HALVE_AT = 1_000;
const FEWEST = 20;

/** A quantile of latencies lately, within 10 %, in little memory. */
export class LatencyQuantile {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  record(ms: number): void {
    const step = Math.ceil(Math.log2(Math.max(ms, FIRST_MS) / FIRST_MS) * STEPS_PER_DOUBLING);
    const bucket = Math.min(BUCKETS - 1, step);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    if (this.#total >= HALVE_AT) this.#halve();
  }

  #halve(): void {
    this.#total = 0;
    for (let i = 0; i < BUCKETS; i++) this.#total += this.#counts[i] = (this.#counts[i] ?? 0) >>> 1;
  }

  /** @param quantile 0 to 1. @returns milliseconds; undefined while too little is known. */
  at(quantile: number): number | undefined {
    if (this.#total < FEWEST) return undefined;
    let left = this.#total * quantile;
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#counts[i] ?? 0;
      if (left <= 0) return FIRST_MS * 2 ** (i / STEPS_PER_DOUBLING);
    }
    return undefined;
  }
}
