import { deadlineIn, isServertechError, onAbort } from "@servertech/core";
import { type Lease, PoolError, type PoolStats, type ResourcePool } from "@servertech/resource-pool";
import { Call, type Limits, type Shape } from "./call.ts";
import type { Reply } from "./connection-factory.ts";
import type { DbPoolError } from "./errors.ts";
import type { Statement } from "./parameters.ts";
import { type Session, type SharingOwner, lateError } from "./session.ts";

export interface LaneOptions {
  readonly name: string;
  readonly max: number;
  readonly maxWaiting: number;
  readonly acquireTimeoutMs: number;
  /** Most statements under way on one connection. */
  readonly depth: number;
  /** Told of each caller who got no connection in time. */
  readonly onTimeout: (error: PoolError) => void;
}

/** Of a loan that the pool itself gives back: it lasts as long as there are statements. */
export const LASTING = { leakDetection: false } as const;

/** How long a connection may be shared without a pause. */
const TURN_MS = 500;

/**
 * Plain statements of the pool's callers, over as many connections as there are and several at once on each.
 *
 * An idle connection comes first. Only when there is none and no more may be opened, a statement joins others: on the
 * connection whose oldest statement is the youngest, so that it does not wait behind a slow one while there is another
 * way. Beyond `depth` on each, statements wait in order, each with its deadline.
 *
 * Who waits for a connection of his own gets the next one that falls free: a lane that ends a statement then takes no
 * more.
 */
export class SharedLanes {
  readonly #pool: ResourcePool<Session>;
  readonly #options: LaneOptions;
  readonly #lanes: Lane[] = [];
  readonly #waiting = new Set<WaitingCall>();
  /** Connections asked for on behalf of those who wait. */
  readonly #asking = new Set<AbortController>();
  #ordinal = 0;
  /** Lanes of an earlier turn take no more calls, so that each connection comes back to the pool again and again. */
  #turn = 0;
  #turning = false;
  #suspended = false;
  /** Callers who wait for a connection of their own, and lanes that make room for them. */
  #strangers = 0;
  #draining = 0;
  #timeouts = 0;

  constructor(pool: ResourcePool<Session>, options: LaneOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  /** @returns a promise that rejects with a DbPoolError, a PoolError, or the signal's reason. */
  send<T>(statement: Statement, limits: Limits, shape: Shape<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#place(new Call(statement, limits, shape, resolve, reject));
    });
  }

  /** Waits for a connection of one's own; lanes make room for it. */
  async own<T>(acquiring: Promise<T>): Promise<T> {
    this.#strangers += 1;
    try {
      return await acquiring;
    } finally {
      this.#strangers -= 1;
    }
  }

  /** The pool's numbers as its callers see them. */
  stats(of: PoolStats): PoolStats {
    const waiting = Math.max(0, of.waiting - this.#asking.size) + this.#waiting.size;
    return Object.freeze({ ...of, waiting, timeouts: of.timeouts + this.#timeouts });
  }

  /** Every connection comes back as soon as what is under way on it has ended. */
  turn(): void {
    this.#turn += 1;
  }

  /** While true, no call begins. */
  suspend(suspended: boolean): void {
    this.#suspended = suspended;
  }

  /** Those who wait are refused. To be called when the pool closes. */
  close(refusal: unknown): void {
    for (const one of this.#waiting) this.#leave(one).fail(refusal);
  }

  #place(call: Call): void {
    if (this.#waiting.size === 0) {
      // Throws when the pool is closed, which rejects the promise that is being made.
      const lease = this.#pool.tryAcquire(LASTING);
      if (lease !== undefined) return this.#begin(lease, call);
      const lane = this.#joinable();
      if (lane !== undefined) return this.#put(lane, call);
    }
    this.#wait(call);
  }

  #begin(lease: Lease<Session>, call: Call): void {
    const lane = new Lane(lease, this, this.#turn);
    this.#lanes.push(lane);
    this.#put(lane, call);
  }

  #put(lane: Lane, call: Call): void {
    call.ordinal = ++this.#ordinal;
    lane.session.share(call, lane);
  }

  /** The best lane for one more call; undefined when there is none, or when another connection may still be opened. */
  #joinable(): Lane | undefined {
    const { depth } = this.#options;
    if (depth === 1 || this.#lanes.length === 0 || this.#suspended || this.#mayOpen()) return undefined;
    let best: Lane | undefined;
    let youngest = -1;
    for (const lane of this.#lanes) {
      if (lane.draining || lane.turn !== this.#turn || !lane.session.joinable || lane.session.inFlight >= depth)
        continue;
      const { oldestOrdinal } = lane.session;
      if (oldestOrdinal <= youngest) continue;
      youngest = oldestOrdinal;
      best = lane;
    }
    if (!this.#turning) this.#turnSoon();
    return best;
  }

  /** A connection that is never without a statement would outlive its time. */
  #turnSoon(): void {
    this.#turning = true;
    deadlineIn(TURN_MS, () => {
      this.#turning = false;
      this.#turn += 1;
    });
  }

  #mayOpen(): boolean {
    const { max } = this.#options;
    if (this.#lanes.length >= max) return false;
    const { size, connecting, closing, waiting } = this.#pool.stats();
    return size + closing + Math.max(connecting, waiting) < max;
  }

  // Calls that have ended

  /** @internal By a lane. */
  ended(lane: Lane, call: Call, failure: DbPoolError | undefined, reply: Reply): void {
    // The place first: whoever hears of the answer may have the next statement.
    if (this.#strangers > this.#draining && !lane.draining) {
      lane.draining = true;
      this.#draining += 1;
    }
    if (this.#waiting.size > 0) this.#refill(lane);
    if (lane.session.inFlight === 0) this.#release(lane);
    if (call.settled) return;
    if (failure === undefined) call.succeed(reply);
    else if (failure.code === "CONNECTION_LOST" && call.statement.read && !call.repeated) this.#repeat(call);
    else call.fail(failure);
  }

  #refill(lane: Lane): void {
    const { session } = lane;
    if (lane.draining || lane.turn !== this.#turn || this.#suspended || !session.healthy) return;
    const idle = session.inFlight === 0;
    if (!idle && (!session.joinable || session.inFlight >= this.#options.depth || this.#mayOpen())) return;
    for (const one of this.#waiting) return this.#put(lane, this.#leave(one));
  }

  #release(lane: Lane): void {
    this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    if (lane.draining) this.#draining -= 1;
    lane.lease.release();
  }

  /** A plain read whose connection was lost is sent again, once, within the time it had. */
  #repeat(call: Call): void {
    call.again(this.#lateAgain);
    // Time for the other connections to say that they are lost, too.
    setImmediate(() => {
      if (call.settled) return;
      try {
        if (call.limits.signal?.aborted === true) call.fail(call.limits.signal.reason);
        else this.#place(call);
      } catch (error) {
        call.fail(error);
      }
    });
  }

  readonly #lateAgain = (call: Call): void => {
    for (const one of this.#waiting) if (one.call === call) this.#leave(one);
    call.fail(lateError("the statement, sent once and lost with its connection, took", call.limits.timeoutMs, false));
  };

  // Waiting

  #wait(call: Call): void {
    const { maxWaiting, max, name, acquireTimeoutMs } = this.#options;
    if (this.#waiting.size >= maxWaiting) {
      const stats = this.stats(this.#pool.stats());
      // Those for whom there is room to open do not count.
      if (this.#waiting.size >= maxWaiting + max - stats.size - stats.closing) {
        const what = `pool ${name}: ${this.#waiting.size} callers wait already, maxWaiting is reached`;
        throw new PoolError("POOL_QUEUE_FULL", what, { stats });
      }
    }
    const waiting: WaitingCall = { call, dueAt: performance.now() + acquireTimeoutMs, stopListening: undefined };
    this.#waiting.add(waiting);
    const { signal } = call.limits;
    if (signal !== undefined)
      waiting.stopListening = onAbort(signal, (reason) => {
        if (this.#waiting.has(waiting)) this.#leave(waiting).fail(reason);
      });
    this.#ask();
  }

  #leave(waiting: WaitingCall): Call {
    this.#waiting.delete(waiting);
    waiting.stopListening?.();
    // Nobody wants what was asked for any more.
    if (this.#waiting.size === 0) for (const asked of this.#asking) asked.abort();
    return waiting.call;
  }

  /** Asks for as many connections as those who wait can use, and for one at least, as their deadline is the pool's. */
  #ask(): void {
    const wanted = Math.min(this.#waiting.size, Math.max(1, this.#options.max - this.#lanes.length));
    for (let n = this.#asking.size; n < wanted; n++) void this.#askForOne();
  }

  async #askForOne(): Promise<void> {
    const asked = new AbortController();
    this.#asking.add(asked);
    try {
      const lease = await this.#pool.acquire({ ...LASTING, signal: asked.signal, timeoutMs: this.#untilDue() });
      this.#asking.delete(asked);
      this.#serve(lease);
    } catch (error) {
      this.#asking.delete(asked);
      const late = isServertechError(error, "POOL_ACQUIRE_TIMEOUT");
      // It was nobody's but ours.
      if (late) this.#timeouts -= 1;
      if (!asked.signal.aborted) this.#refuse(error, late);
    }
    if (this.#waiting.size > 0) this.#ask();
  }

  #untilDue(): number {
    for (const { dueAt } of this.#waiting) return Math.max(1, Math.ceil(dueAt - performance.now()));
    return this.#options.acquireTimeoutMs;
  }

  #serve(lease: Lease<Session>): void {
    let served = false;
    for (const one of this.#waiting) {
      const lane = served ? this.#joinable() : undefined;
      if (served && lane === undefined) return;
      const call = this.#leave(one);
      if (lane === undefined) this.#begin(lease, call);
      else this.#put(lane, call);
      served = true;
    }
    if (!served) lease.release();
  }

  #refuse(error: unknown, late: boolean): void {
    const now = performance.now();
    for (const one of this.#waiting) {
      if (late && one.dueAt > now) break;
      this.#leave(one).fail(error);
      if (!late) continue;
      this.#timeouts += 1;
      this.#options.onTimeout(error as PoolError);
    }
  }
}

/** A connection that was borrowed for statements of the pool's callers. */
class Lane implements SharingOwner {
  readonly lease: Lease<Session>;
  readonly session: Session;
  readonly turn: number;
  readonly #lanes: SharedLanes;
  /** Somebody waits for a connection of his own: it takes no more calls. */
  draining = false;

  constructor(lease: Lease<Session>, lanes: SharedLanes, turn: number) {
    this.lease = lease;
    this.turn = turn;
    this.session = lease.resource;
    this.#lanes = lanes;
  }

  shared(call: Call, failure: DbPoolError | undefined, reply: Reply): void {
    this.#lanes.ended(this, call, failure, reply);
  }
}

/** A call that waits for a connection. */
interface WaitingCall {
  readonly call: Call;
  readonly dueAt: number;
  stopListening: (() => void) | undefined;
}
