import { deadlineIn, onAbort } from "@servertech/core";
import { type RpcError, isRpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { type CallOptions, checkCallOptions } from "./options.ts";
import { timeoutWithin } from "./parent.ts";

/**
 * How much later than its deadline a caller hears so, at most: a call within has the same deadline on a timer of its own, and
 * knows better what became of the request.
 */
const GIVE_WAY_MS = 30;

/** How long a caller waits: until its deadline, and until one of its signals aborts. For what interceptors may hold up. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #stops: (() => void)[] = [];
  /** Calls within that have not ended. */
  #within = 0;
  /** A call within was carried out, or may have been. */
  #executed = false;

  /** 0 = for ever. */
  readonly timeoutMs: number;

  /**
   * @param timeoutMs unless the options give one; 0 = none.
   * @throws OptionError; the reason of an aborted signal; DEADLINE_EXCEEDED when the parent has no time left.
   */
  constructor(options: CallOptions, timeoutMs: number, fullName: string) {
    checkCallOptions(options);
    const { signal, parent } = options;
    signal?.throwIfAborted();
    const limitMs = timeoutWithin(parent, options.timeoutMs ?? timeoutMs);
    this.timeoutMs = limitMs;
    // The parent may be over already.
    for (const each of [signal, parent?.signal]) this.#stops.push(onAbort(each, (reason) => this.end(reason)));
    if (limitMs === 0 || this.signal.aborted) return;
    const late = (): void => this.end(this.tooLate(`${fullName} was not answered within ${limitMs} ms`));
    this.#after(limitMs, () => {
      if (this.#within === 0) late();
      else this.#after(GIVE_WAY_MS, late);
    });
  }

  #after(ms: number, callback: () => void): void {
    const deadline = deadlineIn(ms, callback);
    this.#stops.push(() => deadline.cancel());
  }

  /** Aborts when it is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** DEADLINE_EXCEEDED, with what is known of the calls within. */
  tooLate(text: string): RpcError {
    const maybeExecuted = this.#executed || this.#within > 0;
    return rpcError(Status.DeadlineExceeded, text, { maybeExecuted, retryable: !maybeExecuted });
  }

  /** The outcome of a call within. */
  async within<T>(call: Promise<T>): Promise<T> {
    this.#within += 1;
    try {
      const outcome = await call;
      this.#executed = true;
      return outcome;
    } catch (error) {
      if (isRpcError(error)) this.#executed ||= error.maybeExecuted;
      throw error;
    } finally {
      this.#within -= 1;
    }
  }

  /** It is over. */
  end(reason: unknown): void {
    this.done();
    this.#controller.abort(reason);
  }

  /** Nobody waits any more. */
  done(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** The outcome of `work`, or why it was not waited for. */
  async wait<T>(work: Promise<T>): Promise<T> {
    let stop: (() => void) | undefined;
    const over = new Promise<never>((_, reject) => {
      stop = onAbort(this.signal, reject);
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      stop?.();
      this.done();
    }
  }
}
