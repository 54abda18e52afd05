import { type Deadline, type OptionChecks, deadlineIn } from "@servertech/core";

/** When a silent connection is asked whether it lives, and how long the answer may take. */
export interface KeepaliveOptions {
  /** Silence after which a PING is sent while calls are in flight, in milliseconds. At least 1,000. @default 10_000 */
  intervalMs?: number | undefined;
  /** Longest wait for any sign of life after a PING, in milliseconds. At least 100. @default 3_000 */
  timeoutMs?: number | undefined;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

export function checkKeepalive(
  check: OptionChecks,
  keepalive: KeepaliveOptions | false = {},
): ResolvedKeepalive | false {
  if (keepalive === false) return false;
  const group = check.group("keepalive", keepalive, ["intervalMs", "timeoutMs"]);
  const { intervalMs = 10_000, timeoutMs = 3_000 } = keepalive ?? {};
  return {
    intervalMs: group.duration("intervalMs", intervalMs, { min: 1_000, max: MAX_TIMER_MS }),
    timeoutMs: group.duration("timeoutMs", timeoutMs, { min: 100, max: MAX_TIMER_MS }),
  };
}

/** Keepalive options, filled in and checked. */
export interface ResolvedKeepalive {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What is watched. */
export interface Watched {
  /** Grows with whatever the peer sends. */
  received(): number;
  /** Calls are in flight: somebody waits for the peer. */
  busy(): boolean;
  ping(): void;
  dead(): void;
}

/**
 * Watches one connection while calls are in flight; reads no clock per frame: it compares counts once an interval. A connection
 * without calls costs nothing: TCP keepalive watches over it, and the first call after a silence is sent with a PING.
 */
export class Keepalive {
  readonly #options: ResolvedKeepalive;
  readonly #watched: Watched;
  #deadline: Deadline | undefined;
  #seen = -1;
  /** Nothing was heard for an interval, and nobody waited. */
  #resting = false;

  constructor(options: ResolvedKeepalive, watched: Watched) {
    this.#options = options;
    this.#watched = watched;
    this.#wait();
  }

  /** A call begins. @param probe the peer has said nothing by it: it is asked at once after a silence. */
  wake(probe: boolean): void {
    if (!this.#resting) return;
    this.#resting = false;
    if (probe) this.#ask();
    else this.#wait();
  }

  stop(): void {
    this.#deadline?.cancel();
  }

  #wait(): void {
    this.#seen = this.#watched.received();
    this.#deadline = deadlineIn(this.#options.intervalMs, () => {
      if (this.#watched.received() !== this.#seen) this.#wait();
      else if (this.#watched.busy()) this.#ask();
      else this.#resting = true;
    });
  }

  #ask(): void {
    this.#seen = this.#watched.received();
    this.#watched.ping();
    this.#deadline = deadlineIn(this.#options.timeoutMs, () => {
      if (this.#watched.received() === this.#seen && this.#watched.busy()) this.#watched.dead();
      else this.#wait();
    });
  }
}
