import { type Deadline, deadlineIn } from "@servertech/core";
import type { Metadata } from "../metadata.ts";
import { type RpcError, rpcError } from "../rpc-error.ts";
import type { BoundMethod } from "./bound-method.ts";
import type { CallContext, MethodInfo } from "./handlers.ts";

/** What a call asks of its connection. */
export interface CallOwner {
  readonly peer: { readonly address: string };
  /** The call's deadline passed. */
  deadlinePassed(call: ServerCall): void;
}

const NANOS_PER_MS = 1e6;

/** One call in work: its context, as the handler sees it, and what its connection has to remember of it. */
export class ServerCall implements CallContext {
  readonly id: number;
  readonly bound: BoundMethod;
  readonly metadata: Metadata;
  readonly deadline: number | undefined;
  /** Bytes of Data that the client still takes; below 0 after a message longer than what was left. */
  window: number = Infinity;
  /** The client has said that it sends no more. Of a unary call it is true from the start. */
  remoteClosed = true;
  /** Called once, when the call is settled while its stream is open. */
  onSettled: (() => void) | undefined;
  readonly #owner: CallOwner;
  readonly #timer: Deadline | undefined;
  #controller: AbortController | undefined;
  #abortReason: RpcError | undefined;
  #settled = false;
  #waiting: (() => void) | undefined;

  constructor(owner: CallOwner, id: number, bound: BoundMethod, metadata: Metadata, timeoutNano: number) {
    this.#owner = owner;
    this.id = id;
    this.bound = bound;
    this.metadata = metadata;
    if (timeoutNano > 0) {
      const ms = timeoutNano / NANOS_PER_MS;
      this.deadline = Date.now() + ms;
      this.#timer = deadlineIn(ms, () => owner.deadlinePassed(this));
    }
  }

  get method(): MethodInfo {
    return this.bound.info;
  }

  get remainingMs(): number {
    return this.deadline === undefined ? Infinity : Math.max(0, this.deadline - Date.now());
  }

  get peer(): { readonly address: string } {
    return this.#owner.peer;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** Nothing may be sent for it any more. */
  get settled(): boolean {
    return this.#settled;
  }

  /** The last frame was sent. */
  settle(): void {
    this.#settled = true;
    this.#timer?.cancel();
    this.wake();
    this.onSettled?.();
    this.onSettled = undefined;
  }

  /** Nobody waits for the reply any more. */
  abort(status: number, reason: string): void {
    if (this.#settled) return;
    this.#abortReason = rpcError(status, reason);
    this.settle();
    this.#controller?.abort(this.#abortReason);
  }

  /** Waits for `wake`. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Something changed: the window, the output, or the call is settled. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
