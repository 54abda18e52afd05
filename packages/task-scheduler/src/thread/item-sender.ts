import type { LazyContext } from "../task-context.ts";
import { type ErrorRecord, encodeError } from "./error-record.ts";
import { type FromThread, ITEM } from "./protocol.ts";

/** A sync generator gives the event loop a turn at least this often: else it could not hear that nobody reads. */
const TURN_MS = 1;

/** The thread's side of a stream: sends items as long as the reader is not too far behind. */
export class ItemSender {
  readonly #slot: number;
  readonly #send: (message: FromThread) => void;
  readonly #context: LazyContext;
  #credit: number;
  #finished = false;
  #wake: (() => void) | undefined;

  constructor(slot: number, highWaterMark: number, send: (message: FromThread) => void, context: LazyContext) {
    this.#slot = slot;
    this.#credit = highWaterMark;
    this.#send = send;
    this.#context = context;
  }

  credit(items: number): void {
    this.#credit += items;
    this.#wake?.();
  }

  finish(): void {
    this.#finished = true;
    this.#wake?.();
  }

  /** Resolves once the iterable has ended, or been ended because nobody reads. */
  async run(iterable: unknown): Promise<void> {
    const isAsync = isIterable(iterable, Symbol.asyncIterator);
    if (!isAsync && !isIterable(iterable, Symbol.iterator)) throw new TypeError("a task of stream must be a generator");
    const onAbort = () => this.#wake?.();
    this.#context.signal.addEventListener("abort", onAbort);
    let turnAt = performance.now() + TURN_MS;
    // Leaving the loop runs the generator's `finally`.
    for await (const item of iterable as AsyncIterable<unknown>) {
      this.#sendItem(item);
      if (!isAsync && performance.now() >= turnAt) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        turnAt = performance.now() + TURN_MS;
      }
      while (this.#credit <= 0 && !this.#isOver) await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#isOver) break;
    }
  }

  get #isOver(): boolean {
    return this.#finished || this.#context.aborted;
  }

  #sendItem(item: unknown): void {
    this.#credit -= 1;
    try {
      this.#send([this.#slot, ITEM, item, -1]);
    } catch (error) {
      throw new UncloneableItem(error);
    }
  }
}

/** Ends the generator; the stream fails with what it carries. */
export class UncloneableItem extends Error {
  readonly record: ErrorRecord;

  constructor(error: unknown) {
    super("an item cannot be cloned");
    this.record = encodeError(error);
  }
}

function isIterable(value: unknown, symbol: symbol): boolean {
  return typeof value === "object" && value !== null && symbol in value;
}
