import type { Balancer, Candidate } from "./balancer.ts";

/**
 * The power of two choices (Mitzenmacher, 2001): of two drawn at random the one with the smaller load. Nearly as good as
 * looking at all, and many clients do not all run to the same server. The load is how long a new call would wait:
 * calls in flight times latency.
 */
export class P2cEwma<T extends Candidate> implements Balancer<T> {
  readonly needsLatency = true;
  readonly #random: () => number;
  #candidates: readonly T[] = [];

  /** @param random from 0 to 1, 1 excluded. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  update(candidates: readonly T[]): void {
    this.#candidates = candidates;
  }

  pick(avoid: string | undefined): T | undefined {
    const all = this.#candidates;
    if (avoid === undefined) return this.#pickOf(all);
    const others = all.filter(({ endpoint }) => endpoint.id !== avoid);
    return this.#pickOf(others.length === 0 ? all : others);
  }

  #pickOf(all: readonly T[]): T | undefined {
    const count = all.length;
    if (count < 2) return all[0];
    const first = Math.floor(this.#random() * count);
    const step = 1 + Math.floor(this.#random() * (count - 1));
    const a = all[first] as T;
    const b = all[(first + step) % count] as T;
    return loadOf(b, a) < loadOf(a, b) ? b : a;
  }
}

/** One of which nothing is known is taken to be as quick as the one beside it. */
function loadOf({ inFlight, weight, latency }: Candidate, other: Candidate): number {
  return ((inFlight + 1) * (latency.value || other.latency.value || 1)) / weight;
}
