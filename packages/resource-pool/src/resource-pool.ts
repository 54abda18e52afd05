import { type CloseContext, CloseOnce, type CloseOptions, type ReadyOptions, withDeadline } from "@servertech/core";
import { closedError, downError, queueFullError, timeoutError } from "./acquire-errors.ts";
import { type AcquireOptions, type WarmUpOptions, checkAcquire, checkWarmUp } from "./acquire-options.ts";
import { type AcquireTrace, leakError, traceAcquire } from "./acquire-trace.ts";
import { type OpenResult, boundedOpen } from "./bounded-open.ts";
import { CreateBackoff } from "./create-backoff.ts";
import { Drain } from "./drain.ts";
import type { PoolError } from "./errors.ts";
import { GenericPoolStore, type ResourceStore } from "./generic-pool-store.ts";
import { IdleStack } from "./idle-stack.ts";
import { type Lease, type LeaseOwner, PoolLease } from "./lease.ts";
import { type ResolvedResourcePoolOptions, type ResourcePoolOptions, resolveOptions } from "./options.ts";
import { PoolEmitter } from "./pool-events.ts";
import { Reaper } from "./reaper.ts";
import { Slot, drawExpiry } from "./slot.ts";
import type { PoolStats } from "./stats.ts";
import { Upkeep } from "./upkeep.ts";
import { type Waiter, WaiterQueue } from "./waiter-queue.ts";
import { WarmUps } from "./warm-ups.ts";

/** How a pool ended. */
export interface PoolCloseReport {
  /** Leases that were still held when time was up; their resources were destroyed. */
  readonly leaked: number;
}

/** Longest time that a destroy, and the end of an open that was given up, is waited for. */
const DESTROY_TIMEOUT_MS = 5_000;
/** What a close may take on top of its own time, for sockets to go. */
const CLOSE_GRACE_MS = 1_000;
/** So many failures in a row, and nothing alive: callers of a pool that is to fail fast are refused. */
const DOWN_FAILURES = 3;

/** A pool of whatever `create` opens. Opens nothing until the first use. @throws OptionError on wrong options. */
export function createResourcePool<R>(options: ResourcePoolOptions<R>): ResourcePool<R> {
  return new ResourcePool(options);
}

/**
 * A bounded set of resources, each lent to one caller at a time.
 *
 * Callers are served by priority, then in the order they asked, with the resource used last. Every wait has a deadline. After `close`
 * nothing is lent; `close` resolves once every lease has ended and every resource is destroyed.
 */
export class ResourcePool<R> extends PoolEmitter<R> implements LeaseOwner<Slot<R>>, AsyncDisposable {
  readonly #options: ResolvedResourcePoolOptions<R>;
  readonly #store: ResourceStore<R>;
  readonly #backoff: CreateBackoff;
  readonly #reaper: Reaper;
  readonly #waiters = new WaiterQueue<Lease<R>>((waiter) => this.#expire(waiter));
  readonly #slots = new Set<Slot<R>>();
  readonly #idle = new IdleStack<R>();
  readonly #upkeep: Upkeep<R>;
  readonly #closing = new AbortController();
  readonly #closeOnce: CloseOnce<PoolCloseReport>;
  /** Grows with every `evict`: what was begun before it is not lent after it. */
  #epoch = 0;
  readonly #warmUps = new WarmUps();
  #started = false;
  #suspended = false;
  #opening = 0;
  #inUse = 0;
  #ending = 0;
  /** What has happened so far. */
  readonly #counts = { acquired: 0, created: 0, destroyed: 0, timeouts: 0, leaks: 0, errors: 0 };
  /** The last loan has ended. */
  readonly #returned = new Drain(() => this.#inUse + this.#upkeep.running === 0);
  /** The last resource is gone. */
  readonly #empty = new Drain(() => this.#slots.size === 0 && this.#opening === 0 && this.#ending === 0);

  /** @throws OptionError on wrong options. */
  constructor(options: ResourcePoolOptions<R>) {
    super();
    this.#options = resolveOptions(options);
    const { max, destroy, idleTimeoutMs, maxLifetimeMs, leakDetectionMs, validate } = this.#options;
    const keepaliveMs = validate === undefined ? 0 : this.#options.keepaliveMs;
    this.#store = new GenericPoolStore(max, () => this.#openBounded(), destroy);
    this.#upkeep = new Upkeep(this.#options, (error, what) => this.#note(error, what));
    this.#backoff = new CreateBackoff(this.#options, () => this.#pump());
    this.#reaper = new Reaper([idleTimeoutMs, maxLifetimeMs, keepaliveMs, leakDetectionMs], () => this.#sweep());
    this.#closeOnce = new CloseOnce((context) => this.#close(context));
  }

  /**
   * Borrows a resource.
   *
   * @throws PoolError `POOL_ACQUIRE_TIMEOUT`, `POOL_QUEUE_FULL`, `POOL_REFUSED_AUTH` or `POOL_CLOSED`, with
   * `whenDown: "fail-fast"` `POOL_CONNECT_FAILED` or `POOL_CONNECT_TIMEOUT`, too; the signal's reason once it aborts;
   * OptionError on a wrong `timeoutMs` or `priority`. All as rejections.
   */
  acquire(options?: AcquireOptions): Promise<Lease<R>> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
    if (this.#closeOnce.started) return Promise.reject(this.#closedError());
    try {
      if (options !== undefined) checkAcquire(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const trace = traceAcquire(options?.leakDetection !== false, this.#options.leakDetectionMs);
    const slot = this.#waiters.size === 0 ? this.#takeIdle() : undefined;
    if (slot !== undefined) return Promise.resolve(this.#lend(slot, trace));
    return this.#wait(options, trace);
  }

  /**
   * Borrows a resource if one is idle, proven alive, and nobody waits for it.
   *
   * @returns undefined when there is none; nothing is opened then.
   * @throws PoolError `POOL_CLOSED`.
   */
  tryAcquire(options?: Pick<AcquireOptions, "leakDetection">): Lease<R> | undefined {
    if (this.#closeOnce.started) throw this.#closedError();
    const slot = this.#waiters.size === 0 ? this.#takeIdle() : undefined;
    if (slot === undefined) return undefined;
    return this.#lend(slot, traceAcquire(options?.leakDetection !== false, this.#options.leakDetectionMs));
  }

  /**
   * Runs `body` with a resource and gives it back when the body has returned, rejected or thrown.
   *
   * @throws what `acquire` and `body` throw, as a rejection.
   */
  async use<T>(body: (resource: R) => T | PromiseLike<T>, options?: AcquireOptions): Promise<T> {
    const lease = await this.acquire(options);
    try {
      return await body(lease.resource);
    } finally {
      lease.release();
    }
  }

  /**
   * Resolves when a resource is open; opens one where there is none.
   *
   * @throws what `acquire` throws, with the last failure to open as `cause`. Its default limit is `acquireTimeoutMs`.
   */
  async ready({ timeoutMs, signal }: ReadyOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw this.#closedError();
    if (this.#slots.size > 0) return;
    const lease = await this.acquire({ timeoutMs, signal });
    lease.release();
  }

  /**
   * Opens resources until `count` are alive, lent ones included; resolves when they are. They are not kept for longer than
   * others: see `min`.
   *
   * @param count from 0 to `max`.
   * @throws PoolError `POOL_ACQUIRE_TIMEOUT`, `POOL_REFUSED_AUTH` or `POOL_CLOSED`; the signal's reason once it aborts;
   * OptionError on a wrong `count` or `timeoutMs`. All as rejections.
   */
  async warmup(count: number, { timeoutMs, signal }: WarmUpOptions = {}): Promise<void> {
    const { max, name, acquireTimeoutMs } = this.#options;
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw this.#closedError();
    const limitMs = timeoutMs ?? acquireTimeoutMs;
    checkWarmUp(count, max, limitMs);
    if (this.#slots.size >= count) return;
    this.#started = true;
    const late = (): PoolError => timeoutError(name, this.stats(), limitMs, this.#backoff);
    const warm = this.#warmUps.wait(count, limitMs, signal, late);
    this.#pump();
    await warm;
  }

  /** Lends nothing until `resume`: those who ask wait, up to their deadline. Leases that are out are not touched. */
  suspend(): void {
    this.#suspended = true;
  }

  /** Ends `suspend`: those who wait are served. */
  resume(): void {
    if (!this.#suspended) return;
    this.#suspended = false;
    this.#pump();
  }

  /** Replaces every resource: idle ones are destroyed now, lent ones when they come back. */
  evict(): void {
    this.#epoch += 1;
    for (const slot of this.#slots) slot.retired = true;
    for (const slot of this.#idle.takeOut()) this.#discard(slot);
    this.#pump();
  }

  stats(): PoolStats {
    return Object.freeze({
      name: this.#options.name,
      size: this.#slots.size,
      idle: this.#idle.size,
      inUse: this.#inUse,
      waiting: this.#waiters.size,
      max: this.#options.max,
      min: this.#options.min,
      connecting: this.#opening,
      closing: this.#ending,
      suspended: this.#suspended,
      ...this.#counts,
    });
  }

  /**
   * Refuses new acquires, rejects those who wait, lets leases end within `timeoutMs`, then takes the rest back by force.
   * Resolves when every resource is destroyed, at most 1 s after the force. May be called again: the same promise.
   */
  close(options?: CloseOptions): Promise<PoolCloseReport> {
    return this.#closeOnce.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal A lease has ended: the resource is cleaned and lent again. */
  takeBack(slot: Slot<R>): void {
    this.#inUse -= 1;
    slot.trace = undefined;
    const { reset } = this.#options;
    let clean: ReturnType<NonNullable<typeof reset>>;
    try {
      clean = slot.retired || this.#closeOnce.started ? undefined : reset?.(slot.resource);
    } catch (error) {
      clean = false;
      this.#note(error, "resetting a resource failed");
    }
    if (typeof clean === "object") this.#upkeep.reset(slot, clean, (usable) => this.#settle(slot, usable));
    else if (clean === false) this.#discard(slot);
    else this.#offer(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  /** @internal A lease has ended with a resource that is not to be used again. */
  discardLeased(slot: Slot<R>, reason: unknown): void {
    this.#inUse -= 1;
    slot.trace = undefined;
    if (reason !== undefined)
      this.#options.logger.debug({ err: reason, pool: this.#options.name }, "resource destroyed");
    this.#discard(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  // Lending

  /** The newest idle resource if it may be lent without being asked; the others have been idle for longer. */
  #takeIdle(): Slot<R> | undefined {
    const slot = this.#idle.top;
    if (slot === undefined || this.#suspended) return undefined;
    const { validate, aliveBypassMs } = this.#options;
    if (validate !== undefined && !slot.aliveWithin(aliveBypassMs)) return undefined;
    return this.#idle.pop();
  }

  #lend(slot: Slot<R>, trace: AcquireTrace | undefined): Lease<R> {
    slot.lend(trace);
    this.#inUse += 1;
    this.#counts.acquired += 1;
    return new PoolLease<R, Slot<R>>(this, slot);
  }

  #wait(options: AcquireOptions | undefined, trace: AcquireTrace | undefined): Promise<Lease<R>> {
    const { failures, lastError } = this.#backoff;
    if (lastError !== undefined && this.#failsFast())
      return Promise.reject(downError(this.#options.name, this.stats(), failures, lastError));
    if (this.#waiters.size >= this.#options.maxWaiting && this.#waiters.size >= this.#obtainable())
      return Promise.reject(queueFullError(this.#options.name, this.stats()));
    this.#started = true;
    const lease = this.#waiters.wait(options?.timeoutMs ?? this.#options.acquireTimeoutMs, options, trace);
    this.#pump();
    return lease;
  }

  /** How many of those who wait can be served without anybody giving something back. */
  #obtainable(): number {
    if (this.#suspended) return 0;
    return this.#options.max - this.#inUse - this.#ending;
  }

  /** Whether there is nothing to wait for. A refusal for good is no outage: whoever asks again is answered again. */
  #failsFast(): boolean {
    const { failures, lastError } = this.#backoff;
    if (this.#options.whenDown !== "fail-fast" || failures < DOWN_FAILURES || this.#slots.size > 0) return false;
    return lastError?.code !== "POOL_REFUSED_AUTH";
  }

  #expire(waiter: Waiter<Lease<R>>): void {
    const { name, logger } = this.#options;
    this.#counts.timeouts += 1;
    const error = timeoutError(name, this.stats(), waiter.timeoutMs, this.#backoff);
    waiter.reject(error);
    this.tell(logger, "timeout", error);
  }

  /** Lends a resource that is known to work to whoever waits longest, else lays it on the stack. */
  #offer(slot: Slot<R>): void {
    if (slot.retired || this.#closeOnce.started) return this.#discard(slot);
    const waiter = this.#suspended ? undefined : this.#waiters.shift();
    if (waiter !== undefined) return waiter.resolve(this.#lend(slot, waiter.trace));
    if (this.#options.validate !== undefined) slot.aliveAt = Date.now();
    this.#idle.push(slot, this.#reaper.now);
  }

  /** Does what those who wait need: lends, validates, opens. To be called whenever room or need may have grown. */
  #pump(): void {
    if (this.#closeOnce.started) return;
    while (!this.#suspended && this.#waiters.size > this.#upkeep.validating) {
      const ready = this.#takeIdle();
      if (ready !== undefined) {
        this.#offer(ready);
        continue;
      }
      const stale = this.#idle.pop();
      if (stale === undefined) break;
      this.#validate(stale);
    }
    const { max, min } = this.#options;
    const live = this.#slots.size + this.#opening;
    const unserved = this.#suspended ? 0 : this.#waiters.size - this.#opening - this.#upkeep.coming;
    const short = Math.max(this.#started ? min : 0, this.#warmUps.target, this.#failsFast() ? 1 : 0) - live;
    const wanted = Math.max(unserved, short);
    const doubtful = this.#slots.size === 0 && this.#counts.created > 0;
    const due = Math.min(wanted, this.#backoff.room(this.#opening, doubtful));
    const overdue = this.#waiters.size > 0 && !this.#suspended && this.#backoff.isOverdue(this.#opening) ? 1 : 0;
    for (let n = Math.min(Math.max(due, overdue), max - live - this.#ending); n > 0; n--)
      this.#open().catch((error: unknown) => this.#note(error, "the store failed"));
  }

  // Validating and resetting

  #validate(slot: Slot<R>): void {
    this.#upkeep.validate(slot, (alive) => {
      // Where one has died, the others may have: they are not to cost the next callers a wait each.
      if (!alive) this.#pingIdle(this.#options.aliveBypassMs);
      this.#settle(slot, alive);
    });
  }

  /** Validates idle resources that were not known to work for so long; nobody waits for them. */
  #pingIdle(silentMs: number): void {
    if (this.#closeOnce.started) return;
    for (const slot of this.#idle.takeOut((one) => !one.aliveWithin(silentMs)))
      this.#upkeep.ping(slot, (alive) => this.#pinged(slot, alive));
  }

  #pinged(slot: Slot<R>, alive: boolean): void {
    const needed = this.#waiters.size > 0 && !this.#suspended;
    if (needed || !alive || slot.retired || this.#closeOnce.started) return this.#settle(slot, alive);
    slot.aliveAt = Date.now();
    // It was asked, not used.
    this.#idle.putBack(slot);
  }

  #settle(slot: Slot<R>, usable: boolean): void {
    if (usable) this.#offer(slot);
    else this.#discard(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  // Opening and destroying

  #openBounded(): Promise<OpenResult<R>> {
    const { create, connectTimeoutMs, name } = this.#options;
    const late = async (resource: R): Promise<void> => {
      await this.#options.destroy(resource);
    };
    return boundedOpen({ create, connectTimeoutMs, name, closing: this.#closing.signal, late });
  }

  async #open(): Promise<void> {
    const epoch = this.#epoch;
    const begun = performance.now();
    this.#opening += 1;
    this.#backoff.began();
    const result = await this.#store.open();
    this.#opening -= 1;
    if (result.ok) {
      const slot = new Slot(result, drawExpiry(this.#options.maxLifetimeMs));
      result.onLost = (reason) => this.#lost(slot, reason);
      this.#slots.add(slot);
      this.#counts.created += 1;
      slot.retired ||= epoch !== this.#epoch;
      this.#reaper.start();
      this.tell(this.#options.logger, "connect", { resource: slot.resource, durationMs: performance.now() - begun });
      this.#noteSuccess();
      this.#offer(slot);
      this.#warmUps.check(this.#slots.size);
    } else {
      if (!this.#closeOnce.started) this.#noteFailure(result.error);
      this.#end(result);
    }
    this.#pump();
    this.#empty.check();
  }

  #noteSuccess(): void {
    const { logger, name } = this.#options;
    const { failures } = this.#backoff;
    this.#backoff.succeeded();
    if (failures === 0) return;
    logger.info({ pool: name, failures }, "opening works again");
    this.tell(logger, "up", { failures });
  }

  #noteFailure(error: PoolError): void {
    const { logger, name } = this.#options;
    this.#counts.errors += 1;
    const { failures } = this.#backoff;
    this.#backoff.failed(error);
    if (failures === 0) {
      logger.warn({ err: error, pool: name }, "opening failed, trying again");
      this.tell(logger, "down", error);
    }
    if (error.code !== "POOL_REFUSED_AUTH") return;
    this.#warmUps.rejectAll(error);
    this.#waiters.rejectAll(() => error);
  }

  #lost(slot: Slot<R>, reason: unknown): void {
    slot.retired = true;
    if (slot.state !== "idle") return;
    this.#options.logger.debug({ err: reason, pool: this.#options.name }, "an idle resource was lost");
    this.#idle.remove(slot);
    this.#discard(slot);
  }

  /** Destroys a resource that is on nobody's books any more. */
  #discard(slot: Slot<R>): void {
    slot.state = "closing";
    this.#slots.delete(slot);
    this.#counts.destroyed += 1;
    this.#end(slot.opened);
    this.tell(this.#options.logger, "remove", { resource: slot.resource });
    // There may be room for another one before this one is gone.
    this.#pump();
  }

  /** Its place is free once it is gone. */
  #end(result: OpenResult<R>): void {
    this.#ending += 1;
    const what = result.ok ? "destroying a resource" : "ending an open that was given up";
    const late = (): Error => new Error(`${what} took longer than ${DESTROY_TIMEOUT_MS} ms`);
    void withDeadline(this.#store.destroy(result), DESTROY_TIMEOUT_MS, late)
      .catch((error: unknown) => this.#note(error, `${what} failed`))
      .then(() => {
        this.#ending -= 1;
        this.#pump();
        this.#empty.check();
      });
  }

  #note(error: unknown, what: string): void {
    this.#counts.errors += 1;
    this.#options.logger.warn({ err: error, pool: this.#options.name }, what);
  }

  #sweep(): void {
    const { idleTimeoutMs, keepaliveMs, leakDetectionMs, min, validate } = this.#options;
    const { now, intervalMs } = this.#reaper;
    for (const slot of this.#slots) {
      if (slot.expiresAt <= now) slot.retired = true;
      if (leakDetectionMs > 0 && slot.heldFor(leakDetectionMs, now))
        this.#tellLeak(slot, `a lease is held for more than ${leakDetectionMs} ms`);
    }
    // What the pool knows as the time lies behind by up to one interval.
    const longMs = idleTimeoutMs === 0 ? Infinity : idleTimeoutMs + intervalMs;
    let spare = this.#slots.size - min;
    const useless = this.#idle.takeOut((slot) => {
      const goes = slot.retired || (spare > 0 && now - slot.idleSince >= longMs);
      if (goes) spare -= 1;
      return goes;
    });
    for (const slot of useless) this.#discard(slot);
    if (validate !== undefined && keepaliveMs > 0) this.#pingIdle(keepaliveMs);
    if (this.#slots.size === 0) this.#reaper.stop();
  }

  #tellLeak(slot: Slot<R>, what: string): void {
    const { logger, name } = this.#options;
    slot.told = true;
    const error = leakError(name, what, slot.trace);
    this.#counts.leaks += 1;
    logger.warn({ err: error, pool: name }, "a lease was not given back");
    this.tell(logger, "leak", error);
  }

  // Closing

  async #close({ force }: CloseContext): Promise<PoolCloseReport> {
    this.#reaper.stop();
    this.#backoff.stop();
    this.#waiters.rejectAll(() => this.#closedError());
    this.#warmUps.rejectAll(this.#closedError());
    this.#closing.abort(this.#closedError());
    for (const slot of this.#idle.takeOut()) this.#discard(slot);
    await this.#returned.wait(force, 0);
    const leaked = this.#takeBackByForce();
    if (leaked > 0)
      this.#options.logger.warn({ pool: this.#options.name, leaked }, "leases were held until the pool closed");
    const gone = await this.#empty.wait(force, CLOSE_GRACE_MS);
    if (!gone)
      this.#options.logger.warn({ pool: this.#options.name, closing: this.#ending }, "resources outlived their pool");
    return { leaked };
  }

  /** @returns how many were still lent. */
  #takeBackByForce(): number {
    const leaked = this.#inUse;
    for (const slot of this.#slots) {
      // What is being validated or reset is destroyed when that ends, which is bounded.
      if (slot.state !== "leased") continue;
      slot.generation += 1;
      this.#inUse -= 1;
      if (!slot.told) this.#tellLeak(slot, "a lease was held until the pool closed");
      this.#discard(slot);
    }
    return leaked;
  }

  #closedError(): PoolError {
    return closedError(this.#options.name, this.stats());
  }

  #checkReturned(): void {
    this.#returned.check();
    this.#empty.check();
  }
}
