/** Whom a stream reads from. */
export interface ItemSource {
  /** The reader has taken so many items since the last call. */
  consumed(items: number): void;
  /** The reader wants no more. */
  finish(): void;
}

type Result<T> = IteratorResult<T, undefined>;

interface Reader<T> {
  resolve(result: Result<T>): void;
  reject(error: unknown): void;
}

/** Items on their way to a reader: in order, then the end or an error, once. */
export class ItemStream<T> implements AsyncIterableIterator<T, undefined> {
  readonly #items: T[] = [];
  readonly #readers: Reader<T>[] = [];
  readonly #source: ItemSource;
  readonly #creditStep: number;
  #taken = 0;
  #state: "open" | "finishing" | "ended" = "open";
  #failure: { readonly error: unknown } | undefined;
  readonly #returning: (() => void)[] = [];

  constructor(source: ItemSource, highWaterMark: number) {
    this.#source = source;
    this.#creditStep = Math.max(1, Math.floor(Math.min(highWaterMark, 1_024) / 2));
  }

  /** Items that nobody has taken. */
  get unread(): number {
    return this.#items.length;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(item: T): void {
    if (this.#state !== "open") return;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#items.push(item);
    else {
      this.#count();
      reader.resolve({ done: false, value: item });
    }
  }

  end(): void {
    this.#close(undefined);
  }

  fail(error: unknown): void {
    this.#close(this.#state === "open" ? { error } : undefined);
  }

  #close(failure: { readonly error: unknown } | undefined): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#failure = failure;
    for (const reader of this.#readers.splice(0)) this.#finalResult(reader);
    for (const resolve of this.#returning.splice(0)) resolve();
  }

  next(): Promise<Result<T>> {
    return new Promise((resolve, reject) => {
      if (this.#items.length > 0) {
        const value = this.#items.shift() as T;
        this.#count();
        resolve({ done: false, value });
      } else if (this.#state === "open") this.#readers.push({ resolve, reject });
      else this.#finalResult({ resolve, reject });
    });
  }

  #finalResult(reader: Reader<T>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(failure.error);
  }

  #count(): void {
    this.#taken += 1;
    if (this.#taken < this.#creditStep) return;
    const taken = this.#taken;
    this.#taken = 0;
    if (this.#state === "open") this.#source.consumed(taken);
  }

  /** Ends the generator; resolves once its `finally` has run, or its thread was ended. */
  return(): Promise<Result<T>> {
    this.#items.length = 0;
    this.#failure = undefined;
    if (this.#state === "open") {
      this.#state = "finishing";
      for (const reader of this.#readers.splice(0)) this.#finalResult(reader);
      this.#source.finish();
    }
    // `finish` may have ended it.
    if ((this.#state as string) === "ended") return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#returning.push(() => resolve({ done: true, value: undefined })));
  }
}
