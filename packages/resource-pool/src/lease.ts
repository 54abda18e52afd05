import { PoolError } from "./errors.ts";

/**
 * A resource on loan to one caller, until `release` or `destroy`.
 *
 * Disposing releases it, and does nothing when the lease has ended before.
 */
export interface Lease<R> extends Disposable, AsyncDisposable {
  /** @throws PoolError `POOL_LEASE_RELEASED` once the lease has ended. */
  readonly resource: R;
  /** False once the lease was released or destroyed, or the pool took the resource back by force. */
  readonly active: boolean;
  /**
   * Gives the resource back. Does nothing when a closing pool has taken it back by force.
   *
   * @throws PoolError `POOL_LEASE_RELEASED` when the caller has ended the lease before.
   */
  release(): void;
  /**
   * Gives the resource back as unusable: it is destroyed.
   *
   * @param reason for the log.
   * @throws PoolError `POOL_LEASE_RELEASED` when the caller has ended the lease before.
   */
  destroy(reason?: unknown): void;
}

/** What a lease needs of a pool's record of a resource. */
export interface LeasedSlot<R> {
  readonly resource: R;
  /** Grows by one when a loan ends, whoever ends it. */
  generation: number;
}

export interface LeaseOwner<S> {
  takeBack(slot: S): void;
  discardLeased(slot: S, reason: unknown): void;
}

/** One loan: the resource's generation at its start says whether it is still the present one. */
export class PoolLease<R, S extends LeasedSlot<R>> implements Lease<R> {
  readonly #owner: LeaseOwner<S>;
  readonly #slot: S;
  readonly #generation: number;
  #ended = false;

  constructor(owner: LeaseOwner<S>, slot: S) {
    this.#owner = owner;
    this.#slot = slot;
    this.#generation = slot.generation;
  }

  get resource(): R {
    if (!this.active) throw ended("used");
    return this.#slot.resource;
  }

  get active(): boolean {
    return !this.#ended && this.#slot.generation === this.#generation;
  }

  release(): void {
    if (this.#end("released")) this.#owner.takeBack(this.#slot);
  }

  destroy(reason?: unknown): void {
    if (this.#end("destroyed")) this.#owner.discardLeased(this.#slot, reason);
  }

  [Symbol.dispose](): void {
    if (!this.#ended) this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  /** @returns whether the resource is still this caller's. */
  #end(what: string): boolean {
    if (this.#ended) throw ended(what);
    this.#ended = true;
    const { generation } = this.#slot;
    if (generation !== this.#generation) return false;
    this.#slot.generation = generation + 1;
    return true;
  }
}

function ended(what: string): PoolError {
  return new PoolError("POOL_LEASE_RELEASED", `the lease was ${what} after it had ended`);
}
