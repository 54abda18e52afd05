/** A pool at one moment. `size + connecting + closing` never exceeds `max`. */
export interface PoolStats {
  /** As given in the options. */
  readonly name: string;
  /** Live resources: idle, lent, and those being validated or reset. */
  readonly size: number;
  /** Ready to be lent. */
  readonly idle: number;
  /** On loan. */
  readonly inUse: number;
  /** Callers that wait. */
  readonly waiting: number;
  readonly max: number;
  readonly min: number;
  /** Being opened. */
  readonly connecting: number;
  /** Being destroyed: their sockets may still be open. */
  readonly closing: number;
  /** Loans so far. */
  readonly acquired: number;
  /** Resources opened so far. */
  readonly created: number;
  /** Resources whose destruction has begun, so far. */
  readonly destroyed: number;
  /** Acquires whose deadline passed, so far. */
  readonly timeouts: number;
  /** Leases told as leaked, so far. */
  readonly leaks: number;
  /** Whether acquires are held up by `suspend`. */
  readonly suspended: boolean;
  /** Failed opens, validations, resets and destroys, so far. */
  readonly errors: number;
}
