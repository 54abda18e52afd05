/** What a {@link RunList} links: at any time an element is in one list at most. */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
}

/** A doubly linked list that needs no memory of its own: taking an element out of the middle costs four writes. */
export class RunList<T extends Linked<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first;
  }

  push(element: T): void {
    this.#insert(element, this.#last, undefined);
  }

  insertBefore(element: T, next: T): void {
    this.#insert(element, next.previous, next);
  }

  #insert(element: T, previous: T | undefined, next: T | undefined): void {
    element.previous = previous;
    element.next = next;
    if (previous === undefined) this.#first = element;
    else previous.next = element;
    if (next === undefined) this.#last = element;
    else next.previous = element;
    this.#size += 1;
  }

  /** Takes out an element, which must be in this list. */
  remove(element: T): void {
    const { previous, next } = element;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    element.previous = element.next = undefined;
    this.#size -= 1;
  }

  /** All elements as they are now: the list may change while they are walked. */
  toArray(): T[] {
    const elements: T[] = [];
    for (let element = this.#first; element !== undefined; element = element.next) elements.push(element);
    return elements;
  }
}
