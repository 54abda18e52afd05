import { type Deadline, deadlineIn } from "@servertech/core";
import type { Metadata } from "../metadata.ts";
import type { UnaryCall, Rejected, Replied } from "./unary-call.ts";

/** How the attempts of a call are made. */
export interface HedgePlan {
  readonly maxAttempts: number;
  /** After how many milliseconds the next attempt starts; undefined = not now. */
  afterMs(): number | undefined;
  /** Whether one more attempt may be made at all. */
  mayStart(): boolean;
  /** After how many milliseconds a call that failed so is made once more; undefined = not. */
  repeatAfterMs(error: unknown, attempts: number): number | undefined;
  /** Starts an attempt, away from the endpoint `avoid`, once `pauseMs` have passed. */
  start(resolve: Replied, reject: Rejected, avoid: string | undefined, pauseMs: number): UnaryCall;
  /** The call is over. @param error undefined = it went well. */
  ended(error: unknown): void;
}

/** A call that is made again elsewhere while it is slow: the first good reply counts, the others are cancelled. */
export class HedgedCall {
  readonly #plan: HedgePlan;
  readonly #resolve: Replied;
  readonly #reject: Rejected;
  readonly #attempts: UnaryCall[] = [];
  #failed = 0;
  #timer: Deadline | undefined;
  #over = false;

  constructor(plan: HedgePlan, resolve: Replied, reject: Rejected) {
    this.#plan = plan;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#start();
  }

  #start(pauseMs = 0): void {
    const last = this.#attempts.at(-1);
    const avoid = last?.link?.endpoint.id ?? last?.failedEndpoint;
    const attempt = this.#plan.start(
      (message, trailers) => this.#replied(message, trailers),
      (error) => this.#attemptFailed(error),
      avoid,
      pauseMs,
    );
    this.#attempts.push(attempt);
    if (this.#over) attempt.abort(LOST);
    else this.#waitForNext(pauseMs);
  }

  #waitForNext(pauseMs: number): void {
    if (this.#attempts.length >= this.#plan.maxAttempts) return;
    const afterMs = this.#plan.afterMs();
    if (afterMs === undefined) return;
    this.#timer = deadlineIn(pauseMs + afterMs, () => {
      if (!this.#over && this.#plan.mayStart()) this.#start();
    });
  }

  #replied(message: unknown, trailers: Metadata): void {
    if (this.#over) return;
    this.#end(undefined);
    this.#resolve(message, trailers);
  }

  #attemptFailed(error: unknown): void {
    this.#failed += 1;
    // Another attempt may do better.
    if (this.#over || this.#failed < this.#attempts.length) return;
    const made = this.#attempts.length;
    const afterMs = made < this.#plan.maxAttempts ? this.#plan.repeatAfterMs(error, made) : undefined;
    if (afterMs !== undefined) {
      this.#timer?.cancel();
      return this.#start(afterMs);
    }
    this.#end(error);
    this.#reject(error);
  }

  #end(error: unknown): void {
    this.#over = true;
    this.#timer?.cancel();
    for (const attempt of this.#attempts) attempt.abort(LOST);
    this.#plan.ended(error);
  }
}

const LOST = new Error("another attempt was quicker");
