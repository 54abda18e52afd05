import { type Deadline, deadlineIn } from "@servertech/core";
import { MAX_TIMER_MS } from "../server/options.ts";
import type { ClientCall } from "./call.ts";

/**
 * The calls that no connection has: those that wait for a server, and those that pause before their next attempt. They keep
 * the process alive: their own timers do not.
 */
export class WaitingCalls {
  readonly #waiting = new Set<ClientCall>();
  readonly #pausing = new Map<ClientCall, Deadline>();
  #hold: NodeJS.Timeout | undefined;

  /** Whether any waits for a server. */
  get seeking(): boolean {
    return this.#waiting.size > 0;
  }

  /** It waits for a server: without one within `ms` it is `late`; undefined = no limit. */
  add(call: ClientCall, ms: number | undefined, late: () => void): void {
    this.#waiting.add(call);
    this.#holdProcess();
    if (ms === undefined) return;
    call.waitLimit ??= deadlineIn(ms, () => {
      if (this.#waiting.has(call)) late();
    });
  }

  /** It pauses; then it is not here any more. */
  pause(call: ClientCall, ms: number, then: () => void): void {
    this.#holdProcess();
    const pause = deadlineIn(Math.max(1, ms), () => {
      this.#pausing.delete(call);
      this.#release();
      then();
    });
    this.#pausing.set(call, pause);
  }

  /** It is over. */
  remove(call: ClientCall): void {
    if (this.#waiting.delete(call)) this.#release();
    const pause = this.#pausing.get(call);
    if (pause === undefined) return;
    pause.cancel();
    this.#pausing.delete(call);
    this.#release();
  }

  /** A server takes calls: those that have waited for one, in order. */
  take(): readonly ClientCall[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#release();
    for (const call of waiting) {
      call.waitLimit?.cancel();
      call.waitLimit = undefined;
    }
    return waiting;
  }

  all(): readonly ClientCall[] {
    return [...this.#waiting, ...this.#pausing.keys()];
  }

  #holdProcess(): void {
    this.#hold ??= setInterval(() => {}, MAX_TIMER_MS);
  }

  #release(): void {
    if (this.#waiting.size > 0 || this.#pausing.size > 0) return;
    clearInterval(this.#hold);
    this.#hold = undefined;
  }
}
