import { Status } from "../status.ts";
import { isEncoding } from "../wire/compression.ts";
import { Flag, FrameType } from "../wire/frame.ts";
import type { MessageAssembler } from "../wire/message-assembler.ts";
import { MessageTooLarge } from "../wire/message-too-large.ts";
import type { ReceiveWindow } from "../wire/receive-window.ts";
import { RequestEnvelope } from "../wire/request.ts";
import { NOT_PROCESSED } from "../wire/response.ts";
import { type Agreement, Feature } from "../wire/settings.ts";
import type { BoundMethod } from "./bound-method.ts";
import { ServerCall } from "./call.ts";
import type { ServerCalls } from "./calls.ts";
import type { ResolvedServerOptions } from "./options.ts";

/** What a request is looked up in. */
export interface MethodTable {
  readonly options: ResolvedServerOptions;
  /** The longest message of any method. */
  readonly maxMessageBytes: number;
  readonly counters: { calls: number; errors: number };
  findMethod(service: string, method: string): BoundMethod | "service" | "method";
}

/** From frames of type Request to calls: refuses what is no request, what is too much, and what nobody serves. */
export class RequestIntake {
  readonly #table: MethodTable;
  readonly #calls: ServerCalls;
  readonly #assembler: MessageAssembler;
  readonly #agreement: Agreement;
  readonly #receive: ReceiveWindow;
  readonly #envelope = new RequestEnvelope();
  #lastMethod: BoundMethod | undefined;
  #lastId = 0;
  /** New calls are answered "not processed". */
  refusing = false;

  constructor(
    table: MethodTable,
    calls: ServerCalls,
    { assembler, agreement, receive }: { assembler: MessageAssembler; agreement: Agreement; receive: ReceiveWindow },
  ) {
    this.#table = table;
    this.#calls = calls;
    this.#assembler = assembler;
    this.#agreement = agreement;
    this.#receive = receive;
  }

  /** The highest stream id that was used. */
  get lastId(): number {
    return this.#lastId;
  }

  /** A stream id was used up by a request that could not be read. */
  skip(streamId: number): void {
    if (streamId > this.#lastId) this.#lastId = streamId;
  }

  onFrame(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    const more = (flags & Flag.more) !== 0 && this.#agreement.has(Feature.more);
    if (this.#assembler.has(streamId) && this.#calls.get(streamId) === undefined)
      return this.#onPiece(streamId, flags, more, buffer, start, end);
    if (this.#refusesFrame(streamId, more)) {
      if (more) this.#dropRest(streamId);
    } else if (more) this.#onPiece(streamId, flags, more, buffer, start, end);
    else this.#onRequest(streamId, flags, buffer, start, end);
  }

  /** Whether the first frame of a request is refused by what it is. The client was told then. */
  #refusesFrame(streamId: number, more: boolean): boolean {
    if (streamId % 2 === 0) this.#calls.refuse("badStream", streamId, Status.InvalidArgument, "stream ids are odd");
    else if (streamId <= this.#lastId) {
      const text = `stream ids grow, the last one was ${this.#lastId}`;
      this.#calls.refuse("badStream", streamId, Status.InvalidArgument, text);
    } else {
      this.#lastId = streamId;
      if (this.refusing) this.#calls.refuse("notProcessed", streamId, Status.Unavailable, NOT_PROCESSED);
      else if (more && this.#assembler.size >= this.#table.options.maxStreamsPerConnection) this.#tooMany(streamId);
      else return false;
    }
    return true;
  }

  /** One answer is enough: the other pieces of a refused request are dropped. */
  #dropRest(streamId: number): void {
    if (this.#calls.get(streamId) === undefined) this.#assembler.refuse(streamId, FrameType.request);
  }

  #onPiece(streamId: number, flags: number, more: boolean, buffer: Buffer, start: number, end: number): void {
    const { maxMessageBytes } = this.#table;
    try {
      if (more) {
        this.#assembler.add(streamId, FrameType.request, buffer, start, end, maxMessageBytes);
        return;
      }
      const whole = this.#assembler.finish(streamId, buffer, start, end, maxMessageBytes);
      if (whole !== undefined) this.#onRequest(streamId, flags, whole, 0, whole.length);
    } catch (error) {
      if (!(error instanceof MessageTooLarge)) throw error;
      this.#calls.refuse("tooLong", streamId, Status.ResourceExhausted, error.message);
    }
  }

  #tooMany(streamId: number): void {
    const text = `more than ${this.#table.options.maxStreamsPerConnection} calls at once`;
    this.#calls.refuse("streams", streamId, Status.ResourceExhausted, text);
  }

  #onRequest(streamId: number, flags: number, buffer: Buffer, start: number, end: number): void {
    const envelope = this.#envelope;
    const { options, counters } = this.#table;
    if (!envelope.read(buffer, start, end, options, this.#lastMethod))
      return this.#calls.refuse("badRequest", streamId, Status.InvalidArgument, "the request cannot be decoded");
    const bound = this.#findMethod(streamId);
    if (bound === undefined) return;
    if (envelope.refused === "tooMuch")
      return this.#calls.refuse("metadata", streamId, Status.ResourceExhausted, "too much metadata");
    if (envelope.refused === "forbidden")
      return this.#calls.refuse("badRequest", streamId, Status.InvalidArgument, "metadata must not have CR, LF or NUL");
    if (envelope.encoding !== "" && this.#agreement.has(Feature.compression) && !isEncoding(envelope.encoding))
      return this.#calls.refuse("badRequest", streamId, Status.Unimplemented, "this encoding is not spoken here");
    if (this.#calls.running >= options.maxStreamsPerConnection) return this.#tooMany(streamId);
    counters.calls += 1;
    if (envelope.timeoutNano < 0) {
      counters.errors += 1;
      return this.#calls.refuse("late", streamId, Status.DeadlineExceeded, "the deadline had passed");
    }
    this.#calls.start(this.#callOf(streamId, bound), flags, buffer, envelope.payloadStart, envelope.payloadEnd);
  }

  #findMethod(streamId: number): BoundMethod | undefined {
    const { service, method } = this.#envelope;
    const last = this.#lastMethod;
    if (last !== undefined && last.info.service === service && last.info.name === method) return last;
    const found = this.#table.findMethod(service, method);
    if (typeof found === "string") {
      const text = found === "service" ? `service ${service}` : `method ${method}`;
      this.#calls.refuse("unimplemented", streamId, Status.Unimplemented, text);
      return undefined;
    }
    this.#lastMethod = found;
    return found;
  }

  #callOf(streamId: number, bound: BoundMethod): ServerCall {
    const { metadata, timeoutNano, attempt, encoding: name, flow } = this.#envelope;
    const { compression } = this.#table.options;
    const encoding = this.#agreement.has(Feature.compression) && isEncoding(name) ? name : undefined;
    return new ServerCall(this.#calls, streamId, bound, {
      metadata,
      timeoutNano,
      attempt,
      encoding,
      compression:
        encoding === undefined || compression === false ? undefined : { encoding, minBytes: compression.minBytes },
      flow: flow && this.#receive.active,
    });
  }
}
