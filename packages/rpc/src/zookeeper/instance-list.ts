/** The instances of one service, and what a watcher sees of them. Pure: no client, no timer. */
import type { ServiceChange, ServiceInstance } from "./registry-types.ts";

/** A read under way; it counts only while it is the newest of its id. */
export interface ReadToken {
  readonly id: string;
}

/** A listing under way. */
export interface ListToken {
  /** Ids with an event since it began: the listing does not judge them. */
  readonly touched: Set<string>;
}

/**
 * Applies events and replies in the order in which they are true.
 *
 * Events are handled as they come, replies one microtask later: of "reply to a read of x" and "x deleted" in one chunk
 * the reply would be applied last, and leave a ghost. So a reply counts only if no event and no later read of that id
 * came in, and a listing does not judge ids that had an event since it began.
 */
export class InstanceList {
  readonly #instances = new Map<string, ServiceInstance>();
  readonly #reads = new Map<string, ReadToken>();
  /** Instances that a listing dropped and the guard keeps, with the time until which. */
  readonly #held = new Map<string, number>();
  #listing: ListToken | undefined;
  /** The list as last told; {@link take} compares with it. */
  #told: ReadonlyMap<string, ServiceInstance> = new Map();
  #frozen: readonly ServiceInstance[] = Object.freeze([]);

  /** As of the last {@link take}. */
  get instances(): readonly ServiceInstance[] {
    return this.#frozen;
  }

  get size(): number {
    return this.#instances.size;
  }

  get held(): number {
    return this.#held.size;
  }

  /** When {@link dropHeld} has something to do next. */
  get heldUntilMs(): number | undefined {
    return this.#held.size === 0 ? undefined : Math.min(...this.#held.values());
  }

  /** Takes a list of before, to be judged by the first listing. */
  restore(instances: readonly ServiceInstance[]): void {
    for (const instance of instances) this.#instances.set(instance.id, instance);
  }

  /** A node was created or changed, or is to be read for a listing. Begins a read, which {@link readDone} ends. */
  read(id: string): ReadToken {
    const token = { id };
    this.#reads.set(id, token);
    return token;
  }

  /** An event tells of this id: the listing under way knows less, and the node is there. */
  touch(id: string): void {
    this.#listing?.touched.add(id);
    this.#held.delete(id);
  }

  deleted(id: string): void {
    this.touch(id);
    this.#remove(id);
  }

  isReading(id: string): boolean {
    return this.#reads.has(id);
  }

  isCurrent(token: ReadToken): boolean {
    return this.#reads.get(token.id) === token;
  }

  /** The read's result: undefined for a node that is gone, not in use, or no instance. */
  readDone(token: ReadToken, instance: ServiceInstance | undefined): void {
    if (!this.isCurrent(token)) return;
    this.#remove(token.id);
    if (instance !== undefined) this.#instances.set(token.id, instance);
  }

  /** The connection is gone: no reply of before counts any more. */
  forgetReads(): void {
    this.#reads.clear();
    this.#listing = undefined;
  }

  /** Begins a listing, in place of one under way. */
  list(): ListToken {
    this.#listing = { touched: new Set() };
    return this.#listing;
  }

  isCurrentList(token: ListToken): boolean {
    return this.#listing === token;
  }

  /**
   * The listing's result.
   *
   * @param holdRatio a listing that would drop more than this part of the instances is not believed: they are held.
   * @param untilMs how long they are.
   * @returns ids to be read.
   */
  listDone(token: ListToken, ids: readonly string[], holdRatio: number, untilMs: number): string[] {
    if (!this.isCurrentList(token)) return [];
    this.#listing = undefined;
    const present = new Set(ids);
    for (const id of ids) this.#held.delete(id);
    const judged = (id: string) => !present.has(id) && !token.touched.has(id) && !this.#held.has(id);
    const missing = [...this.#instances.keys()].filter((id) => judged(id));
    if (missing.length > holdRatio * (this.#instances.size - this.#held.size)) {
      for (const id of missing) this.#held.set(id, untilMs);
    } else for (const id of missing) this.#remove(id);
    return ids.filter((id) => !token.touched.has(id));
  }

  /** Ends the hold of those whose time is over. A read of one that is under way counts all the same. */
  dropHeld(nowMs: number): void {
    for (const [id, untilMs] of this.#held) {
      if (untilMs > nowMs) continue;
      this.#held.delete(id);
      this.#instances.delete(id);
    }
  }

  /** What changed since the last call; undefined when nothing did. */
  take(): ServiceChange | undefined {
    const before = this.#told;
    const added: ServiceInstance[] = [];
    const updated: ServiceInstance[] = [];
    for (const [id, instance] of this.#instances) {
      const old = before.get(id);
      if (old === undefined) added.push(instance);
      else if (old !== instance && JSON.stringify(old) !== JSON.stringify(instance)) updated.push(instance);
    }
    const removed = [...before.values()].filter(({ id }) => !this.#instances.has(id));
    if (added.length + updated.length + removed.length === 0) return undefined;
    this.#told = new Map(this.#instances);
    this.#frozen = Object.freeze([...this.#instances.values()]);
    return { added, removed, updated };
  }

  #remove(id: string): void {
    this.#reads.delete(id);
    this.#instances.delete(id);
    this.#held.delete(id);
  }
}
