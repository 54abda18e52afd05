import { NO_METADATA } from "../metadata.ts";
import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { Flag, FrameType } from "../wire/frame.ts";
import type { MessageAssembler } from "../wire/message-assembler.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import type { ReceiveWindow } from "../wire/receive-window.ts";
import { NOT_PROCESSED, ResponseEnvelope } from "../wire/response.ts";
import { type Agreement, Feature } from "../wire/settings.ts";
import type { ClientCall } from "./call.ts";

/** What replies mean for their connection. */
export interface IntakeOwner {
  /** The call needs nothing more of the connection. */
  finished(call: ClientCall): void;
  /** A frame came for a call that is over, or never was. */
  stray(): void;
  /** The server did not begin with the call, as it is closing. */
  refused(call: ClientCall): void;
}

/** From frames of type Response and Data to the calls that wait for them. */
export class ReplyIntake {
  readonly #owner: IntakeOwner;
  readonly #calls: ReadonlyMap<number, ClientCall>;
  readonly #assembler: MessageAssembler;
  readonly #agreement: Agreement;
  readonly #receive: ReceiveWindow;
  readonly #envelope = new ResponseEnvelope();

  constructor(
    owner: IntakeOwner,
    calls: ReadonlyMap<number, ClientCall>,
    { assembler, agreement, receive }: { assembler: MessageAssembler; agreement: Agreement; receive: ReceiveWindow },
  ) {
    this.#owner = owner;
    this.#calls = calls;
    this.#assembler = assembler;
    this.#agreement = agreement;
    this.#receive = receive;
  }

  onResponse(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    const call = this.#calls.get(streamId);
    if (call === undefined) return this.#owner.stray();
    const more = (flags & Flag.more) !== 0 && this.#agreement.has(Feature.more);
    // A Response ends an unfinished message of Data.
    this.#assembler.only(streamId, FrameType.response);
    if (!more && !this.#assembler.has(streamId)) return this.#respond(call, flags, buffer, start, end);
    const whole = this.#assembled(call, FrameType.response, more, buffer, start, end);
    if (whole !== undefined) this.#respond(call, flags, whole, 0, whole.length);
  }

  onData(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    const bytes = end - start;
    const call = this.#calls.get(streamId);
    this.#receive.received(call, bytes);
    if (call === undefined) return this.#owner.stray();
    const compressed = this.#isCompressed(flags);
    const more = (flags & Flag.more) !== 0 && this.#agreement.has(Feature.more);
    const most = this.#receive.initialBytes;
    if (!more && !this.#assembler.has(streamId)) return call.onData(buffer, start, end, flags, compressed, bytes, most);
    if (more) this.#receive.pieceTaken(call, bytes, !call.allRead);
    const whole = this.#assembled(call, FrameType.data, more, buffer, start, end);
    if (whole === undefined) return;
    call.onData(whole, 0, whole.length, flags, compressed, this.#receive.chargeOf(call, bytes), most);
  }

  /** Puts a piece to its message. @returns the message, once it is whole. */
  #assembled(
    call: ClientCall,
    type: number,
    more: boolean,
    buffer: Buffer,
    start: number,
    end: number,
  ): Buffer | undefined {
    const { maxMessageBytes, fullName } = call.method;
    try {
      if (!more) return this.#assembler.finish(call.streamId, buffer, start, end, maxMessageBytes);
      this.#assembler.add(call.streamId, type, buffer, start, end, maxMessageBytes);
    } catch (error) {
      if (!(error instanceof MessageTooLarge)) throw error;
      call.giveUp(rpcError(Status.ResourceExhausted, `${fullName}: ${error.message}`));
    }
    return undefined;
  }

  #respond(call: ClientCall, flags: number, buffer: Buffer, start: number, end: number): void {
    this.#owner.finished(call);
    const envelope = this.#envelope;
    if (!envelope.read(buffer, start, end))
      call.fail(rpcError(Status.Internal, `the response to ${call.method.fullName} cannot be decoded`));
    else if (isRefusal(envelope)) this.#owner.refused(call);
    else call.onResponse(buffer, envelope, this.#isCompressed(flags));
  }

  #isCompressed(flags: number): boolean {
    return (flags & Flag.compressed) !== 0 && this.#agreement.has(Feature.compression);
  }
}

/** What a server without GOAWAY says of a call that it does not begin with. */
function isRefusal({ status, trailers }: ResponseEnvelope): boolean {
  return status?.code === Status.Unavailable && status.message === NOT_PROCESSED && trailers === NO_METADATA;
}
