import type { Balancer, Candidate } from "./balancer.ts";

/** In turn, and evenly spread by weight: nginx' smooth weighted round robin. */
export class RoundRobin<T extends Candidate> implements Balancer<T> {
  readonly needsLatency = false;
  #turns: { readonly candidate: T; credit: number }[] = [];

  update(candidates: readonly T[]): void {
    const credits = new Map(this.#turns.map(({ candidate, credit }) => [candidate, credit]));
    this.#turns = candidates.map((candidate) => ({ candidate, credit: credits.get(candidate) ?? 0 }));
  }

  pick(avoid: string | undefined): T | undefined {
    const others = avoid !== undefined && this.#turns.some(({ candidate }) => candidate.endpoint.id !== avoid);
    let total = 0;
    let best: { readonly candidate: T; credit: number } | undefined;
    for (const turn of this.#turns) {
      if (others && turn.candidate.endpoint.id === avoid) continue;
      const { weight } = turn.candidate;
      total += weight;
      turn.credit += weight;
      if (best === undefined || turn.credit > best.credit) best = turn;
    }
    if (best !== undefined) best.credit -= total;
    return best?.candidate;
  }
}
