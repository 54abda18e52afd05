import {
  type CloseContext,
  CloseOnce,
  type CloseOptions,
  type ReadyOptions,
  onAbort,
  withDeadline,
} from "@servertech/core";
import { closedError, queueFullError, timeoutError, timeoutProblem } from "./acquire-errors.ts";
import { type OpenResult, boundedOpen } from "./bounded-open.ts";
import { CreateBackoff } from "./create-backoff.ts";
import { Drain } from "./drain.ts";
import type { PoolError } from "./errors.ts";
import { GenericPoolStore, type ResourceStore } from "./generic-pool-store.ts";
import { type Lease, type LeaseOwner, PoolLease } from "./lease.ts";
import { type ResolvedResourcePoolOptions, type ResourcePoolOptions, resolveOptions } from "./options.ts";
import { Reaper } from "./reaper.ts";
import { Slot, drawExpiry } from "./slot.ts";
import type { PoolStats } from "./stats.ts";
import { type Waiter, WaiterQueue } from "./waiter-queue.ts";

export interface AcquireOptions {
  /** Ends the wait; `acquire` rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Longest wait, in milliseconds. At least 1. @default the pool's `acquireTimeoutMs` */
  timeoutMs?: number | undefined;
}

/** How a pool ended. */
export interface PoolCloseReport {
  /** Leases that were still held when time was up; their resources were destroyed. */
  readonly leaked: number;
}

/** Longest time a destroy is waited for. */
const DESTROY_TIMEOUT_MS = 5_000;
/** What a close may take on top of its own time, for sockets to go. */
const CLOSE_GRACE_MS = 1_000;

/** A pool of whatever `create` opens. Opens nothing until the first use. @throws OptionError on wrong options. */
export function createResourcePool<R>(options: ResourcePoolOptions<R>): ResourcePool<R> {
  return new ResourcePool(options);
}

/**
 * A bounded set of resources, each lent to one caller at a time.
 *
 * Callers are served in the order they asked, with the resource used last. Every wait has a deadline. After `close`
 * nothing is lent; `close` resolves once every lease has ended and every resource is destroyed.
 */
export class ResourcePool<R> implements LeaseOwner<Slot<R>>, AsyncDisposable {
  readonly #options: ResolvedResourcePoolOptions<R>;
  readonly #store: ResourceStore<R>;
  readonly #backoff: CreateBackoff;
  readonly #reaper: Reaper;
  readonly #waiters = new WaiterQueue<Lease<R>>((waiter) => this.#expire(waiter));
  readonly #slots = new Set<Slot<R>>();
  /** A stack: the one used last is lent first, and the one at the bottom has been idle longest. */
  readonly #idle: Slot<R>[] = [];
  readonly #closing = new AbortController();
  readonly #closeOnce: CloseOnce<PoolCloseReport>;
  /** Grows with every `evict`: what was begun before it is not lent after it. */
  #epoch = 0;
  #started = false;
  #opening = 0;
  #validating = 0;
  #resetting = 0;
  #inUse = 0;
  #ending = 0;
  #acquired = 0;
  #created = 0;
  #destroyed = 0;
  #timeouts = 0;
  #errors = 0;
  /** The last loan has ended. */
  readonly #returned = new Drain(() => this.#inUse === 0 && this.#validating === 0 && this.#resetting === 0);
  /** The last resource is gone. */
  readonly #empty = new Drain(() => this.#slots.size === 0 && this.#opening === 0 && this.#ending === 0);

  /** @throws OptionError on wrong options. */
  constructor(options: ResourcePoolOptions<R>) {
    this.#options = resolveOptions(options);
    const { max, destroy, idleTimeoutMs, maxLifetimeMs } = this.#options;
    this.#store = new GenericPoolStore(max, () => this.#openBounded(), destroy);
    this.#backoff = new CreateBackoff(this.#options, () => this.#pump());
    this.#reaper = new Reaper([idleTimeoutMs, maxLifetimeMs], () => this.#sweep());
    this.#closeOnce = new CloseOnce((context) => this.#close(context));
  }

  /**
   * Borrows a resource.
   *
   * @throws PoolError `POOL_ACQUIRE_TIMEOUT`, `POOL_QUEUE_FULL`, `POOL_REFUSED_AUTH` or `POOL_CLOSED`; the signal's
   * reason once it aborts; OptionError on a wrong `timeoutMs`. All as rejections.
   */
  acquire(options?: AcquireOptions): Promise<Lease<R>> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
    if (this.#closeOnce.started) return Promise.reject(closedError(this.#options.name, this.stats()));
    if (options?.timeoutMs !== undefined) {
      const problem = timeoutProblem(options.timeoutMs);
      if (problem !== undefined) return Promise.reject(problem);
    }
    const slot = this.#waiters.size === 0 ? this.#takeIdle() : undefined;
    if (slot !== undefined) return Promise.resolve(this.#lend(slot));
    return this.#wait(options?.timeoutMs, options?.signal);
  }

  /**
   * Borrows a resource if one is idle, proven alive, and nobody waits for it.
   *
   * @returns undefined when there is none; nothing is opened then.
   * @throws PoolError `POOL_CLOSED`.
   */
  tryAcquire(): Lease<R> | undefined {
    if (this.#closeOnce.started) throw closedError(this.#options.name, this.stats());
    const slot = this.#waiters.size === 0 ? this.#takeIdle() : undefined;
    return slot === undefined ? undefined : this.#lend(slot);
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
    if (this.#closeOnce.started) throw closedError(this.#options.name, this.stats());
    if (this.#slots.size > 0) return;
    const lease = await this.acquire({ timeoutMs, signal });
    lease.release();
  }

  /** Replaces every resource: idle ones are destroyed now, lent ones when they come back. */
  evict(): void {
    this.#epoch += 1;
    for (const slot of this.#slots) slot.retired = true;
    for (const slot of this.#idle.splice(0)) this.#discard(slot);
    this.#pump();
  }

  stats(): PoolStats {
    return Object.freeze({
      size: this.#slots.size,
      idle: this.#idle.length,
      inUse: this.#inUse,
      waiting: this.#waiters.size,
      max: this.#options.max,
      min: this.#options.min,
      connecting: this.#opening,
      closing: this.#ending,
      acquired: this.#acquired,
      created: this.#created,
      destroyed: this.#destroyed,
      timeouts: this.#timeouts,
      errors: this.#errors,
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
    const { reset } = this.#options;
    let clean: ReturnType<NonNullable<typeof reset>>;
    try {
      clean = slot.retired || this.#closeOnce.started ? undefined : reset?.(slot.resource);
    } catch (error) {
      clean = false;
      this.#note(error, "resetting a resource failed");
    }
    if (typeof clean === "object") this.#awaitReset(slot, clean);
    else if (clean === false) this.#discard(slot);
    else this.#offer(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  /** @internal A lease has ended with a resource that is not to be used again. */
  discardLeased(slot: Slot<R>, reason: unknown): void {
    this.#inUse -= 1;
    if (reason !== undefined)
      this.#options.logger.debug({ err: reason, pool: this.#options.name }, "resource destroyed");
    this.#discard(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  // Lending

  /** The newest idle resource if it may be lent without being asked; the others have been idle for longer. */
  #takeIdle(): Slot<R> | undefined {
    const slot = this.#idle.at(-1);
    if (slot === undefined) return undefined;
    const { validate, aliveBypassMs } = this.#options;
    if (validate !== undefined && !slot.aliveWithin(aliveBypassMs)) return undefined;
    return this.#idle.pop();
  }

  #lend(slot: Slot<R>): Lease<R> {
    slot.state = "leased";
    this.#inUse += 1;
    this.#acquired += 1;
    return new PoolLease<R, Slot<R>>(this, slot);
  }

  #wait(timeout: number | undefined, signal: AbortSignal | undefined): Promise<Lease<R>> {
    const timeoutMs = timeout ?? this.#options.acquireTimeoutMs;
    if (this.#waiters.size >= this.#options.maxWaiting && this.#waiters.size >= this.#obtainable())
      return Promise.reject(queueFullError(this.#options.name, this.stats()));
    this.#started = true;
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Lease<R>> = {
        resolve,
        reject,
        dueAt: performance.now() + timeoutMs,
        timeoutMs,
        stopListening: undefined,
        previous: undefined,
        next: undefined,
        queued: false,
      };
      this.#waiters.add(waiter);
      if (signal !== undefined)
        waiter.stopListening = onAbort(signal, (reason) => {
          this.#waiters.remove(waiter);
          reject(reason);
        });
      this.#pump();
    });
  }

  /** How many of those who wait can be served without anybody giving something back. */
  #obtainable(): number {
    return this.#options.max - this.#inUse - this.#ending;
  }

  #expire(waiter: Waiter<Lease<R>>): void {
    waiter.stopListening?.();
    this.#timeouts += 1;
    waiter.reject(timeoutError(this.#options.name, this.stats(), waiter.timeoutMs, this.#backoff));
  }

  /** Lends a resource that is known to work to whoever waits longest, else lays it on the stack. */
  #offer(slot: Slot<R>): void {
    if (slot.retired || this.#closeOnce.started) return this.#discard(slot);
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.stopListening?.();
      waiter.resolve(this.#lend(slot));
      return;
    }
    slot.state = "idle";
    slot.aliveAt = Date.now();
    this.#idle.push(slot);
  }

  /** Does what those who wait need: lends, validates, opens. To be called whenever room or need may have grown. */
  #pump(): void {
    if (this.#closeOnce.started) return;
    while (this.#waiters.size > this.#validating) {
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
    const coming = this.#opening + this.#validating + this.#resetting;
    const wanted = Math.max(this.#waiters.size - coming, this.#started ? min - live : 0);
    const room = Math.min(max - live - this.#ending, this.#backoff.room(this.#opening));
    for (let n = Math.min(wanted, room); n > 0; n--)
      this.#open().catch((error: unknown) => this.#note(error, "the store failed"));
  }

  // Validating and resetting

  #validate(slot: Slot<R>): void {
    const { validate, validationTimeoutMs } = this.#options;
    slot.state = "validating";
    this.#validating += 1;
    const asked = (async () => validate?.(slot.resource) ?? true)();
    void this.#bounded(asked, validationTimeoutMs, "validating a resource").then((alive) => {
      this.#validating -= 1;
      this.#settle(slot, alive);
    });
  }

  #awaitReset(slot: Slot<R>, cleaning: PromiseLike<boolean | void>): void {
    slot.state = "resetting";
    this.#resetting += 1;
    void this.#bounded(cleaning, this.#options.validationTimeoutMs, "resetting a resource").then((clean) => {
      this.#resetting -= 1;
      this.#settle(slot, clean);
    });
  }

  #settle(slot: Slot<R>, usable: boolean): void {
    if (usable) this.#offer(slot);
    else this.#discard(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  /** Whether `work` came to true or nothing in time. Never rejects. */
  async #bounded(work: PromiseLike<boolean | void>, timeoutMs: number, what: string): Promise<boolean> {
    try {
      const late = (): Error => new Error(`${what} took longer than ${timeoutMs} ms`);
      return (await withDeadline(work, timeoutMs, late)) !== false;
    } catch (error) {
      this.#note(error, `${what} failed`);
      return false;
    }
  }

  // Opening and destroying

  #openBounded(): Promise<OpenResult<R>> {
    const { create, connectTimeoutMs, name } = this.#options;
    const late = (resource: R): void => {
      (async () => this.#options.destroy(resource))().catch((error: unknown) =>
        this.#note(error, "destroying a resource that came too late failed"),
      );
    };
    return boundedOpen({ create, connectTimeoutMs, name, closing: this.#closing.signal, late });
  }

  async #open(): Promise<void> {
    const epoch = this.#epoch;
    this.#opening += 1;
    const result = await this.#store.open();
    this.#opening -= 1;
    if (result.ok) {
      const slot = new Slot(result, drawExpiry(this.#options.maxLifetimeMs));
      result.onLost = (reason) => this.#lost(slot, reason);
      this.#slots.add(slot);
      this.#created += 1;
      slot.retired ||= epoch !== this.#epoch;
      this.#reaper.start();
      this.#noteSuccess();
      this.#offer(slot);
    } else {
      if (!this.#closeOnce.started) this.#noteFailure(result.error);
      await this.#store.destroy(result);
    }
    this.#pump();
    this.#empty.check();
  }

  #noteSuccess(): void {
    const { logger, name } = this.#options;
    if (this.#backoff.failures > 0)
      logger.info({ pool: name, failures: this.#backoff.failures }, "opening works again");
    this.#backoff.succeeded();
  }

  #noteFailure(error: PoolError): void {
    const { logger, name } = this.#options;
    this.#errors += 1;
    if (this.#backoff.failures === 0) logger.warn({ err: error, pool: name }, "opening failed, trying again");
    this.#backoff.failed(error);
    if (error.code !== "POOL_REFUSED_AUTH") return;
    for (const waiter of this.#waiters.clear()) {
      waiter.stopListening?.();
      waiter.reject(error);
    }
  }

  #lost(slot: Slot<R>, reason: unknown): void {
    slot.retired = true;
    if (slot.state !== "idle") return;
    this.#options.logger.debug({ err: reason, pool: this.#options.name }, "an idle resource was lost");
    this.#idle.splice(this.#idle.indexOf(slot), 1);
    this.#discard(slot);
  }

  /** Destroys a resource that is on nobody's books any more. Its place is free once it is gone. */
  #discard(slot: Slot<R>): void {
    slot.state = "closing";
    this.#slots.delete(slot);
    this.#ending += 1;
    this.#destroyed += 1;
    const late = (): Error => new Error(`destroying a resource took longer than ${DESTROY_TIMEOUT_MS} ms`);
    void withDeadline(this.#store.destroy(slot.opened), DESTROY_TIMEOUT_MS, late)
      .catch((error: unknown) => this.#note(error, "destroying a resource failed"))
      .then(() => {
        this.#ending -= 1;
        this.#pump();
        this.#empty.check();
      });
    // There may be room for another one before this one is gone.
    this.#pump();
  }

  #note(error: unknown, what: string): void {
    this.#errors += 1;
    this.#options.logger.warn({ err: error, pool: this.#options.name }, what);
  }

  #sweep(): void {
    const { idleTimeoutMs, min } = this.#options;
    const now = performance.now();
    for (const slot of this.#slots) if (slot.expiresAt <= now) slot.retired = true;
    let spare = idleTimeoutMs === 0 ? 0 : this.#slots.size - min;
    // From the bottom of the stack: longest idle first.
    for (const slot of this.#idle.splice(0)) {
      const tooLong = spare > 0 && !slot.aliveWithin(idleTimeoutMs);
      if (slot.retired || tooLong) {
        spare -= 1;
        this.#discard(slot);
      } else this.#idle.push(slot);
    }
    if (this.#slots.size === 0) this.#reaper.stop();
  }

  // Closing

  async #close({ force }: CloseContext): Promise<PoolCloseReport> {
    this.#reaper.stop();
    this.#backoff.stop();
    for (const waiter of this.#waiters.clear()) {
      waiter.stopListening?.();
      waiter.reject(closedError(this.#options.name, this.stats()));
    }
    this.#closing.abort(closedError(this.#options.name, this.stats()));
    for (const slot of this.#idle.splice(0)) this.#discard(slot);
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
      this.#discard(slot);
    }
    return leaked;
  }

  #checkReturned(): void {
    this.#returned.check();
    this.#empty.check();
  }
}
