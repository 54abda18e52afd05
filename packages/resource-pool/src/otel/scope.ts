import type { TracingChannelSubscribers } from "node:diagnostics_channel";
import { POOL_NAME } from "./names.ts";

/** What every context of a pool's tracing channels has. */
export interface PoolContext {
  /** What it was called on. */
  readonly target: object;
  /** The pool that it counts for. @default `target` */
  readonly owner?: object;
  /** That pool's `name`. */
  readonly pool: string;
  /** Set by Node when it failed. */
  error?: unknown;
}

/** The context of one wait for a connection of one's own. */
export interface AcquireContext extends PoolContext {
  /** Called when the loan ends, if it was set until the connection is lent. */
  onRelease?: (() => void) | undefined;
}

/** Which operations are recorded, and under what name. */
export class Scope {
  readonly #target: object | undefined;
  readonly #poolName: string | undefined;

  /** @param target a pool; undefined: all pools of the process. */
  constructor(target: object | undefined, poolName: string | undefined) {
    this.#target = target;
    this.#poolName = poolName;
  }

  includes({ target, owner = target }: PoolContext): boolean {
    return this.#target === undefined || this.#target === owner;
  }

  attributesOf({ pool }: PoolContext): { [POOL_NAME]: string } {
    return { [POOL_NAME]: this.#poolName ?? pool };
  }
}

/** Told when an operation begins, and when it has ended, well or not. */
export function subscribersOf<Context extends object>(
  begun: (context: Context) => void,
  ended: (context: Context) => void,
): TracingChannelSubscribers<Context> {
  return { start: begun, asyncEnd: ended, end() {}, asyncStart() {}, error() {} };
}
