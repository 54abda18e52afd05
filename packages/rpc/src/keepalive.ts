import { type Deadline, type OptionChecks, deadlineIn } from "@servertech/core";

/** When a silent connection is asked whether it lives, and how long the answer may take. */
export interface KeepaliveOptions {
  /** Silence after which a PING is sent, in milliseconds. At least 1,000. @default 10_000 */
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

/** Watches one connection; reads no clock per frame: it compares counts once an interval. */
export class Keepalive {
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #received: () => number;
  readonly #ping: () => void;
  readonly #dead: () => void;
  #deadline: Deadline | undefined;
  #seen = -1;

  /** @param received what grows with whatever the peer sends. */
  constructor(
    { intervalMs, timeoutMs }: ResolvedKeepalive,
    events: { received: () => number; ping: () => void; dead: () => void },
  ) {
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
    this.#received = events.received;
    this.#ping = events.ping;
    this.#dead = events.dead;
    this.#wait();
  }

  stop(): void {
    this.#deadline?.cancel();
  }

  #wait(): void {
    this.#seen = this.#received();
    this.#deadline = deadlineIn(this.#intervalMs, () => {
      if (this.#received() !== this.#seen) return this.#wait();
      this.#ping();
      this.#deadline = deadlineIn(this.#timeoutMs, () => {
        if (this.#received() === this.#seen) this.#dead();
        else this.#wait();
      });
    });
  }
}
