/**
 * What a scheduler and a thread of its pool say to each other. Private to one version of this package: the thread's
 * code is the scheduler's own.
 *
 * A thread has one task at a time. Whether it has started it stands in shared memory, so that the scheduler knows after
 * a crash: two words, the state and the start time.
 */
import type { ErrorRecord, ReasonRecord } from "./error-record.ts";

export const STATE_WORD = 0;
export const STARTED_AT_WORD = 1;
export const WORDS = 2;

/** Values of the state word. Who changes it first wins: the thread to `STARTED`, the scheduler to `REVOKED`. */
export const POSTED = 0;
export const STARTED = 1;
export const REVOKED = 2;

/** What a thread is born with. */
export interface ThreadData {
  readonly words: SharedArrayBuffer;
  /** The text of the function that makes it a pool's thread. */
  readonly source: string;
}

export type ToThread =
  | { readonly kind: "load"; readonly set: string; readonly url: string }
  | {
      readonly kind: "run";
      readonly set: string;
      readonly name: string;
      readonly args: readonly unknown[];
      readonly attempt: number;
      readonly scheduledAt: number | undefined;
      readonly missed: number | undefined;
      /** Whether somebody wants to hear of its progress. */
      readonly progress: boolean;
    }
  | { readonly kind: "abort"; readonly reason: ReasonRecord };

export type FromThread =
  | { readonly kind: "loaded" }
  | { readonly kind: "load-failed"; readonly error: ErrorRecord }
  | { readonly kind: "progress"; readonly value: unknown }
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: ErrorRecord }
  | { readonly kind: "not-cloneable"; readonly side: "argument" | "result"; readonly error: ErrorRecord }
  | { readonly kind: "unknown-task" }
  | { readonly kind: "revoked" };

const MASK = 0x7fff_ffff;

/** Milliseconds of a clock that all threads of the process share, cut to 31 bits. */
export function sharedNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds * 1_000 + Math.floor(nanoseconds / 1e6)) & MASK;
}

/** Milliseconds since `startedAt` of {@link sharedNow}; right up to 24 days. */
export function sharedSince(startedAt: number): number {
  return (sharedNow() - startedAt) & MASK;
}
