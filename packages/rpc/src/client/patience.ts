import { deadlineIn, onAbort } from "@servertech/core";
import { rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";

/** How long a caller waits: until its deadline, and until one of its signals aborts. For what interceptors may hold up. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #stops: (() => void)[];

  /** @param timeoutMs 0 = for ever. */
  constructor(timeoutMs: number, signals: readonly (AbortSignal | undefined)[], fullName: string) {
    this.#stops = signals.map((signal) => onAbort(signal, (reason) => this.end(reason)));
    if (timeoutMs === 0) return;
    const deadline = deadlineIn(timeoutMs, () =>
      this.end(rpcError(Status.DeadlineExceeded, `${fullName} was not answered within ${timeoutMs} ms`)),
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
