import { KeyLines, type Keyed } from "./key-lines.ts";
import { type Prioritized, PriorityQueue, type PriorityQueueOptions } from "./priority-queue.ts";
import { RunList } from "./run-list.ts";

/** What to do with a task that finds the queue full. */
export type WhenFull = "reject" | "wait" | "drop-oldest";

/** What a {@link Backlog} holds. */
export interface Waiting<T> extends Prioritized<T>, Keyed {
  /** Where it waits: for a slot, for its key, or outside until there is room. */
  place: "ready" | "in-line" | "outside" | undefined;
}

export interface BacklogOptions<T extends Waiting<T>> {
  /** Most tasks inside. */
  max: number;
  whenFull: WhenFull;
  aging: PriorityQueueOptions;
  /** The queue of those that may start, for a task. */
  readyOf(task: T): PriorityQueue<T>;
  /** All queues that `readyOf` gives. */
  queues(): Iterable<PriorityQueue<T>>;
  /** Tasks that could start at once: they need no place. */
  free(): number;
}

/**
 * A lane's waiting tasks: a bounded number inside, of which some are ready to start and others wait for their key, and
 * with `whenFull: 'wait'` any number outside, first come, first served.
 */
export class Backlog<T extends Waiting<T>> {
  readonly #options: BacklogOptions<T>;
  readonly #lines = new KeyLines<T>();
  /** Those that wait for their key, by priority and age. */
  readonly #inLine: PriorityQueue<T>;
  readonly #outside = new RunList<T>();
  #ready = 0;

  constructor(options: BacklogOptions<T>) {
    this.#options = options;
    this.#inLine = new PriorityQueue(options.aging);
  }

  get max(): number {
    return this.#options.max;
  }

  /** Waiting tasks, those outside included. */
  get size(): number {
    return this.#inside + this.#outside.size;
  }

  /** Tasks that could start, as far as their keys are concerned. */
  get ready(): number {
    return this.#ready;
  }

  get #inside(): number {
    return this.#ready + this.#inLine.size;
  }

  #hasRoom(task: T): boolean {
    if (this.#inside < this.#options.max) return true;
    return this.#ready < this.#options.free() && (task.key === undefined || !this.#lines.isHeld(task.key));
  }

  /**
   * Whether a new task may come: `'full'` when it may not. With `'drop-oldest'` the task that has to go is given to
   * `drop`, which must take it out.
   */
  admit(task: T, drop: (victim: T) => void): "open" | "full" {
    const { whenFull } = this.#options;
    if (whenFull === "wait" || this.#hasRoom(task)) return "open";
    const victim = whenFull === "drop-oldest" ? this.#oldestOfLowest() : undefined;
    if (victim === undefined) return "full";
    drop(victim);
    return "open";
  }

  #oldestOfLowest(): T | undefined {
    let lowest = this.#inLine.oldestOfLowest();
    for (const queue of this.#options.queues()) {
      const one = queue.oldestOfLowest();
      if (one === undefined) continue;
      if (lowest === undefined || one.priority < lowest.priority) lowest = one;
      else if (one.priority === lowest.priority && one.seq < lowest.seq) lowest = one;
    }
    return lowest;
  }

  /** Takes a new task, which waits outside if there is no room. */
  add(task: T): void {
    if (this.#options.whenFull !== "wait" || (this.#outside.size === 0 && this.#hasRoom(task))) this.readd(task);
    else {
      task.place = "outside";
      this.#outside.push(task);
    }
  }

  /** Takes a task that was accepted before: it comes in, room or not. */
  readd(task: T): void {
    if (task.key === undefined || this.#lines.claim(task)) this.#makeReady(task);
    else {
      task.place = "in-line";
      this.#inLine.push(task);
    }
  }

  #makeReady(task: T): void {
    task.place = "ready";
    this.#ready += 1;
    this.#options.readyOf(task).push(task);
  }

  /** Gives a task that was taken its place back. It still has its key. */
  putBack(task: T): void {
    task.place = "ready";
    this.#ready += 1;
    this.#options.readyOf(task).putBack(task);
  }

  /** A ready task starts: it keeps its key until {@link Backlog.ended}. */
  take(task: T): void {
    this.#ready -= 1;
    task.place = undefined;
    this.#options.readyOf(task).remove(task);
  }

  /** Takes out a task that will not start. */
  withdraw(task: T): void {
    const { place } = task;
    if (place === "ready") {
      this.take(task);
      this.ended(task);
    } else if (place === "in-line") {
      this.#inLine.remove(task);
      this.#lines.leave(task);
    } else if (place === "outside") this.#outside.remove(task);
    task.place = undefined;
  }

  /** A started task has ended, or lost its place: the next of its key may start. */
  ended(task: T): void {
    if (task.key === undefined) return;
    const next = this.#lines.pass(task);
    if (next === undefined) return;
    this.#inLine.remove(next);
    this.putBack(next);
  }

  /** Lets those outside in, as far as there is room. */
  letIn(): void {
    for (let first = this.#outside.first; first !== undefined && this.#hasRoom(first); first = this.#outside.first) {
      this.#outside.remove(first);
      this.readd(first);
    }
  }

  /** Those outside. */
  callers(): T[] {
    return this.#outside.toArray();
  }

  /** Everything that waits. */
  toArray(): T[] {
    const ready = [...this.#options.queues()].flatMap((queue) => queue.toArray());
    return [...ready, ...this.#inLine.toArray(), ...this.#outside.toArray()];
  }
}
