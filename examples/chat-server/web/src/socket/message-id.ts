/** The id before every message: nothing seen, nothing read. */
export const NO_ID = "0-0";

/**
 * Orders message ids (`ms-seq`) by their two numbers: below 0 when `a` is older, 0 when they are the same.
 * As text, "9-0" would come after "10-0".
 */
export function compareIds(a: string, b: string): number {
  const [aMs, aSeq] = numbersOf(a);
  const [bMs, bSeq] = numbersOf(b);
  return aMs - bMs || aSeq - bSeq;
}

/** The newer one of two ids. */
export function laterId(a: string, b: string): string {
  return compareIds(a, b) >= 0 ? a : b;
}

function numbersOf(id: string): [ms: number, seq: number] {
  const dash = id.indexOf("-");
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
