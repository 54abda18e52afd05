import type { Opened } from "./bounded-open.ts";
import { type AcquireTrace, UNWATCHED } from "./acquire-trace.ts";
import type { LeasedSlot } from "./lease.ts";

/** `validating`, `pinging` and `resetting` are awaited by the pool, `closing` by the store. */
export type SlotState = "idle" | "leased" | "validating" | "pinging" | "resetting" | "closing";

/** The pool's record of one live resource. */
export class Slot<R> implements LeasedSlot<R> {
  readonly opened: Opened<R>;
  readonly resource: R;
  generation = 0;
  state: SlotState = "idle";
  /** Not to be lent again: dead, too old, or evicted. */
  retired: boolean;
  /** Wall clock of when it was last known to work: cheaper to read than a monotonic one. Kept where there is a validation. */
  aliveAt: number = Date.now();
  /** When it was last laid on the stack, as the reaper knew the time. */
  idleSince = 0;
  /** When it was last lent, on the clock of `performance.now`. Kept while leaks are looked for. */
  lentAt = 0;
  /** Of the present loan, while leaks are looked for. */
  trace: AcquireTrace | undefined;
  /** Whether the present loan was told as a leak, or is not to be. */
  told = false;
  /** On the clock of `performance.now`. */
  readonly expiresAt: number;

  constructor(opened: Opened<R>, expiresAt: number) {
    this.opened = opened;
    this.resource = opened.resource;
    this.retired = opened.lost;
    this.expiresAt = expiresAt;
  }

  /** A loan begins. */
  lend(trace: AcquireTrace | undefined): void {
    this.state = "leased";
    this.trace = trace;
    this.told = trace === UNWATCHED;
    // Beside the stack, reading the clock costs nothing.
    if (trace !== undefined && !this.told) this.lentAt = performance.now();
  }

  /** Whether the present loan has lasted for `limitMs` and nobody was told. */
  heldFor(limitMs: number, now: number): boolean {
    return this.state === "leased" && !this.told && now - this.lentAt >= limitMs;
  }

  /**
   * Whether it was known to work less than `ms` ago. A clock that was set back says no: to ask once too often is harmless.
   */
  aliveWithin(ms: number): boolean {
    const age = Date.now() - this.aliveAt;
    return age >= 0 && age < ms;
  }
}

/** When a resource opened now ends its life: 10 to 25 % early, so that a pool does not lose all at once. */
export function drawExpiry(maxLifetimeMs: number, random: () => number = Math.random): number {
  if (maxLifetimeMs === 0) return Infinity;
  return performance.now() + maxLifetimeMs * (0.9 - 0.15 * random());
}
