import { Status } from "../status.ts";
import { Flag, FrameType } from "../wire/frame.ts";
import type { MessageAssembler } from "../wire/message-assembler.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import type { ReceiveWindow } from "../wire/receive-window.ts";
import { type Agreement, Feature } from "../wire/settings.ts";
import type { ServerCall } from "./call.ts";
import type { ServerCalls } from "./calls.ts";
import type { ResolvedServerOptions } from "./options.ts";

/** From frames of type Data to the messages that handlers read; keeps to windows, limits and the order of things. */
export class DataIntake {
  readonly #options: ResolvedServerOptions;
  readonly #calls: ServerCalls;
  readonly #assembler: MessageAssembler;
  readonly #agreement: Agreement;
  readonly #receive: ReceiveWindow;

  constructor(
    options: ResolvedServerOptions,
    calls: ServerCalls,
    { assembler, agreement, receive }: { assembler: MessageAssembler; agreement: Agreement; receive: ReceiveWindow },
  ) {
    this.#options = options;
    this.#calls = calls;
    this.#assembler = assembler;
    this.#agreement = agreement;
    this.#receive = receive;
  }

  /**
   * @param lastId the highest stream id that was used: Data above it belongs to no stream that ever was.
   * @returns false when the client overran its window: the connection is to be ended.
   */
  onFrame(streamId: number, lastId: number, flags: number, buffer: Buffer, start: number, end: number): boolean {
    if (streamId % 2 === 0) {
      this.#calls.refuse("badStream", streamId, Status.InvalidArgument, "stream ids are odd");
      return true;
    }
    const bytes = end - start;
    const call = this.#calls.get(streamId);
    this.#receive.received(call, bytes);
    if (call === undefined) {
      // Late Data of a stream that has ended is normal.
      if (streamId > lastId)
        this.#calls.refuse("badStream", streamId, Status.InvalidArgument, "there is no such stream");
      return true;
    }
    // The client may still say that it has closed a stream that takes one request.
    if (call.remoteClosed || (call.requests === undefined && bytes > 0)) {
      this.#receive.taken(call, bytes);
      this.#calls.refuse("badStream", streamId, Status.InvalidArgument, "this stream takes no data");
      return true;
    }
    if (call.flow && this.#overflows(call, bytes)) return false;
    const more = (flags & Flag.more) !== 0 && this.#agreement.has(Feature.more);
    if (more || this.#assembler.has(streamId)) this.#onPiece(call, flags, more, buffer, start, end);
    else this.#onMessage(call, flags, buffer, start, end, bytes);
    return true;
  }

  #overflows(call: ServerCall, bytes: number): boolean {
    const credit = Math.min(call.credit, this.#receive.credit);
    // A client that cannot split messages overshoots with the last one.
    return this.#agreement.has(Feature.more) ? credit < 0 : credit + bytes <= 0;
  }

  #onPiece(call: ServerCall, flags: number, more: boolean, buffer: Buffer, start: number, end: number): void {
    const { maxMessageBytes } = call.bound;
    try {
      if (more) {
        this.#assembler.add(call.id, FrameType.data, buffer, start, end, maxMessageBytes);
        this.#receive.pieceTaken(call, end - start, call.requests?.empty === false);
        return;
      }
      const whole = this.#assembler.finish(call.id, buffer, start, end, maxMessageBytes);
      const charge = this.#receive.chargeOf(call, end - start);
      if (whole !== undefined) this.#onMessage(call, flags, whole, 0, whole.length, charge);
    } catch (error) {
      this.#receive.taken(call, end - start);
      if (!(error instanceof MessageTooLarge)) throw error;
      this.#calls.end(call, "tooLong", Status.ResourceExhausted, error.message);
    }
  }

  /** A whole message, or the end of the client's stream, or both. @param charge what it holds of the windows. */
  #onMessage(call: ServerCall, flags: number, buffer: Buffer, start: number, end: number, charge: number): void {
    const { requests } = call;
    if (requests !== undefined && (end > start || (flags & Flag.noData) === 0)) {
      const compressed = (flags & Flag.compressed) !== 0 && this.#agreement.has(Feature.compression);
      const { streamBufferBytes, initialWindowBytes } = this.#options;
      const most = this.#receive.active ? Math.max(streamBufferBytes, initialWindowBytes) : streamBufferBytes;
      if (!requests.push(buffer, start, end, compressed, charge, most)) {
        this.#receive.taken(call, charge);
        const text = `more than ${most} bytes or 65,536 messages wait to be read`;
        return this.#calls.end(call, "unread", Status.ResourceExhausted, text);
      }
    }
    if ((flags & Flag.remoteClosed) === 0) return;
    call.remoteClosed = true;
    requests?.end();
  }
}
