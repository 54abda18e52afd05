/** What is asked of an endpoint to choose it. */
export interface Choice {
  readonly inFlight: number;
  readonly endpoint: { readonly id: string; readonly weight?: number | undefined };
}

/**
 * Of two drawn at random the one with fewer calls in flight for its weight: nearly as good as looking at all, and many clients
 * do not all run to the same one.
 *
 * @param avoid the id of an endpoint that is taken only when there is no other.
 */
export function pick<T extends Choice>(
  choices: readonly T[],
  avoid: string | undefined,
  random: () => number = Math.random,
): T | undefined {
  if (avoid !== undefined && choices.length > 1) {
    const others = choices.filter(({ endpoint }) => endpoint.id !== avoid);
    return pick(others, undefined, random);
  }
  if (choices.length < 2) return choices[0];
  const first = Math.floor(random() * choices.length);
  const step = 1 + Math.floor(random() * (choices.length - 1));
  const a = choices[first] as T;
  const b = choices[(first + step) % choices.length] as T;
  return load(b) < load(a) ? b : a;
}

function load({ inFlight, endpoint }: Choice): number {
  return (inFlight + 1) / (endpoint.weight ?? 1);
}
