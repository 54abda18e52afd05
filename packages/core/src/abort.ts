/**
 * Waiting that can be given up.
 *
 * An abort rejects with `signal.reason` itself, at once, and the listener is gone when the wait is over: 10,000 calls
 * on one signal leave none and cause no MaxListeners warning, because a signal gets one listener however many wait.
 */

const fans = new WeakMap<AbortSignal, AbortFan>();

/** All callbacks of one signal, behind its single event listener. */
class AbortFan {
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<{ run: (reason: unknown) => void }>();
  readonly #onAbort = (): void => {
    const callbacks = [...this.#callbacks];
    this.#callbacks.clear();
    for (const callback of callbacks) callback.run(this.#signal.reason);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: (reason: unknown) => void): () => void {
    if (this.#callbacks.size === 0) this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    const entry = { run: callback };
    this.#callbacks.add(entry);
    return () => {
      if (this.#callbacks.delete(entry) && this.#callbacks.size === 0)
        this.#signal.removeEventListener("abort", this.#onAbort);
    };
  }
}

/**
 * Calls `callback` once when `signal` aborts; at once and before returning when it already has. The callback must not
 * throw.
 *
 * @returns a function that ends the interest, to be called as soon as the wait is over; harmless later.
 */
export function onAbort(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
  if (signal === undefined) return nothing;
  if (signal.aborted) {
    callback(signal.reason);
    return nothing;
  }
  let fan = fans.get(signal);
  if (fan === undefined) fans.set(signal, (fan = new AbortFan(signal)));
  return fan.add(callback);
}

function nothing(): void {}

/**
 * `promise`, given up when `signal` aborts: rejects with the signal's reason, and what arrives later goes to `late`
 * (a resource must go back to its pool), else is dropped, errors included.
 */
export function abortable<T>(
  promise: PromiseLike<T>,
  signal: AbortSignal | undefined,
  late?: (value: T) => void,
): Promise<T> {
  if (signal === undefined) return Promise.resolve(promise);
  return new Promise<T>((resolve, reject) => {
    let aborted = false;
    const done = onAbort(signal, (reason) => {
      aborted = true;
      reject(reason);
    });
    promise.then(
      (value) => {
        done();
        if (aborted) late?.(value);
        else resolve(value);
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}

/**
 * Resolves after `ms` milliseconds, or rejects with the signal's reason. Keeps the process alive unless `ref` is false.
 */
export function sleep(
  ms: number,
  options: { signal?: AbortSignal | undefined; ref?: boolean | undefined } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      done();
      resolve();
    }, ms);
    if (options.ref === false) timer.unref();
    const done = onAbort(options.signal, (reason) => {
      clearTimeout(timer);
      reject(reason);
    });
  });
}
