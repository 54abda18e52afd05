import type { Metadata } from "../metadata.ts";
import { type RpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { type CallInit, ClientCall } from "./call.ts";

/** Who waits for a unary call. */
export type Replied = (message: unknown, trailers: Metadata) => void;
export type Rejected = (reason: unknown) => void;

export class UnaryCall extends ClientCall {
  readonly #resolve: Replied;
  readonly #reject: Rejected;

  constructor(init: CallInit, resolve: Replied, reject: Rejected) {
    super(init);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override onReply(buffer: Buffer, start: number, end: number, compressed: boolean): void {
    let message: unknown;
    try {
      message = this.decode(buffer, start, end, compressed);
    } catch (error) {
      this.fail(error as RpcError);
      return;
    }
    this.settle(undefined);
    this.#resolve(message, this.trailersReceived);
  }

  override onData(): void {
    this.giveUp(rpcError(Status.Internal, `${this.method.fullName} answered with a stream, a message was expected`));
  }

  protected override failed(reason: unknown): void {
    this.#reject(reason);
  }
}
