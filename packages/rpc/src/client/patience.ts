import { deadlineIn, onAbort } from "@servertech/core";
import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { type CallOptions, checkCallOptions } from "./options.ts";
import { timeoutWithin } from "./parent.ts";

/** How long a caller waits: until its deadline, and until one of its signals aborts. For what interceptors may hold up. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #stops: (() => void)[] = [];

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
    const deadline = deadlineIn(limitMs, () =>
      this.end(rpcError(Status.DeadlineExceeded, `${fullName} was not answered within ${limitMs} ms`)),
    );
    this.#stops.push(() => deadline.cancel());
  }

  /** Aborts when it is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
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
