import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { type CallInit, ClientCall } from "./call.ts";

export class UnaryCall extends ClientCall {
  readonly #resolve: (message: unknown) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(init: CallInit, resolve: (message: unknown) => void, reject: (reason: unknown) => void) {
    super(init);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override onReply(buffer: Buffer, start: number, end: number): void {
    let message: unknown;
    try {
      message = this.method.response.decode(buffer, start, end);
    } catch (cause) {
      this.fail(rpcError(Status.Internal, `the reply of ${this.method.fullName} cannot be decoded`, { cause }));
      return;
    }
    this.settle(false);
    this.#resolve(message);
  }

  override onData(): void {
    this.giveUp(rpcError(Status.Internal, `${this.method.fullName} answered with a stream, a message was expected`));
  }

  protected override failed(reason: unknown): void {
    this.#reject(reason);
  }
}
