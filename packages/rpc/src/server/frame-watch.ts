import { type Deadline, deadlineIn } from "@servertech/core";
import type { FrameDecoder } from "../wire/frame-decoder.ts";

/** Gives a client so long to complete a frame that it has begun. */
export class FrameWatch {
  readonly #decoder: FrameDecoder;
  readonly #timeoutMs: number;
  readonly #late: () => void;
  #timer: Deadline | undefined;
  /** The frame that the timer is for. */
  #frame = -1;

  constructor(decoder: FrameDecoder, timeoutMs: number, late: () => void) {
    this.#decoder = decoder;
    this.#timeoutMs = timeoutMs;
    this.#late = late;
  }

  /** To be called after each chunk. */
  check(): void {
    const { partial, frames } = this.#decoder;
    if (this.#timer !== undefined && (!partial || this.#frame !== frames)) this.stop();
    if (!partial || this.#timer !== undefined) return;
    this.#frame = frames;
    this.#timer = deadlineIn(this.#timeoutMs, () => {
      this.#timer = undefined;
      this.#late();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
