const DECAY_MS = 10_000;

/**
 * How long the calls of a server take, in milliseconds: a moving average that forgets over 10 s, and follows a slower call at
 * once, so that a server that has just become slow gets no more calls. After Finagle's peak EWMA:
 * https://twitter.github.io/finagle/guide/Clients.html
 */
export class PeakEwma {
  #value = 0;
  #at = 0;

  /** 0 = nothing is known. */
  get value(): number {
    return this.#value;
  }

  /** A call took `ms`, and ended at `now`. */
  record(ms: number, now: number): void {
    if (ms >= this.#value) this.#value = ms;
    else {
      const kept = Math.exp((this.#at - now) / DECAY_MS);
      this.#value = this.#value * kept + ms * (1 - kept);
    }
    this.#at = now;
  }

  /** Nothing was heard of it for a while: what made it slow may be over, and only a call can tell. */
  fade(now: number): void {
    if (this.#value === 0) return;
    this.#value *= Math.exp((this.#at - now) / DECAY_MS);
    this.#at = now;
  }
}
