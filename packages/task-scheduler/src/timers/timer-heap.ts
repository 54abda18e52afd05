/** Names a timer of one {@link TimerQueue}; never given twice, so that to cancel one that fired is harmless. */
export type TimerId = number;

/** Callbacks in order of due time; of equal times the one inserted first comes first. */
export interface TimerQueue {
  /** Callbacks that are pending. */
  readonly size: number;
  push(due: number, seq: number, callback: () => void): TimerId;
  /** Ends a timer without a call, and says whether it was still pending. */
  cancel(id: TimerId): boolean;
  /** The due time of the first one, `Infinity` when there is none. */
  peekDue(): number;
  /** The order number of the first one, `Infinity` when there is none. */
  peekSeq(): number;
  pop(): (() => void) | undefined;
}

const ARITY = 4;
const MIN_CAPACITY = 64;
/** An id is a slot below 2^26 and, above it, how often the slot has been given out: together a safe integer. */
const SLOTS = 2 ** 26;
const NONE = -1;

/**
 * A 4-ary heap whose nodes are numbers in typed arrays: when, in which order, and the slot that has the callback.
 * A timer costs no object. Cancelled ones keep their place until they come up, or until more than half are dead: then
 * the heap is made anew from the live ones, so that cancelling gives its memory back.
 */
export class TimerHeap implements TimerQueue {
  #due = new Float64Array(MIN_CAPACITY);
  #seq = new Float64Array(MIN_CAPACITY);
  #slot = new Int32Array(MIN_CAPACITY);
  #length = 0;
  #dead = 0;
  /** By slot: the callback, `undefined` once cancelled, or of a free slot the next free one. */
  #callbacks: ((() => void) | number | undefined)[] = [];
  /** By slot. */
  #uses = new Int32Array(MIN_CAPACITY);
  #free = NONE;

  get size(): number {
    return this.#length - this.#dead;
  }

  push(due: number, seq: number, callback: () => void): TimerId {
    const slot = this.#takeSlot(callback);
    const index = this.#length++;
    if (index === this.#due.length) this.#resize(index * 2);
    this.#siftUp(index, due, seq, slot);
    return (this.#uses[slot] as number) * SLOTS + slot;
  }

  cancel(id: TimerId): boolean {
    const slot = id % SLOTS;
    if (typeof this.#callbacks[slot] !== "function" || (this.#uses[slot] as number) * SLOTS + slot !== id) return false;
    this.#callbacks[slot] = undefined;
    this.#dead += 1;
    if (this.#length >= MIN_CAPACITY && this.#dead * 2 > this.#length) this.#compact();
    return true;
  }

  peekDue(): number {
    this.#dropDead();
    return this.#length === 0 ? Infinity : (this.#due[0] as number);
  }

  peekSeq(): number {
    this.#dropDead();
    return this.#length === 0 ? Infinity : (this.#seq[0] as number);
  }

  pop(): (() => void) | undefined {
    this.#dropDead();
    return this.#length === 0 ? undefined : (this.#removeFirst() as () => void);
  }

  #takeSlot(callback: () => void): number {
    const slot = this.#free;
    if (slot === NONE) {
      const added = this.#callbacks.push(callback) - 1;
      if (added === this.#uses.length) this.#uses = resized(this.#uses, added * 2);
      return added;
    }
    this.#free = this.#callbacks[slot] as number;
    this.#callbacks[slot] = callback;
    return slot;
  }

  #freeSlot(slot: number): void {
    this.#uses[slot] = ((this.#uses[slot] as number) + 1) % SLOTS;
    this.#callbacks[slot] = this.#free;
    this.#free = slot;
  }

  #dropDead(): void {
    while (this.#dead > 0 && this.#callbacks[this.#slot[0] as number] === undefined) {
      this.#removeFirst();
      this.#dead -= 1;
    }
  }

  #removeFirst(): (() => void) | number | undefined {
    const slot = this.#slot[0] as number;
    const callback = this.#callbacks[slot];
    this.#freeSlot(slot);
    const last = --this.#length;
    if (last > 0) this.#siftDown(0, this.#due[last] as number, this.#seq[last] as number, this.#slot[last] as number);
    return callback;
  }

  #siftUp(from: number, due: number, seq: number, slot: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      if (!this.#before(due, seq, parent)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#set(index, due, seq, slot);
  }

  #siftDown(from: number, due: number, seq: number, slot: number): void {
    const size = this.#length;
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
    this.#set(index, due, seq, slot);
  }

  #before(due: number, seq: number, index: number): boolean {
    const other = this.#due[index] as number;
    return due < other || (due === other && seq < (this.#seq[index] as number));
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#due[from] as number, this.#seq[from] as number, this.#slot[from] as number);
  }

  #set(index: number, due: number, seq: number, slot: number): void {
    this.#due[index] = due;
    this.#seq[index] = seq;
    this.#slot[index] = slot;
  }

  #resize(capacity: number): void {
    this.#due = resized(this.#due, capacity);
    this.#seq = resized(this.#seq, capacity);
    this.#slot = resized(this.#slot, capacity);
  }

  #compact(): void {
    let live = 0;
    for (let index = 0; index < this.#length; index++) {
      const slot = this.#slot[index] as number;
      if (this.#callbacks[slot] === undefined) this.#freeSlot(slot);
      else this.#move(index, live++);
    }
    this.#length = live;
    this.#dead = 0;
    this.#resize(Math.max(MIN_CAPACITY, 2 ** Math.ceil(Math.log2(live + 1))));
    // Every parent, the last one first: the way to make a heap of any order in linear time.
    for (let index = (live - 2) >> 2; index >= 0; index--)
      this.#siftDown(index, this.#due[index] as number, this.#seq[index] as number, this.#slot[index] as number);
  }
}

/** A copy of another length. */
function resized<T extends Float64Array | Int32Array>(array: T, length: number): T {
  const copy = new (array.constructor as new (length: number) => T)(length);
  copy.set(array.subarray(0, length));
  return copy;
}
