const SUB_BITS = 7;
const SUB_COUNT = 1 << SUB_BITS;
const OCTAVES = 32 - SUB_BITS;
const UNITS_PER_US = 10;
const MAX_UNITS = 2 ** 32 - 1;

/**
 * Counts latencies from 0.1 µs to 429 s in 26 KiB, whatever their number. What it gives back is at most 0.8 % too low;
 * longer latencies count as 429 s.
 */
export class LatencyHistogram {
  // Up to SUB_COUNT one bucket for each unit, above it SUB_COUNT buckets for each doubling.
  readonly #counts = new Float64Array(SUB_COUNT * (OCTAVES + 1));
  #total = 0;

  /** How many were recorded. */
  get total(): number {
    return this.#total;
  }

  /** @param us in microseconds. From 0. */
  record(us: number): void {
    const units = Math.min(us * UNITS_PER_US, MAX_UNITS) >>> 0;
    const index = bucketOf(units);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
  }

  /** Takes over all that `other` recorded. */
  add(other: LatencyHistogram): void {
    for (const [index, count] of other.#counts.entries()) {
      if (count > 0) this.#counts[index] = (this.#counts[index] ?? 0) + count;
    }
    this.#total += other.#total;
  }

  /**
   * The latency, in microseconds, below or at which the share `quantile` lies. 0 when nothing was recorded.
   *
   * @param quantile from 0 to 1: 0.99 is the 99th percentile.
   */
  quantile(quantile: number): number {
    const rank = Math.max(1, Math.ceil(quantile * this.#total));
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return lowestOf(index) / UNITS_PER_US;
    }
    return 0;
  }
}

function bucketOf(units: number): number {
  if (units < SUB_COUNT) return units;
  const shift = 31 - Math.clz32(units) - SUB_BITS;
  return SUB_COUNT * (shift + 1) + ((units >>> shift) - SUB_COUNT);
}

function lowestOf(index: number): number {
  if (index < SUB_COUNT) return index;
  const octave = Math.floor(index / SUB_COUNT) - 1;
  return (SUB_COUNT + (index % SUB_COUNT)) * 2 ** octave;
}
