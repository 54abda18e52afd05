import { type Deadline, deadlineIn } from "@servertech/core";
import type { Reply } from "./connection-factory.ts";
import type { Statement } from "./parameters.ts";
import type { DriverError } from "./server-errors.ts";

export interface Limits {
  /** 0 = none. */
  readonly timeoutMs: number;
  /** Of the call. */
  readonly signal: AbortSignal | undefined;
  /** Of the transaction around it. */
  readonly outerSignal?: AbortSignal | undefined;
}

/** What a call makes of a reply: its rows, one of them, a value. May throw. */
export type Shape<T> = (reply: Reply) => T;

export function nothing(): void {}

/** Whoever runs a call. */
export interface CallOwner {
  replied(call: Call, error: DriverError | undefined, reply: Reply): void;
  /** Its time is up. */
  late(call: Call): void;
}

/** One statement of a caller, from the call to its settlement. */
export class Call {
  readonly statement: Statement;
  readonly limits: Limits;
  readonly #shape: Shape<unknown>;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  owner: CallOwner | undefined;
  /** Told when time is up while nobody runs it. */
  #whenLate: ((call: Call) => void) | undefined;
  /** The driver's command, once there is one. */
  command: unknown;
  deadline: Deadline | undefined;
  stopListening: (() => void) | undefined;
  stopListeningOuter: (() => void) | undefined;
  /** The caller has its answer, or has gone. */
  settled = false;
  /** The server's answer has come, or will never. */
  ended = false;
  /** It was given to a living connection. */
  sent = false;
  /** Grows with every call that was put on a shared connection. */
  ordinal = 0;
  /** It is being ended on the server. */
  ending = false;
  /** By a KILL that would also meet another statement of the connection. */
  killed = false;
  /** It was sent a second time. */
  repeated = false;

  constructor(
    statement: Statement,
    limits: Limits,
    shape: Shape<unknown>,
    resolve: (value: never) => void,
    reject: (error: unknown) => void,
  ) {
    this.statement = statement;
    this.limits = limits;
    this.#shape = shape;
    this.#resolve = resolve as (value: unknown) => void;
    this.#reject = reject;
  }

  /** Told once by the connection. */
  replied(error: DriverError | undefined, reply: Reply): void {
    this.ended = true;
    this.owner?.replied(this, error, reply);
  }

  succeed(reply: Reply): void {
    this.stopWaiting();
    this.settled = true;
    try {
      this.#resolve(this.#shape(reply));
    } catch (error) {
      this.#reject(error);
    }
  }

  fail(error: unknown): void {
    this.stopWaiting();
    this.settled = true;
    this.#reject(error);
  }

  /** Made ready to be sent a second time. Its deadline stays the one of the first time. */
  again(whenLate: (call: Call) => void): void {
    this.#stopListening();
    this.owner = undefined;
    this.#whenLate = whenLate;
    this.repeated = true;
    this.ended = false;
    this.command = undefined;
  }

  /** Begins to count its time, unless that has begun. */
  limitTime(): void {
    const { timeoutMs } = this.limits;
    if (timeoutMs > 0) this.deadline ??= deadlineIn(timeoutMs, () => this.#late());
  }

  #late(): void {
    if (this.owner === undefined) this.#whenLate?.(this);
    else this.owner.late(this);
  }

  stopWaiting(): void {
    this.deadline?.cancel();
    this.deadline = undefined;
    this.#stopListening();
  }

  #stopListening(): void {
    this.stopListening?.();
    this.stopListeningOuter?.();
    this.stopListening = this.stopListeningOuter = undefined;
  }
}
