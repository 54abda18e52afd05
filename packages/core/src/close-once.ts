import { onAbort } from "./abort.ts";
import { deadlineIn } from "./deadlines.ts";
import { optionChecks } from "./option-checks.ts";

/** How long `close` may take. */
export interface CloseOptions {
  /** Time for work in hand, in milliseconds; then it is ended by force. From 0. @default 10_000 */
  timeoutMs?: number | undefined;
  /** Its abort ends the work in hand by force, at once. `close` does not reject for it. */
  signal?: AbortSignal | undefined;
}

/** How long `ready` may wait. */
export interface ReadyOptions {
  /** Longest wait, in milliseconds, at least 1. Without it each package's own default. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What can be closed: every servertech object that holds a socket, a file, a timer or a thread. */
export interface Closable {
  close(options?: CloseOptions): Promise<unknown>;
}

export const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

/** What `run` of a {@link CloseOnce} gets. */
export interface CloseContext {
  /** Aborts when work in hand is to be ended by force: time is up, or a caller's signal aborted. */
  readonly force: AbortSignal;
}

/**
 * The close rule of all servertech objects: the work is done once, every call gets the same promise, a later call with
 * a shorter `timeoutMs` or an aborting signal brings the force forward, none puts it off.
 */
export class CloseOnce<R = void> {
  readonly #run: (context: CloseContext) => Promise<R>;
  readonly #force = new AbortController();
  readonly #interests: (() => void)[] = [];
  #result: Promise<R> | undefined;

  constructor(run: (context: CloseContext) => Promise<R>) {
    this.#run = run;
  }

  /** Whether closing has begun: new work is to be refused. */
  get started(): boolean {
    return this.#result !== undefined;
  }

  /** @throws OptionError (as a rejection) on a wrong `timeoutMs`; nothing is closed then. */
  close(options: CloseOptions = {}): Promise<R> {
    let timeoutMs: number;
    try {
      const check = optionChecks(options, ["timeoutMs", "signal"]);
      timeoutMs = check.done(check.duration("timeoutMs", options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS));
    } catch (error) {
      return Promise.reject(error);
    }
    const finished = this.#result !== undefined && this.#interests.length === 0;
    if (!finished) this.#limit(timeoutMs, options.signal);
    return (this.#result ??= this.#start());
  }

  #limit(timeoutMs: number, signal: AbortSignal | undefined): void {
    const force = () => this.#force.abort(new Error("closing took too long"));
    if (timeoutMs === 0) force();
    else {
      const deadline = deadlineIn(timeoutMs, force);
      this.#interests.push(() => deadline.cancel());
    }
    this.#interests.push(onAbort(signal, force));
  }

  async #start(): Promise<R> {
    try {
      // The caller sees `started` before any of the work runs.
      await Promise.resolve();
      return await this.#run({ force: this.#force.signal });
    } finally {
      for (const end of this.#interests.splice(0)) end();
    }
  }
}
