import { type Deadline, deadlineIn } from "@servertech/core";
import type { Output } from "../wire/output.ts";

/** Notices when a client takes nothing of its output for too long. */
export class StallWatch {
  readonly #output: Output;
  readonly #timeoutMs: number;
  readonly #stalled: () => void;
  #timer: Deadline | undefined;

  constructor(output: Output, timeoutMs: number, stalled: () => void) {
    this.#output = output;
    this.#timeoutMs = timeoutMs;
    this.#stalled = stalled;
  }

  /** To be called when there may be output that waits. */
  check(): void {
    if (this.#timer === undefined && this.#output.queued > 0) this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #wait(): void {
    const { writes } = this.#output;
    this.#timer = deadlineIn(this.#timeoutMs, () => {
      this.#timer = undefined;
      if (this.#output.queued === 0) return;
      if (this.#output.writes === writes) this.#stalled();
      else this.#wait();
    });
  }
}
