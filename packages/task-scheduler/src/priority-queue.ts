import { type Linked, RunList } from "./run-list.ts";

const LEVELS = 16;
const TOP = LEVELS - 1;

/** What a {@link PriorityQueue} holds. */
export interface Prioritized<T> extends Linked<T> {
  /** 0 to 15; larger starts first. */
  readonly priority: number;
  /** Place in the order of submission. */
  seq: number;
  /** When it began to wait, on the clock of the queue. */
  queuedAt: number;
}

export interface PriorityQueueOptions {
  /** Waiting time that is worth one level, in milliseconds; 0 turns ageing off. */
  agingMs: number;
  now: () => number;
}

/**
 * Waiting tasks: sixteen lists, first in, first out, and a bitmap of those that hold something.
 *
 * First comes the highest effective priority, `min(15, priority + floor(waited / agingMs))`, then the oldest. The head
 * of a list has the highest effective priority of its list, so that only heads are compared.
 */
export class PriorityQueue<T extends Prioritized<T>> {
  readonly #agingMs: number;
  readonly #now: () => number;
  readonly #levels = Array.from({ length: LEVELS }, () => new RunList<T>());
  #occupied = 0;
  #size = 0;

  constructor({ agingMs, now }: PriorityQueueOptions) {
    this.#agingMs = agingMs;
    this.#now = now;
  }

  get size(): number {
    return this.#size;
  }

  push(element: T): void {
    if (this.#agingMs > 0) element.queuedAt = this.#now();
    this.#level(element.priority).push(element);
    this.#added(element);
  }

  /** The oldest one of the lowest priority, waiting time aside. */
  oldestOfLowest(): T | undefined {
    const occupied = this.#occupied;
    return occupied === 0 ? undefined : this.#level(31 - Math.clz32(occupied & -occupied)).first;
  }

  /** Gives an element its place back, by `seq`, as if it had never been taken. */
  putBack(element: T): void {
    const level = this.#level(element.priority);
    let next = level.first;
    while (next !== undefined && next.seq < element.seq) next = next.next;
    if (next === undefined) level.push(element);
    else level.insertBefore(element, next);
    this.#added(element);
  }

  #added(element: T): void {
    this.#occupied |= 1 << element.priority;
    this.#size += 1;
  }

  remove(element: T): void {
    const level = this.#level(element.priority);
    level.remove(element);
    if (level.size === 0) this.#occupied &= ~(1 << element.priority);
    this.#size -= 1;
  }

  /** The next one to start. */
  peek(): T | undefined {
    const occupied = this.#occupied;
    if (occupied === 0) return undefined;
    const highest = 31 - Math.clz32(occupied);
    if ((occupied & (occupied - 1)) === 0 || this.#agingMs === 0) return this.#level(highest).first;
    return this.#oldestOfHighest(occupied, highest);
  }

  #oldestOfHighest(occupied: number, highest: number): T | undefined {
    const now = this.#now();
    let best: T | undefined;
    let bestPriority = -1;
    for (let priority = highest; priority >= 0; priority--) {
      const head = (occupied & (1 << priority)) === 0 ? undefined : this.#level(priority).first;
      if (head === undefined) continue;
      const effective = this.effectivePriority(head, now);
      if (effective > bestPriority || (effective === bestPriority && best !== undefined && head.seq < best.seq))
        [best, bestPriority] = [head, effective];
    }
    return best;
  }

  effectivePriority(element: T, now: number): number {
    if (this.#agingMs === 0) return element.priority;
    return Math.min(TOP, element.priority + Math.floor((now - element.queuedAt) / this.#agingMs));
  }

  shift(): T | undefined {
    const element = this.peek();
    if (element !== undefined) this.remove(element);
    return element;
  }

  toArray(): T[] {
    return this.#levels.flatMap((level) => level.toArray());
  }

  #level(priority: number): RunList<T> {
    return this.#levels[priority] as RunList<T>;
  }
}
