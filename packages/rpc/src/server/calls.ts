import type { RpcError } from "../rpc-error.ts";
import { isTraced } from "@servertech/core";
import { metadataCopy } from "../metadata.ts";
import { Status } from "../status.ts";
import { serverCalls } from "../tracing.ts";
import { Flag } from "../wire/frame.ts";
import type { MessageAssembler } from "../wire/message-assembler.ts";
import type { MessageSender } from "../wire/message-sender.ts";
import type { ReceiveWindow } from "../wire/receive-window.ts";
import { type CallOwner, ServerCall } from "./call.ts";
import type { RejectedCounts, ServerCounters } from "./counters.ts";
import type { Peer } from "./handlers.ts";
import type { ResolvedServerOptions } from "./options.ts";
import type { Replies } from "./replies.ts";
import { type StreamSink, serveStream } from "./serve-stream.ts";

/** What calls ask of their connection. */
export interface CallsOwner {
  readonly options: ResolvedServerOptions;
  readonly counters: ServerCounters;
  readonly peer: Peer;
  /** The server that they belong to. */
  readonly server: object;
  /** Something was written. */
  written(): void;
  /** The last frame of a call was written: the connection may be idle. */
  answered(): void;
  /** A handler has ended. */
  handlerEnded(): void;
}

/** The parts of a connection that calls send and receive by. */
export interface CallWire {
  readonly sender: MessageSender;
  readonly receive: ReceiveWindow;
  readonly assembler: MessageAssembler;
  readonly replies: Replies;
}

/** The calls of one connection: from a request to the end of its handler. */
export class ServerCalls implements CallOwner, StreamSink {
  readonly #owner: CallsOwner;
  readonly #wire: CallWire;
  /** Calls whose last frame was not sent. */
  readonly #calls = new Map<number, ServerCall>();
  #running = 0;
  /** A stream waits for a window or the output. */
  #streamsWait = false;

  constructor(owner: CallsOwner, wire: CallWire) {
    this.#owner = owner;
    this.#wire = wire;
  }

  /** Calls that have not been answered. */
  get size(): number {
    return this.#calls.size;
  }

  /** Handlers at work, those whose client has gone included. */
  get running(): number {
    return this.#running;
  }

  get peer(): Peer {
    return this.#owner.peer;
  }

  get badPayloadStatus(): number {
    return this.#owner.options.badPayloadStatus;
  }

  get copyBytes(): boolean {
    return this.#owner.options.copyBytes;
  }

  get(streamId: number): ServerCall | undefined {
    return this.#calls.get(streamId);
  }

  // From the request to the handler

  /** Runs the handler. @param buffer the payload of the request is its `[start, end)`. */
  start(call: ServerCall, flags: number, buffer: Buffer, start: number, end: number): void {
    const { bound } = call;
    const { counters } = this.#owner;
    this.#calls.set(call.id, call);
    this.#running += 1;
    counters.inFlight += 1;
    call.sendWindow = this.#wire.sender.initialWindow;
    call.credit = this.#wire.receive.initialBytes;
    let result: unknown;
    try {
      const input = this.#inputOf(call, flags, buffer, start, end);
      result = isTraced(serverCalls) ? this.#traced(call, input) : bound.handler(input, call);
    } catch (error) {
      this.failStream(call, error);
      return this.#handlerEnded();
    }
    if (bound.givesStream) void serveStream(call, result, this).then(() => this.#handlerEnded());
    else if (isThenable(result)) {
      result.then(
        (message) => {
          this.#reply(call, message);
          this.#handlerEnded();
        },
        (error: unknown) => {
          this.failStream(call, error);
          this.#handlerEnded();
        },
      );
    } else {
      this.#reply(call, result);
      this.#handlerEnded();
    }
  }

  /** Stores that subscribers have bound to the channel are there in the handler. */
  #traced(call: ServerCall, input: unknown): unknown {
    const { bound, peer } = call;
    const metadata = metadataCopy(call.metadata);
    call.metadata = metadata;
    call.trace = { kind: bound.kind, method: bound.info, metadata, peer, server: this.#owner.server };
    try {
      return serverCalls.start.runStores(call.trace, () => bound.handler(input, call));
    } finally {
      serverCalls.end.publish(call.trace);
    }
  }

  /** What the handler gets. @throws RpcError when the request cannot be decoded. */
  #inputOf(call: ServerCall, flags: number, buffer: Buffer, start: number, end: number): unknown {
    const { requests } = call;
    const compressed = (flags & Flag.compressed) !== 0 && call.encoding !== undefined;
    const closed = (flags & Flag.remoteClosed) !== 0;
    if (requests === undefined) {
      // A stream that takes one request may be open, so that its client closes it later.
      call.remoteClosed = closed || !call.bound.givesStream;
      try {
        return call.decode(buffer, start, end, compressed);
      } catch (error) {
        this.#owner.counters.rejected.badPayload += 1;
        throw error;
      }
    }
    // Our own description says that messages follow. A first one may stand in the request; without "open" it is the only one.
    if (end > start) requests.push(buffer, start, end, compressed, 0, Infinity);
    call.remoteClosed = closed || (end > start && (flags & Flag.remoteOpen) === 0);
    if (call.remoteClosed) requests.end();
    return requests;
  }

  #handlerEnded(): void {
    this.#running -= 1;
    this.#owner.counters.inFlight -= 1;
    this.#owner.handlerEnded();
  }

  // Answers

  #reply(call: ServerCall, message: unknown): void {
    if (call.settled) return;
    try {
      this.#wire.replies.message(call, message);
      this.#owner.written();
    } catch (error) {
      return this.failStream(call, error);
    }
    this.#settle(call);
  }

  sendData(call: ServerCall, message: unknown): void {
    this.#wire.replies.data(call, message);
    this.#owner.written();
  }

  mayStream(call: ServerCall): boolean {
    if (this.#wire.sender.maySend(call)) return true;
    this.#streamsWait = true;
    return false;
  }

  endStream(call: ServerCall): void {
    if (call.settled) return;
    this.#wire.replies.end(call);
    this.#settle(call);
  }

  failStream(call: ServerCall, error: unknown): void {
    if (call.settled) return;
    this.#owner.counters.errors += 1;
    this.#wire.sender.drop(call.id);
    const sent = this.#wire.replies.error(call, error);
    this.#owner.written();
    call.tell(sent, error);
    this.#settle(call);
  }

  #settle(call: ServerCall): void {
    this.#calls.delete(call.id);
    this.#wire.assembler.drop(call.id);
    call.tell(Status.Ok, undefined);
    call.settle();
    this.#owner.answered();
  }

  /** There may be room for messages of streams again. */
  wakeStreams(): void {
    if (!this.#streamsWait) return;
    this.#streamsWait = false;
    for (const call of this.#calls.values()) call.wake();
  }

  // Ends that do not come from the handler

  deadlinePassed(call: ServerCall): void {
    this.#owner.counters.errors += 1;
    this.#endEarly(call, Status.DeadlineExceeded, "the deadline passed");
  }

  requestBroken(call: ServerCall, error: RpcError): void {
    this.end(call, error.status === Status.ResourceExhausted ? "tooLong" : "badPayload", error.status, error.message);
  }

  /** The client's stream cannot go on: the call ends with an error, and its handler is told to stop. */
  end(call: ServerCall, counter: keyof RejectedCounts, status: number, message: string): void {
    if (call.settled) return;
    this.#owner.counters.errors += 1;
    this.#owner.counters.rejected[counter] += 1;
    this.#endEarly(call, status, message);
  }

  #endEarly(call: ServerCall, code: number, message: string): void {
    this.#forget(call.id);
    this.#wire.replies.status(call.id, { code, message, details: [] });
    this.#owner.written();
    call.abort(code, message);
    this.#owner.answered();
  }

  /** The client does not want the call any more: nobody is answered. */
  cancel(streamId: number, given: number, reason: string): void {
    const status = given === Status.Ok ? Status.Cancelled : given;
    const call = this.#calls.get(streamId);
    this.#forget(streamId);
    if (call !== undefined) {
      this.#owner.counters.cancelled += 1;
      call.abort(status, reason);
    }
    this.#owner.answered();
  }

  #forget(streamId: number): void {
    this.#calls.delete(streamId);
    this.#wire.assembler.drop(streamId);
    this.#wire.sender.drop(streamId);
  }

  /** The client is gone. */
  abortAll(): void {
    for (const call of this.#calls.values()) {
      this.#owner.counters.cancelled += 1;
      call.abort(Status.Cancelled, "the client is gone");
    }
    this.#calls.clear();
  }

  /** The server closes by force. */
  closeAll(): void {
    const status = { code: Status.Unavailable, message: "the server is closing", details: [] };
    for (const call of this.#calls.values()) {
      this.#wire.replies.status(call.id, status);
      call.abort(status.code, status.message);
    }
    this.#calls.clear();
  }

  taken(call: ServerCall, bytes: number): void {
    this.#wire.receive.taken(call, bytes);
  }

  /** A frame that starts no call, or belongs to none, is answered. */
  refuse(counter: keyof RejectedCounts, streamId: number, code: number, message: string): void {
    this.#owner.counters.rejected[counter] += 1;
    this.#wire.replies.status(streamId, { code, message, details: [] });
    this.#owner.written();
    this.#owner.answered();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
