/**
 * The one door to generic-pool. It owns creating, destroying and the bound; waiting, lending and health are the front's.
 *
 * Only its `acquire` and `destroy` are called, the former only when there is room: every resource stays borrowed for
 * life. `create` never rejects, as a rejection sends generic-pool into a loop of microtasks:
 * https://github.com/coopernurse/node-pool/issues/175
 */
import { type Pool, createPool } from "generic-pool";
import type { OpenResult } from "./bounded-open.ts";

/** Where resources live. */
export interface ResourceStore<R> {
  /** Resources opened and not yet destroyed, failed opens that were not handed to `destroy` included. */
  readonly size: number;
  /** Opens one. Never rejects; a failure, too, is to be handed to `destroy`. The caller has made sure that there is room. */
  open(): Promise<OpenResult<R>>;
  /** Resolves when the resource, or what is left of an open that was given up, is gone; rejects when destroying it failed. */
  destroy(result: OpenResult<R>): Promise<void>;
}

export class GenericPoolStore<R> implements ResourceStore<R> {
  readonly #pool: Pool<OpenResult<R>>;
  /** generic-pool does not wait for the end of a destroy. */
  readonly #ends = new WeakMap<OpenResult<R>, Promise<void>>();

  constructor(max: number, open: () => Promise<OpenResult<R>>, destroy: (resource: R) => unknown) {
    const factory = {
      create: open,
      destroy: (result: OpenResult<R>): Promise<void> => {
        const end = (async () => {
          await (result.ok ? destroy(result.resource) : result.leftover);
        })();
        this.#ends.set(result, end);
        // Whoever asked for it sees the failure; generic-pool must not.
        return end.catch(() => {});
      },
    };
    this.#pool = createPool(factory, { max, min: 0, autostart: true });
  }

  get size(): number {
    return this.#pool.size;
  }

  open(): Promise<OpenResult<R>> {
    return this.#pool.acquire();
  }

  async destroy(result: OpenResult<R>): Promise<void> {
    const asked = this.#pool.destroy(result);
    // Taken over at once: it may be rejected already.
    const end = this.#ends.get(result);
    await Promise.all([asked, end]);
  }
}
