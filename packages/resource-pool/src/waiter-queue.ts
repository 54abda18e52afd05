import { onAbort } from "@servertech/core";
import type { AcquireOptions } from "./acquire-options.ts";
import type { AcquireTrace } from "./acquire-trace.ts";

/** A caller that waits. */
export interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  /** On the clock of `performance.now`. */
  readonly dueAt: number;
  readonly timeoutMs: number;
  /** Higher ones are served first. */
  readonly priority: number;
  readonly trace: AcquireTrace | undefined;
  /** Ends the interest in the caller's signal. */
  stopListening: (() => void) | undefined;
  previous: Waiter<T> | undefined;
  next: Waiter<T> | undefined;
  queued: boolean;
}

/**
 * Those who wait, by priority and then first come first served, each with a deadline of its own; one timer for all of them.
 *
 * The timer keeps the process alive only while somebody waits. It is not stopped when the queue runs empty, as setting
 * one costs more than a wait under load: it then finds nothing due.
 */
export class WaiterQueue<T> {
  readonly #onExpire: (waiter: Waiter<T>) => void;
  #head: Waiter<T> | undefined;
  #tail: Waiter<T> | undefined;
  #size = 0;
  /** Deadlines rise from head to tail, as they do when all timeouts are equal. */
  #ordered = true;
  #timer: NodeJS.Timeout | undefined;
  #timerDueAt = Infinity;

  /** @param onExpire called with each waiter whose deadline has passed; it has left the queue. */
  constructor(onExpire: (waiter: Waiter<T>) => void) {
    this.#onExpire = onExpire;
  }

  get size(): number {
    return this.#size;
  }

  /** Resolves or rejects when whoever takes the caller out says so, or the signal aborts. */
  wait(timeoutMs: number, options: AcquireOptions | undefined, trace: AcquireTrace | undefined): Promise<T> {
    const signal = options?.signal;
    return new Promise((resolve, reject) => {
      const waiter: Waiter<T> = {
        resolve,
        reject,
        dueAt: performance.now() + timeoutMs,
        timeoutMs,
        priority: options?.priority ?? 0,
        trace,
        stopListening: undefined,
        previous: undefined,
        next: undefined,
        queued: false,
      };
      this.#add(waiter);
      if (signal === undefined) return;
      waiter.stopListening = onAbort(signal, (reason) => {
        this.#remove(waiter);
        reject(reason);
      });
    });
  }

  #add(waiter: Waiter<T>): void {
    const tail = this.#tail;
    if (tail === undefined) {
      this.#head = this.#tail = waiter;
      this.#ordered = true;
    } else if (waiter.priority > tail.priority) {
      this.#insert(waiter);
      this.#ordered = false;
    } else {
      tail.next = waiter;
      waiter.previous = tail;
      if (waiter.dueAt < tail.dueAt) this.#ordered = false;
      this.#tail = waiter;
    }
    waiter.queued = true;
    this.#size += 1;
    if (waiter.dueAt < this.#timerDueAt) this.#setTimer(waiter.dueAt, performance.now());
    else if (this.#size === 1) this.#timer?.ref();
  }

  /** Before the first one of lower priority, which there is; the few of high priority stand in front. */
  #insert(waiter: Waiter<T>): void {
    let next = this.#head;
    while (next !== undefined && next.priority >= waiter.priority) next = next.next;
    const previous = next?.previous;
    waiter.next = next;
    waiter.previous = previous;
    if (next !== undefined) next.previous = waiter;
    if (previous === undefined) this.#head = waiter;
    else previous.next = waiter;
  }

  /** Takes the one out whose turn it is. */
  shift(): Waiter<T> | undefined {
    const head = this.#head;
    if (head !== undefined) this.#remove(head);
    return head;
  }

  #remove(waiter: Waiter<T>): void {
    if (!waiter.queued) return;
    waiter.stopListening?.();
    if (waiter.previous === undefined) this.#head = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === undefined) this.#tail = waiter.previous;
    else waiter.next.previous = waiter.previous;
    waiter.previous = waiter.next = undefined;
    waiter.queued = false;
    this.#size -= 1;
    if (this.#size === 0) this.#timer?.unref();
  }

  /** Rejects all, first come first, each with an error of its own, and stops the timer. */
  rejectAll(error: () => unknown): void {
    const all: Waiter<T>[] = [];
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) all.push(waiter);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDueAt = Infinity;
    for (const waiter of all) waiter.reject(error());
  }

  #setTimer(dueAt: number, now: number): void {
    clearTimeout(this.#timer);
    this.#timerDueAt = dueAt;
    this.#timer = setTimeout(this.#expire, Math.max(1, Math.ceil(dueAt - now)));
  }

  readonly #expire = (): void => {
    this.#timer = undefined;
    this.#timerDueAt = Infinity;
    const now = performance.now();
    let earliest = Infinity;
    let waiter = this.#head;
    while (waiter !== undefined) {
      const { next } = waiter;
      if (waiter.dueAt <= now) {
        this.#remove(waiter);
        this.#onExpire(waiter);
      } else {
        earliest = Math.min(earliest, waiter.dueAt);
        if (this.#ordered) break;
      }
      waiter = next;
    }
    // A callback may have added one and set the timer already.
    if (earliest < this.#timerDueAt) this.#setTimer(earliest, now);
  };
}
