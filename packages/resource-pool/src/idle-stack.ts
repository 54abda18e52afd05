import type { Slot } from "./slot.ts";

/** Resources that nobody uses. On top is the one used last, which is lent first; at the bottom the one idle for longest. */
export class IdleStack<R> {
  readonly #slots: Slot<R>[] = [];

  get size(): number {
    return this.#slots.length;
  }

  get top(): Slot<R> | undefined {
    // An index of -1, on an empty stack, would be looked up by name, which takes longer than all the rest of a wait.
    return this.#slots.at(-1);
  }

  push(slot: Slot<R>, now: number): void {
    slot.state = "idle";
    slot.idleSince = now;
    this.#slots.push(slot);
  }

  pop(): Slot<R> | undefined {
    return this.#slots.pop();
  }

  /** Puts one back that was not used meanwhile: to its old place, and it goes on being idle. */
  putBack(slot: Slot<R>): void {
    slot.state = "idle";
    const above = this.#slots.findIndex(({ idleSince }) => idleSince > slot.idleSince);
    this.#slots.splice(above === -1 ? this.#slots.length : above, 0, slot);
  }

  /** @param slot is on the stack. */
  remove(slot: Slot<R>): void {
    this.#slots.splice(this.#slots.indexOf(slot), 1);
  }

  /** Takes out those that are chosen, by default all; asks from the bottom, longest idle first. */
  takeOut(chosen: (slot: Slot<R>) => boolean = () => true): Slot<R>[] {
    const taken: Slot<R>[] = [];
    for (const slot of this.#slots.splice(0)) (chosen(slot) ? taken : this.#slots).push(slot);
    return taken;
  }
}
