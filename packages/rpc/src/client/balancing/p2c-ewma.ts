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
    const unknownMs = a.latency.value > 0 && b.latency.value > 0 ? 0 : meanLatencyMs(all);
    return loadOf(b, unknownMs) < loadOf(a, unknownMs) ? b : a;
  }
}

function loadOf({ inFlight, weight, latency }: Candidate, unknownMs: number): number {
  return ((inFlight + 1) * (latency.value || unknownMs)) / weight;
}

/** What one of which nothing is known is taken to need: the mean of the others. Any number while nothing is known of any. */
function meanLatencyMs(all: readonly Candidate[]): number {
  const known = all.map(({ latency }) => latency.value).filter((ms) => ms > 0);
  return known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
}
