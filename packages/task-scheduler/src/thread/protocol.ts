/**
 * What a scheduler and a thread of its pool say to each other. Private to one version of this package: the thread's
 * code is the scheduler's own.
 *
 * Each call that is posted has a slot. Whether it has started stands in shared memory, so that the scheduler can take
 * back what has not, and knows after a crash what has. A slot is used again only once the thread has answered for it.
 */
import type { ErrorRecord, ReasonRecord } from "./error-record.ts";

export const SLOTS = 1_024;
/** Words of shared memory: `SLOTS` states, then `SLOTS` start times, then these two. */
export const HEAP_WORD: number = 2 * SLOTS;
export const BELL_WORD: number = HEAP_WORD + 1;
export const WORDS: number = BELL_WORD + 1;

/** States of a slot. Who changes it first wins: the thread to `STARTED`, the scheduler to `REVOKED`. */
export const POSTED = 0;
export const STARTED = 1;
export const REVOKED = 2;

/** What a thread is born with. */
export interface ThreadData {
  readonly words: SharedArrayBuffer;
  /** Async calls at once. */
  readonly perThread: number;
  /** Whether it sleeps on the bell word instead of in its event loop. */
  readonly bell: boolean;
  /** Whether to keep the size of its heap in shared memory. */
  readonly heap: boolean;
}

/** What a call needs besides its arguments; most calls have none of it. */
export interface CallDetails {
  readonly attempt: number;
  readonly scheduledAt: number | undefined;
  readonly missed: number | undefined;
  /** Whether somebody wants to hear of its progress. */
  readonly progress: boolean;
  /** One call for each element of its arguments. */
  readonly chunk: boolean;
  /** A stream: items ahead of the reader. */
  readonly highWaterMark: number | undefined;
}

/** How a message names a function: by its number, when the thread hears of it first with the set and the name. */
export type FunctionName = number | readonly [number, string, string];

/** Calls, four elements each: slot, function, arguments, details or 0. Flat arrays are cheapest to clone. */
export type Calls = (number | FunctionName | readonly unknown[] | CallDetails)[];

export type ToThread =
  | Calls
  | { readonly kind: "load"; readonly set: string; readonly url: string }
  | { readonly kind: "abort"; readonly slot: number; readonly reason: ReasonRecord }
  /** The reader of a stream has taken so many items. */
  | { readonly kind: "credit"; readonly slot: number; readonly items: number }
  /** The reader of a stream wants no more. */
  | { readonly kind: "finish"; readonly slot: number };

export const RESULT = 0;
export const WAS_REVOKED = 2;
export const ERROR = 3;
export const NOT_CLONEABLE = 4;
export const UNKNOWN_TASK = 5;
/** An item of a stream; the call goes on. */
export const ITEM = 6;
/** The call goes on. */
export const PROGRESS = 7;
export const LOADED = 8;
export const LOAD_FAILED = 9;
/** A message came that could not be read. */
export const UNREADABLE = 10;

/** The slot (-1 for loads and unreadable messages), what happened, its value, and how long a sync call took in µs, else -1. */
export type FromThread = readonly [slot: number, kind: number, value: unknown, micros: number];

/** The value of `NOT_CLONEABLE`. */
export interface NotCloneable {
  readonly side: "result" | "item";
  readonly error: ErrorRecord;
}

/** An outcome in the result of a chunk; of a failed one the third element says that its result cannot be cloned. */
export type ItemOutcome =
  | readonly [ok: true, value: unknown]
  | readonly [ok: false, error: ErrorRecord, uncloneable?: boolean];

const MASK = 0x7fff_ffff;
const [seconds, nanoseconds] = process.hrtime();
// Both are the system's monotonic clock, but performance.now() counts from the start of its thread.
const offsetMs: number = seconds * 1_000 + nanoseconds / 1e6 - performance.now();

/** Milliseconds of a clock that all threads of the process share, cut to 31 bits. */
export function sharedTime(now: number): number {
  return Math.floor(now + offsetMs) % (MASK + 1);
}

/** Milliseconds since a start of {@link sharedTime}; right up to 24 days. */
export function sharedSince(startedAt: number): number {
  return (sharedTime(performance.now()) - startedAt) & MASK;
}
