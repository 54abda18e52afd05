/** Latencies counted in buckets that are 1 % wide: bounded memory however many there are. */

const BUCKETS_PER_DOUBLING = 70;
/** 2^32 µs are more than an hour. */
const DOUBLINGS = 32;

export interface LatencyRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS_PER_DOUBLING * DOUBLINGS);
  #count = 0;
  #sumMs = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;

  record(ms: number): void {
    const bucket = Math.floor(Math.log2(Math.max(1, ms * 1_000)) * BUCKETS_PER_DOUBLING);
    const index = Math.min(bucket, this.#counts.length - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += ms;
    if (ms < this.#minMs) this.#minMs = ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  get count(): number {
    return this.#count;
  }

  /** 0 when nothing was recorded, as the others. */
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumMs / this.#count;
  }

  get minMs(): number {
    return this.#count === 0 ? 0 : this.#minMs;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** The latency that `share` of all do not exceed, at most 1 % too high. @param share from 0 to 1. */
  quantileMs(share: number): number {
    const wanted = Math.max(1, Math.ceil(this.#count * share));
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      // The last bucket has no upper end.
      if (index === this.#counts.length - 1) break;
      if (seen >= wanted) return Math.min(this.#maxMs, Math.max(this.#minMs, upperMs(index)));
    }
    return this.#maxMs;
  }

  /** Ranges that double, from the fastest to the slowest, without those at the ends that hold nothing. */
  ranges(): readonly LatencyRange[] {
    const ranges: LatencyRange[] = [];
    for (let doubling = 0; doubling < DOUBLINGS; doubling++) {
      const start = doubling * BUCKETS_PER_DOUBLING;
      const count = this.#counts.subarray(start, start + BUCKETS_PER_DOUBLING).reduce((sum, each) => sum + each, 0);
      ranges.push({
        fromMs: doubling === 0 ? 0 : upperMs(start - 1),
        toMs: upperMs(start + BUCKETS_PER_DOUBLING - 1),
        count,
      });
    }
    const isUsed = ({ count }: LatencyRange): boolean => count > 0;
    return ranges.slice(Math.max(0, ranges.findIndex(isUsed)), ranges.findLastIndex(isUsed) + 1);
  }
}

function upperMs(index: number): number {
  return 2 ** ((index + 1) / BUCKETS_PER_DOUBLING) / 1_000;
}
