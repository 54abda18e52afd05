/** When a server that keeps failing is left out. */
export interface OutlierLimits {
  /** Faults in a row that eject. */
  readonly consecutiveErrors: number;
  /** Length of the first ejection in milliseconds; the n-th lasts n times as long. */
  readonly ejectMs: number;
  /** Longest ejection in milliseconds. */
  readonly maxEjectMs: number;
  /** Largest part of the hosts that is out at a time, 0 to 1. */
  readonly maxEjectedRatio: number;
}

/** What is known of one host. */
export interface OutlierHost {
  faults: number;
  timesEjected: number;
  /** End of the last ejection by the clock; 0 = not ejected lately. */
  outUntil: number;
}

/**
 * Leaves out the hosts of one channel that keep failing. Faults are transport errors, UNAVAILABLE and DEADLINE_EXCEEDED;
 * anything else a server answers shows that it lives. Ejections start anew with `ejectMs` when a host was in for
 * `maxEjectMs`.
 */
export class OutlierEjection {
  readonly #limits: OutlierLimits;
  readonly #now: () => number;
  readonly #hosts: Set<OutlierHost> = new Set();

  /** @param now a clock that never goes back, in milliseconds above 0. */
  constructor(limits: OutlierLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  add(): OutlierHost {
    const host: OutlierHost = { faults: 0, timesEjected: 0, outUntil: 0 };
    this.#hosts.add(host);
    return host;
  }

  /** Forgets a host. Those due back first return at once when too large a part of the rest would be out. */
  remove(host: OutlierHost): void {
    if (!this.#hosts.delete(host)) return;
    const now = this.#now();
    const out = this.#out(now).toSorted((a, b) => a.outUntil - b.outUntil);
    const surplus = out.length - this.#most();
    for (const early of out.slice(0, Math.max(0, surplus))) early.outUntil = now;
  }

  /** A call ended with anything but a fault. */
  succeeded(host: OutlierHost): void {
    host.faults = 0;
  }

  /** A call ended with a fault. Returns true when it ejected the host. */
  failed(host: OutlierHost): boolean {
    if (!this.#hosts.has(host)) return false;
    const now = this.#now();
    // Calls that were under way when the host went out say nothing new.
    if (now < host.outUntil) return false;
    host.faults++;
    if (host.faults < this.#limits.consecutiveErrors || this.#out(now).length + 1 > this.#most()) return false;
    const { ejectMs, maxEjectMs } = this.#limits;
    if (now - host.outUntil >= maxEjectMs) host.timesEjected = 0;
    host.timesEjected++;
    host.faults = 0;
    host.outUntil = now + Math.min(ejectMs * host.timesEjected, maxEjectMs);
    return true;
  }

  /** True while the host is out. Reads the clock for hosts that were ejected once. */
  isOut(host: OutlierHost): boolean {
    return host.outUntil !== 0 && this.#now() < host.outUntil;
  }

  #most(): number {
    return Math.floor(this.#hosts.size * this.#limits.maxEjectedRatio);
  }

  #out(now: number): OutlierHost[] {
    return [...this.#hosts].filter(({ outUntil }) => now < outUntil);
  }
}
