/** An entry of a {@link TimerQueue}. */
export interface TimerEntry {
  /** Called once, when the entry is due. Must not throw. Undefined once it fired or was cancelled. */
  callback: (() => void) | undefined;
}

/** Entries in order of due time; of equal times the one inserted first comes first. */
export interface TimerQueue<T extends TimerEntry> {
  /** Entries that are not cancelled. */
  readonly size: number;
  push(due: number, seq: number, entry: T): void;
  /** The due time of the first entry, `Infinity` when there is none. */
  peekDue(): number;
  /** The order number of the first entry, `Infinity` when there is none. */
  peekSeq(): number;
  pop(): T | undefined;
  /** Says that one entry's callback was set to undefined. */
  cancelled(): void;
}

const ARITY = 4;
const MIN_COMPACT = 64;

/**
 * A 4-ary heap with its keys in typed arrays. Cancelled entries stay until they come up, or until more than half are
 * dead: then the heap is made anew from the live ones, so that cancelling gives its memory back.
 */
export class TimerHeap<T extends TimerEntry> implements TimerQueue<T> {
  #due = new Float64Array(MIN_COMPACT);
  #seq = new Float64Array(MIN_COMPACT);
  #entries: T[] = [];
  #dead = 0;

  get size(): number {
    return this.#entries.length - this.#dead;
  }

  push(due: number, seq: number, entry: T): void {
    const index = this.#entries.length;
    if (index === this.#due.length) this.#resize(index * 2);
    this.#entries.push(entry);
    this.#siftUp(index, due, seq, entry);
  }

  peekDue(): number {
    this.#dropDead();
    return this.#entries.length === 0 ? Infinity : (this.#due[0] as number);
  }

  peekSeq(): number {
    this.#dropDead();
    return this.#entries.length === 0 ? Infinity : (this.#seq[0] as number);
  }

  pop(): T | undefined {
    this.#dropDead();
    return this.#removeFirst();
  }

  cancelled(): void {
    this.#dead += 1;
    if (this.#entries.length >= MIN_COMPACT && this.#dead * 2 > this.#entries.length) this.#compact();
  }

  #dropDead(): void {
    while (this.#dead > 0 && this.#entries[0]?.callback === undefined) {
      this.#removeFirst();
      this.#dead -= 1;
    }
  }

  #removeFirst(): T | undefined {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (first === undefined || last === undefined) return undefined;
    const size = this.#entries.length;
    if (size > 0) this.#siftDown(0, this.#due[size] as number, this.#seq[size] as number, last);
    return first;
  }

  #siftUp(from: number, due: number, seq: number, entry: T): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      if (!this.#before(due, seq, parent)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#set(index, due, seq, entry);
  }

  #siftDown(from: number, due: number, seq: number, entry: T): void {
    const size = this.#entries.length;
    let index = from;
    for (;;) {
      const first = index * ARITY + 1;
      if (first >= size) break;
      let least = first;
      const end = Math.min(first + ARITY, size);
      for (let child = first + 1; child < end; child++)
        if (this.#before(this.#due[child] as number, this.#seq[child] as number, least)) least = child;
      if (this.#before(due, seq, least)) break;
      this.#move(least, index);
      index = least;
    }
    this.#set(index, due, seq, entry);
  }

  #before(due: number, seq: number, index: number): boolean {
    const other = this.#due[index] as number;
    return due < other || (due === other && seq < (this.#seq[index] as number));
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#due[from] as number, this.#seq[from] as number, this.#entries[from] as T);
  }

  #set(index: number, due: number, seq: number, entry: T): void {
    this.#due[index] = due;
    this.#seq[index] = seq;
    this.#entries[index] = entry;
  }

  #resize(capacity: number): void {
    const [due, seq] = [this.#due, this.#seq];
    this.#due = new Float64Array(capacity);
    this.#seq = new Float64Array(capacity);
    this.#due.set(due.subarray(0, Math.min(due.length, capacity)));
    this.#seq.set(seq.subarray(0, Math.min(seq.length, capacity)));
  }

  #compact(): void {
    const entries: T[] = [];
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.callback === undefined) continue;
      this.#due[entries.length] = this.#due[index] as number;
      this.#seq[entries.length] = this.#seq[index] as number;
      entries.push(entry);
    }
    this.#entries = entries;
    this.#dead = 0;
    this.#resize(Math.max(MIN_COMPACT, 2 ** Math.ceil(Math.log2(entries.length + 1))));
    // Every parent, the last one first: the way to make a heap of any order in linear time.
    for (let index = (entries.length - 2) >> 2; index >= 0; index--)
      this.#siftDown(index, this.#due[index] as number, this.#seq[index] as number, entries[index] as T);
  }
}
