import { reasonOf } from "../errors.ts";

/** What is written in place of a value whose reading threw. */
export function threwNote(thrown: unknown): string {
  return `[threw: ${reasonOf(thrown)}]`;
}
