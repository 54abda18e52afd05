import { Flag, FrameType } from "../wire/frame.ts";
import { writeFrame } from "../wire/message-frame.ts";
import type { Output } from "../wire/output.ts";
import { type Agreement, Feature } from "../wire/settings.ts";

/** A call that was given up here, and that its server has yet to be told of. */
export interface Cancelled {
  readonly streamId: number;
  readonly status: number;
  readonly reason: string;
  /** Its caller streams, and has not said that it ends. */
  readonly open: boolean;
}

const MOST_REASON_CHARS = 200;

/** Tells a server which calls were given up. Until it has said what it speaks it is not known how: they are held back. */
export class Cancellations {
  readonly #output: Output;
  readonly #agreement: Agreement;
  #held: Cancelled[] | undefined;

  constructor(output: Output, agreement: Agreement) {
    this.#output = output;
    this.#agreement = agreement;
  }

  /** The server may yet say that it speaks extensions. */
  hold(): void {
    this.#held = [];
  }

  /** The server has said what it speaks. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const cancelled of held ?? []) this.tell(cancelled);
  }

  /** A server that speaks plain ttrpc only learns that no more messages come: its deadline bounds its work. */
  tell(cancelled: Cancelled): void {
    const { streamId, status, reason, open } = cancelled;
    if (this.#held !== undefined) this.#held.push(cancelled);
    else if (this.#agreement.has(Feature.cancel)) {
      const text = Buffer.from(reason.slice(0, MOST_REASON_CHARS));
      const body = Buffer.alloc(4 + text.length);
      body.writeUInt32BE(status);
      body.set(text, 4);
      writeFrame(this.#output, FrameType.cancel, 0, streamId, body);
    } else if (open)
      writeFrame(this.#output, FrameType.data, Flag.remoteClosed | Flag.noData, streamId, Buffer.alloc(0));
  }
}
