import type { Balancer, Candidate } from "./balancer.ts";

/** Points of a server of weight 1 on the ring: more spread more evenly, and cost memory. */
const POINTS = 100;
const MOST_POINTS = 1_000;
/** How much more than its share a server may have before its keys go to the next one. */
const BOUND = 1.25;

interface Point<T> {
  readonly hash: number;
  readonly candidate: T;
}

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, 2016): equal keys go to the same server, few keys
 * move when servers come and go, and no server gets more than 1.25 times its share.
 */
export class ConsistentHash<T extends Candidate> implements Balancer<T> {
  readonly needsLatency = false;
  #candidates: readonly T[] = [];
  #ring: Point<T>[] = [];
  #next = 0;

  update(candidates: readonly T[]): void {
    this.#candidates = candidates;
    const seen = new Map<string, number>();
    this.#ring = candidates
      .flatMap((candidate) => {
        const { id } = candidate.endpoint;
        // Several connections to one server have points of their own.
        const before = seen.get(id) ?? 0;
        seen.set(id, before + 1);
        const points = Math.min(MOST_POINTS, Math.max(1, Math.round(POINTS * candidate.weight)));
        return Array.from({ length: points }, (_, i) => ({ hash: hashOf(`${id}#${before}#${i}`), candidate }));
      })
      .toSorted((a, b) => a.hash - b.hash);
  }

  pick(avoid: string | undefined, key: string | undefined): T | undefined {
    const ring = this.#ring;
    if (ring.length === 0) return undefined;
    // A call without a key belongs nowhere: in turn.
    const start = key === undefined ? this.#next++ * POINTS : this.#after(hashOf(key));
    let total = 1;
    let weights = 0;
    for (const { inFlight, weight } of this.#candidates) {
      total += inFlight;
      weights += weight;
    }
    let fallback: T | undefined;
    for (let i = 0; i < ring.length; i++) {
      const { candidate } = ring[(start + i) % ring.length] as Point<T>;
      if (candidate.endpoint.id === avoid) continue;
      fallback ??= candidate;
      if (candidate.inFlight < Math.ceil((BOUND * total * candidate.weight) / weights)) return candidate;
    }
    return fallback ?? ring[start % ring.length]?.candidate;
  }

  /** The first point at or after `hash`. */
  #after(hash: number): number {
    let low = 0;
    let high = this.#ring.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ring[middle] as Point<T>).hash < hash) low = middle + 1;
      else high = middle;
    }
    return low % this.#ring.length;
  }
}

/** FNV-1a with the finalizer of MurmurHash3, so that texts that differ little lie far apart. 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
