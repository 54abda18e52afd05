import { withDeadline } from "@servertech/core";
import type { ResolvedResourcePoolOptions } from "./options.ts";
import type { Slot } from "./slot.ts";

type UpkeepOptions<R> = Pick<ResolvedResourcePoolOptions<R>, "validate" | "validationTimeoutMs">;

const WHAT = {
  validating: "validating a resource",
  pinging: "keeping a resource alive",
  resetting: "resetting a resource",
} as const;

type Kind = keyof typeof WHAT;

/** Told how it went, once; whether the resource may be lent. */
type Done = (usable: boolean) => void;

/** What runs on resources between two loans, each for `validationTimeoutMs` at most, and how many of each kind do. */
export class Upkeep<R> {
  readonly #options: UpkeepOptions<R>;
  readonly #onFailure: (error: unknown, what: string) => void;
  readonly #running: Record<Kind, number> = { validating: 0, pinging: 0, resetting: 0 };

  /** @param onFailure hears of what was rejected or took too long. */
  constructor(options: UpkeepOptions<R>, onFailure: (error: unknown, what: string) => void) {
    this.#options = options;
    this.#onFailure = onFailure;
  }

  /** Validations, each for somebody who waits. */
  get validating(): number {
    return this.#running.validating;
  }

  /** Resources that come to those who wait when all goes well. Of those that are pinged nobody waits for one. */
  get coming(): number {
    return this.#running.validating + this.#running.resetting;
  }

  get running(): number {
    return this.coming + this.#running.pinging;
  }

  /** Asks a resource that is to be lent whether it works. */
  validate(slot: Slot<R>, done: Done): void {
    this.#run("validating", slot, this.#ask(slot), done);
  }

  /** Asks an idle one that nobody needs now. */
  ping(slot: Slot<R>, done: Done): void {
    this.#run("pinging", slot, this.#ask(slot), done);
  }

  /** Waits until it is clean. */
  reset(slot: Slot<R>, cleaning: PromiseLike<boolean | void>, done: Done): void {
    this.#run("resetting", slot, cleaning, done);
  }

  /** `validate` may throw before it returns a promise. */
  async #ask({ resource }: Slot<R>): Promise<boolean> {
    return this.#options.validate?.(resource) ?? true;
  }

  #run(kind: Kind, slot: Slot<R>, work: PromiseLike<boolean | void>, done: Done): void {
    slot.state = kind;
    this.#running[kind] += 1;
    void this.#bounded(work, WHAT[kind]).then((usable) => {
      this.#running[kind] -= 1;
      done(usable);
    });
  }

  /** Whether `work` came to true or nothing in time. Never rejects. */
  async #bounded(work: PromiseLike<boolean | void>, what: string): Promise<boolean> {
    const { validationTimeoutMs } = this.#options;
    try {
      const late = (): Error => new Error(`${what} took longer than ${validationTimeoutMs} ms`);
      return (await withDeadline(work, validationTimeoutMs, late)) !== false;
    } catch (error) {
      this.#onFailure(error, `${what} failed`);
      return false;
    }
  }
}
